"""The conversion desk: documents of any kind go in, PDF and verified PDF/A come out."""
