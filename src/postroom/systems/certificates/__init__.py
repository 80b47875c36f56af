"""Owns the certificates desk: ACORD 25 certificates of insurance, read and reviewed against rules."""
