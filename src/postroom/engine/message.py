"""Owns how tasks and answers look on the wire between a worker and its child processes. Pure: no I/O.

`dump_task` and `load_answer` run in the worker, `load_task`, `dump_answer` and `dump_failure` in the child.
`load_answer` believes nothing: whoever wrote the answer may have been taken over by a document.
Refuses to know how messages travel and what is done about a failure.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import Any
from uuid import UUID

import orjson

from postroom.core.outcome import Cause
from postroom.core.states import ChunkKind
from postroom.engine.fault import BadReply, ChildCrashed, ChildMemory
from postroom.errors import Blocked, DocumentError, PostroomError, Transient, Unavailable
from postroom.ports import Artifact, Checked, Part, Problem, Processed, Source, Task

TEXT = 2_000  # characters of a sentence that are kept
TRACE = 16_000  # characters of a traceback that are kept
NAME = 255  # characters of an artifact's name or media type

_FAILURES: tuple[tuple[type[BaseException], str], ...] = (
    (DocumentError, "document"),
    (Blocked, "blocked"),
    (Transient, "transient"),
    (Unavailable, "transient"),
    (MemoryError, "memory"),
)


# --- worker to child ---------------------------------------------------------------------------------


def dump_task(task: Task) -> dict[str, Any]:
    """A task without its scratch folder and `say`, which the child process has of its own."""
    return {
        "kind": task.kind.value,
        "job": str(task.job),
        "workflow": task.workflow,
        "profile": task.profile,
        "options": _plain(task.options),
        "part": {"range": _plain(task.part.range), "pages": task.part.pages, "rows": task.part.rows},
        "source": _dump_source(task.source) if task.source else None,
        "sources": [_dump_source(source) for source in task.sources],
        "attempt": task.attempt,
    }


def load_task(value: Mapping[str, Any], scratch: Path, say: Callable[[str], None]) -> Task:
    """The opposite of `dump_task`. Trusts its input: it comes from the worker."""
    return Task(
        kind=ChunkKind(value["kind"]),
        job=UUID(value["job"]),
        workflow=value["workflow"],
        profile=value["profile"],
        options=value["options"],
        scratch=scratch,
        part=Part(**value["part"]),
        source=_load_source(value["source"]) if value["source"] else None,
        sources=tuple(_load_source(source) for source in value["sources"]),
        say=say,
        attempt=value["attempt"],
    )


def _dump_source(source: Source) -> dict[str, Any]:
    return {
        "id": str(source.id),
        "position": source.position,
        "name": source.name,
        "file": str(source.file),
        "size": source.size,
        "sha256": source.sha256,
        "declared_type": source.declared_type,
        "media_type": source.media_type,
        "facts": _plain(source.facts),
        "made": {name: str(file) for name, file in source.made.items()},
        "result": _plain(source.result),
    }


def _load_source(value: dict[str, Any]) -> Source:
    made = {name: Path(file) for name, file in value["made"].items()}
    return Source(**{**value, "id": UUID(value["id"]), "file": Path(value["file"]), "made": made})


# --- child to worker ---------------------------------------------------------------------------------


def dump_answer(
    answer: Checked | Processed, scratch: Path, made: Collection[Path] = ()
) -> tuple[orjson.Fragment, list[str]]:
    """The answer as ready JSON, and the names of its files relative to `scratch`.

    made: files of the task that are stored already (`Task.stored`). ValueError if a file lies
    elsewhere, TypeError if something in the answer is not JSON.
    """
    if isinstance(answer, Checked):
        return _encode({"checked": _dump_checked(answer)}), []
    fresh = [artifact for artifact in answer.artifacts if artifact.file not in made]
    files = [str(artifact.file.relative_to(scratch)) for artifact in fresh]
    payload = {name: str(file.relative_to(scratch)) for name, file in answer.payload.items()}
    value = {
        "result": answer.result,
        "artifacts": [
            {
                "name": artifact.name,
                "made" if artifact.file in made else "file": _relative(artifact.file, scratch),
                "media_type": artifact.media_type,
            }
            for artifact in answer.artifacts
        ],
        "pages_failed": answer.pages_failed,
        "rows_failed": answer.rows_failed,
        "problem": _dump_problem(answer.problem),
        "warnings": list(answer.warnings),
        "payload": payload,
    }
    return _encode({"processed": value}), [*files, *payload.values()]


def _relative(file: Path, scratch: Path) -> str:
    return str(file.relative_to(scratch) if file.is_relative_to(scratch) else file)


def dump_failure(error: BaseException) -> orjson.Fragment:
    """What a workflow raised. What the table does not name is a crash."""
    kind = next((name for of, name in _FAILURES if isinstance(error, of)), "crash")
    value = {
        "kind": kind,
        "code": error.code if isinstance(error, PostroomError) else None,
        "message": error.message if isinstance(error, PostroomError) else None,
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        "by": error.extra.get("by", Cause.SYSTEM.value) if isinstance(error, Blocked) else None,
        "cause": "".join(traceback.format_exception(error, limit=-40))[-TRACE:],
    }
    return _encode({"error": value})


def _dump_checked(answer: Checked) -> dict[str, Any]:
    return {
        "media_type": answer.media_type,
        "facts": answer.facts,
        "parts": [{"range": part.range, "pages": part.pages, "rows": part.rows} for part in answer.parts],
        "problem": _dump_problem(answer.problem),
        "rejected": answer.rejected,
    }


def _dump_problem(problem: Problem | None) -> dict[str, str] | None:
    if problem is None:
        return None
    return {"code": problem.code, "message": problem.message, "cause": problem.cause}


def _encode(value: dict[str, Any]) -> orjson.Fragment:
    options = orjson.OPT_NON_STR_KEYS
    try:
        return orjson.Fragment(orjson.dumps(value, _default, options))
    except TypeError:
        # Text taken out of documents may hold halves of characters, which JSON cannot.
        return orjson.Fragment(orjson.dumps(_plain(value, mend=True), _default, options))


def _default(value: object) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Decimal | PurePath):
        return str(value)
    if isinstance(value, set | frozenset | Sequence):
        return list(value)
    raise TypeError(f"{type(value).__qualname__} is not JSON")


def _plain(value: Any, *, mend: bool = False) -> Any:
    """The same value made of dict, list and scalars; with `mend`, of valid characters only."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode() if mend else value
    if isinstance(value, Mapping):
        return {_plain(key, mend=mend): _plain(item, mend=mend) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, mend=mend) for item in value]
    return value


