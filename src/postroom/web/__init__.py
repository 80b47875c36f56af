"""The server: factory, our own API, dashboard, health, metrics. Handlers parse, call desk/, render."""
