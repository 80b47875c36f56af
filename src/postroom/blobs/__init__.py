"""Owns where bytes live: one file per kind of storage, each an implementation of `ports.BlobStore`.

Refuses to know jobs, documents and accounts: a blob is a key, a size, a digest and bytes.
"""
