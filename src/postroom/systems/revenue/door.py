"""Owns what every handler of the desk reaches for: the caller, the site, the desk's children.

Refuses to know what is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from starlette.requests import Request

from postroom.core.states import ChunkKind
from postroom.desk.access import Access, authenticate
from postroom.errors import NotFound
from postroom.front import child
from postroom.front.reach import answer as answer
from postroom.front.reach import bearer_of
from postroom.front.reach import desk_of as desk_of
from postroom.ports import Checked, Part, Processed, Source, Task
from postroom.systems.revenue import view
from postroom.systems.revenue.contract import DESK
from postroom.systems.revenue.workflow import NOBODY, Revenue, is_name


async def caller(request: Request, scope: str) -> Access:
    """Who calls, if their key opens this desk with this scope."""
    access = await authenticate(desk_of(request).db, bearer_of(request))
    access.require(DESK, scope)
    return access


async def site_of(request: Request, access: Access, site: str) -> str:
    """The site's name, if it may be the caller's: one that nobody has used is anybody's. Else NotFound."""
    owner = await view.owner(desk_of(request).db, site) if is_name(site) else None
    if not is_name(site) or (owner is not None and owner != access.whose):
        raise NotFound("There is no site with this id.", field="siteId")
    return site


def job_id(value: str) -> UUID:
    """What is no id of ours names nothing."""
    try:
        return UUID(value)
    except ValueError:
        raise NotFound("The site has no job with this id.", field="jobId") from None


async def ask_check(request: Request, file: Path, size: int, options: Mapping[str, Any]) -> Checked:
    """What a child finds in a file that is no document yet."""
    source = Source(NOBODY, 0, "upload", file, size, None, None)
    task = Task(ChunkKind.CHECK, NOBODY, Revenue.name, None, options, Path(), source=source)
    return cast(Checked, await child.ask(request, task))


async def ask(request: Request, question: Mapping[str, Any]) -> Mapping[str, Any]:
    """What `locate.answer` says, in a child."""
    task = Task(ChunkKind.PROCESS, NOBODY, Revenue.name, None, {}, Path(), Part(question))
    return cast(Processed, await child.ask(request, task)).result
