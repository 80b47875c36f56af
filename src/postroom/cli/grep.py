"""Owns `postroom grep`: a pattern in the sheets and documents of a project of plans."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any

import typer
from rich.text import Text

from postroom.cli import server as at
from postroom.cli.say import as_json, note, out, plain
from postroom.cli.server import AsJson, Key, Server


def grep(
    pattern: Annotated[str, typer.Argument(help="A regular expression (RE2), or a text with --fixed.")],
    project: Annotated[str, typer.Option("--project", "-p", help="The project's name or id.")],
    fixed: Annotated[bool, typer.Option("--fixed", "-F", help="The pattern is a plain text.")] = False,
    ignore_case: Annotated[bool, typer.Option("--ignore-case", "-i", help="Capitals or not.")] = False,
    limit: Annotated[int, typer.Option("--max", "-m", min=1, help="At most so many matches.")] = 50,
    json: AsJson = False,
    server: Server = at.DEFAULT,
    key: Key = "",
) -> None:
    """Find every match in a project: sheet, file, page and the line that it stands in.

    Exits with 1 if there is none.

    Example: postroom grep 'FIRE.RATED' --project 'Harbor Clinic'
    """
    with at.connected(server, key) as post:
        found = post.grep(project, pattern, fixed=fixed, ignore_case=ignore_case, page=min(limit, 200))
        hits = list(islice(found, limit + 1))
    if json:
        as_json(hits[:limit])
    for hit in hits[:limit] if not json else ():
        out.print(_line(hit))
    if len(hits) > limit:
        note(f"There are more than {limit:,}; --max shows more.")
    if not hits:
        raise typer.Exit(1)


def _line(hit: dict[str, Any]) -> Text:
    where = f"{plain(hit['fileName'])}:{hit['pageNumber']}"
    sheet = plain(" ".join(filter(None, (hit.get("sheetNumber"), hit.get("sheetName")))))
    snippet, match = plain(hit["snippet"]), plain(hit["match"])
    before, same, after = snippet.partition(match)
    shown = (before, (same, "bold red"), after) if same else (snippet,)
    return Text.assemble((where, "magenta"), f" [{sheet}]: " if sheet else ": ", *shown)
