"""Postroom, a self-hosted document mailroom: see docs/architecture.md for the map."""

__version__ = "0.1.0"
