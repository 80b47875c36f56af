"""Owns the ways in: how bytes of a request become blobs, fields and names.

Refuses to know jobs, accounts, front desks and HTTP status codes.
"""
