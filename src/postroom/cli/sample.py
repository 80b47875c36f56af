"""Owns `postroom sample`: documents to try a desk with, drawn by that system's own generator.

Needs no server. The same call writes the same documents.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn

from postroom.cli.say import err, note
from postroom.errors import Invalid


def sample(
    system: Annotated[
        str,
        typer.Argument(metavar="SYSTEM", help="inspect, plans, bills or certificates.", show_default=False),
    ],
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where to write; made if missing.", show_default=False)
    ],
    count: Annotated[
        int, typer.Option("--count", min=1, max=100_000, help="How many documents; for plans, sheets.")
    ] = 20,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, other documents.")] = 1,
) -> None:
    """Write sample documents to try Postroom with: invented, but of every kind that comes in.

    [bold]Example[/bold]: postroom sample bills ./bills && postroom submit ./bills --workflow bills
    """
    from postroom.wiring.system import SYSTEMS

    modules = {one.name: one.sample for one in SYSTEMS if one.sample}
    if system not in modules:
        raise Invalid(f"'{system}' has no samples; {', '.join(modules)} have.", field="SYSTEM")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Invalid(f"'{folder}' is not an empty folder.", field="FOLDER")
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=err, transient=True) as progress:
        progress.add_task(f"drawing {count} for {system}")
        import_module(modules[system]).generate(folder, count, seed)
    note(f"{sum(1 for _ in folder.iterdir())} files in {folder}")
