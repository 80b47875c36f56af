"""The server: application factory, our own API, dashboard, health, metrics. Handlers parse, call desk/, render."""