# --- in the worker again: nothing is believed ----------------------------------------------------------


def load_answer(
    reply: object, files: Mapping[str, Path | bytes], made: Mapping[str, Path] = MappingProxyType({})
) -> Checked | Processed:
    """The answer in a reply; `files`: the files of it that the sandbox has verified, or their bytes, by name.
    made: files of the task's own that it may name instead.

    Raises DocumentError, Transient, ChildMemory or ChildCrashed if that is what the reply says,
    BadReply if it is no reply of ours.
    """
    if not isinstance(reply, dict) or len(reply) != 1:
        raise _bad("a reply is an object with one member")
    ((kind, value),) = reply.items()
    if not isinstance(value, dict):
        raise _bad("the member of a reply is an object")
    if kind == "checked":
        return _load_checked(value)
    if kind == "processed":
        return _load_processed(value, files, made)
    if kind == "error":
        raise _load_failure(value)
    raise _bad(f"unknown reply {kind[:NAME]!r}")


def _load_checked(value: dict[str, Any]) -> Checked:
    parts = []
    for part in _list(value, "parts"):
        if not isinstance(part, dict):
            raise _bad("a part is an object")
        parts.append(Part(_object(part, "range"), _count(part, "pages"), _count(part, "rows")))
    return Checked(
        media_type=_optional_text(value, "media_type", NAME),
        facts=_object(value, "facts"),
        parts=tuple(parts),
        problem=_load_problem(value),
        rejected=value.get("rejected") is True,
    )


