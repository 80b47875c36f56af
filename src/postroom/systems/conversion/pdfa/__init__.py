"""From any PDF to a verified PDF/A: the ladder, and one file per kind of repair."""
