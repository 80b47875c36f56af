"""Owns `postroom workflows`: what a server can do with documents."""

from __future__ import annotations

from postroom.cli import server as at
from postroom.cli.say import as_json, out, table
from postroom.cli.server import AsJson, Key, Server


def workflows(json: AsJson = False, server: Server = at.DEFAULT, key: Key = "") -> None:
    """List what a server can do with documents, and the options of each.

    Example: postroom submit ./plans --workflow plans --option project=Harbor
    """
    with at.connected(server, key) as post:
        found = post.workflows()
    if json:
        as_json(found)
        return
    out.print(
        table(
            ("workflow", "desk", "options"), [(one["name"], one["system"], one["options"]) for one in found]
        )
    )
