"""Tables, queries and migrations. Above this layer nobody writes SQL (except a system, in its own store.py)."""
