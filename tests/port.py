"""Owns ports for servers that are started, killed and started again at the same address."""

from __future__ import annotations

import random
import socket

# Below what the system gives to outgoing connections: between two lives of a server none of those may get its
# port, not even that of a client which asks whether it is back.
_PORTS = range(15_000, 32_000)
_dice = random.SystemRandom()


def free_port() -> int:
    while True:
        port = _dice.choice(_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
