"""Our own API, the superset of all desks, at /postroom/v1."""
