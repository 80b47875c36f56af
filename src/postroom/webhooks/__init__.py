"""Owns telling others what happened: the outbox is read here, signed and sent.

Refuses to know why something was announced (the desk wrote it, in the transaction that made it true) and
how an address is reached safely (the fetcher's business).
"""