def _load_processed(
    value: dict[str, Any], files: Mapping[str, Path | bytes], made: Mapping[str, Path]
) -> Processed:
    artifacts: dict[str, Artifact] = {}
    for entry in _list(value, "artifacts"):
        if not isinstance(entry, dict):
            raise _bad("an artifact is an object")
        name = _text(entry, "name", NAME)
        place: Mapping[str, Path | bytes] = made if "made" in entry else files
        file = entry.get("made", entry.get("file"))
        if not isinstance(file, str) or file not in place:
            raise _bad("an artifact names a file that was not handed over")
        if not name or name in artifacts:
            raise _bad("the names of artifacts are unique and not empty")
        media_type, found = _text(entry, "media_type", NAME), place[file]
        if isinstance(found, bytes):
            artifacts[name] = Artifact(name, Path(file), media_type, data=found)
        else:
            artifacts[name] = Artifact(name, found, media_type)
    return Processed(
        result=_object(value, "result"),
        artifacts=tuple(artifacts.values()),
        pages_failed=_count(value, "pages_failed"),
        rows_failed=_count(value, "rows_failed"),
        problem=_load_problem(value),
        warnings=tuple(str(warning)[:TEXT] for warning in _list(value, "warnings")),
        payload=_load_payload(value, files),
    )


def _load_payload(value: dict[str, Any], files: Mapping[str, Path | bytes]) -> dict[str, Path]:
    payload: dict[str, Path] = {}
    for name, file in _object(value, "payload").items():
        place = files.get(file) if isinstance(file, str) else None
        if not isinstance(place, Path):
            raise _bad("a payload names a file that was not handed over")
        payload[name[:NAME]] = place
    return payload


def _load_problem(value: dict[str, Any]) -> Problem | None:
    if value.get("problem") is None:
        return None
    problem = _object(value, "problem")
    cause = _text(problem, "cause", NAME)
    if cause not in ("input", "system"):
        raise _bad("the cause of a problem is input or system")
    return Problem(_text(problem, "code", NAME), _text(problem, "message", TEXT), cause)


def _load_failure(value: dict[str, Any]) -> PostroomError:
    kind = value.get("kind")
    cause = str(value.get("cause", ""))[-TRACE:]
    if kind in ("document", "transient"):
        made = DocumentError if kind == "document" else Transient
        return made(_text(value, "message", TEXT), code=_text(value, "code", NAME), cause=cause)
    if kind == "blocked":
        by = _text(value, "by", NAME)
        if by not in tuple(Cause):
            raise _bad("who blocks is one of the causes")
        return Blocked(_text(value, "message", TEXT), code=_text(value, "code", NAME), cause=cause, by=by)
    if kind == "memory":
        return ChildMemory("The document needs more memory than it may have.", cause=cause)
    if kind == "crash":
        name = str(value.get("type", ""))[:NAME]
        return ChildCrashed(
            "The document could not be processed: an unexpected error.", cause=cause, type=name
        )
    return _bad("unknown kind of error")


def _text(value: dict[str, Any], name: str, most: int) -> str:
    text = value.get(name)
    if not isinstance(text, str):
        raise _bad(f"{name} is text")
    return text[:most]


def _optional_text(value: dict[str, Any], name: str, most: int) -> str | None:
    return None if value.get(name) is None else _text(value, name, most)


def _count(value: dict[str, Any], name: str) -> int:
    number = value.get(name)
    # bool is an int in Python, and Postgres counts in 32 bits
    if type(number) is not int or not 0 <= number < 1 << 31:
        raise _bad(f"{name} is a count")
    return number


def _object(value: dict[str, Any], name: str) -> dict[str, Any]:
    found = value.get(name)
    if not isinstance(found, dict):
        raise _bad(f"{name} is an object")
    return found


def _list(value: dict[str, Any], name: str) -> list[Any]:
    found = value.get(name)
    if not isinstance(found, list):
        raise _bad(f"{name} is a list")
    return found


def _bad(detail: str) -> BadReply:
    return BadReply("The document could not be processed: its process gave no valid answer.", cause=detail)
