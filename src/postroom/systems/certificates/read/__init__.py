"""Owns how a filled ACORD 25 is read: from a page to values, each with where it was found. Knows no rules and no jobs."""
