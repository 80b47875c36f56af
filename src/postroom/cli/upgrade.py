"""Owns `postroom upgrade`: what to do with a data folder that another version of Postgres made.

It explains, and touches nothing: the way through a backup works between any two versions, leaves the old
folder whole, and is tested as every backup is. A Postroom that still runs the old version makes that backup.
"""

from __future__ import annotations

import typer

from postroom.cli import place
from postroom.cli.place import Data
from postroom.cli.say import note
from postroom.db.cluster import MAJOR
from postroom.errors import Invalid


def upgrade(data: Data = place.DEFAULT) -> None:
    """Say how a data folder of another Postgres version is brought to this one; changes nothing.

    A new release of Postroom on the same Postgres version needs none of this: `postroom serve` is enough.

    Example: postroom upgrade --data /srv/postroom
    """
    folder = data.absolute()
    try:
        found = (folder / "pg" / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise Invalid(f"There is no Postroom data in {folder}.", field="--data") from None
    if found == str(MAJOR):
        note(f"{folder} is of Postgres {MAJOR}, as this Postroom is. There is nothing to upgrade.")
        return
    note(f"{folder} was made by Postgres {found}; this Postroom runs Postgres {MAJOR}. Three steps:")
    note(f"1. With the release of Postroom that made it:  postroom backup postroom.tar --data {folder}")
    note(f"2. Keep the old folder until all is well:      mv {folder} {folder}.{found}")
    note(f"3. With this release:                          postroom restore postroom.tar --data {folder}")
    raise typer.Exit(1)
