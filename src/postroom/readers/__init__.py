"""Readers: what can be told from the bytes of a document. They run in a child process and know no system."""
