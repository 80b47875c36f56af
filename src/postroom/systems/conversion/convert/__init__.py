"""From any document to a PDF: one file per family of kinds. `family.py` says which kind goes where."""
