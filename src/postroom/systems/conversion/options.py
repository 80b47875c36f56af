"""Owns the grammar of options: which names there are, where they may stand and what their values must be.

A list of options comes in as name/value pairs. What is wrong with it is not told at once, the published page
says: the job ends with the error `option`. So the first problem is kept with the job, and `require` raises
it where the work begins. Pure, and importable in a child process. Refuses to know requests and tables.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from postroom.core.states import ChunkKind
from postroom.errors import DocumentError, Invalid
from postroom.ports import Source, Task
from postroom.systems.conversion import contract
from postroom.systems.conversion.contract import BY_CORE, DOSSIER, INVOICE

PASSWORD = "DOC.PASSWORD"  # noqa: S105  the name of the option
ROLE = "DOC.ROLE"
MAIN, ATTACHED = "main", "attached"
RELATIONSHIPS = ("Unspecified", "Source", "Data", "Alternative", "Supplement")
TARGETS = (contract.WEB, contract.PRINT, contract.EMAIL)

_TEXT = 10_000  # characters of a value
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d)(:\d\d)?(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:?\d\d)?\Z", re.ASCII
)


# --- values ------------------------------------------------------------------------------------------


def moment(text: str) -> datetime | None:
    """A date and time; up to nine digits of a second's fraction, of which six are kept. UTC unless it says."""
    found = _MOMENT.match(text.strip())
    if found is None:
        return None
    start, seconds, fraction, zone = found.groups()
    digits = (fraction or "0")[:6].ljust(6, "0")
    try:
        when = datetime.fromisoformat(f"{start}{seconds or ':00'}.{digits}{(zone or 'Z').upper()}")
        when.astimezone(UTC)  # the first and the last day of all time have none
    except (ValueError, OverflowError):
        return None
    return when


def _is_text(value: str) -> bool:
    return len(value) <= _TEXT


def _one_of(*words: str) -> Callable[[str], bool]:
    return lambda value: value in words


@dataclass(frozen=True, slots=True)
class _Rule:
    """One option: where it may stand, in which workflows, what it expects (for a person), what it takes."""

    job: bool
    document: bool
    workflows: Callable[[str], bool]
    expects: str
    takes: Callable[[str], bool]


def _makes_pdf(core: str) -> bool:
    return BY_CORE[core].pdf


def _only(*cores: str) -> Callable[[str], bool]:
    return lambda core: core in cores


_META = _Rule(True, True, _makes_pdf, "a text", _is_text)
_TITLE = _Rule(True, False, _only(DOSSIER), "a text", _is_text)
_RULES: Mapping[str, _Rule] = {
    "META.TITLE": _META,
    "META.AUTHOR": _META,
    "META.SUBJECT": _META,
    "META.KEYWORDS": _META,
    ROLE: _Rule(False, True, _only(INVOICE), f"'{MAIN}' or '{ATTACHED}'", _one_of(MAIN, ATTACHED)),
    "AF.RELATIONSHIP": _Rule(
        False, True, _only(INVOICE), "one of: " + ", ".join(RELATIONSHIPS), _one_of(*RELATIONSHIPS)
    ),
    "AF.MODDATE": _Rule(
        False, True, _only(INVOICE), "a date and time", lambda value: moment(value) is not None
    ),
    "AF.DESCRIPTION": _Rule(False, True, _only(INVOICE), "a text", _is_text),
    "DOSSIER-TITLE": _TITLE,
    "DOSSIER-SUBTITLE": _TITLE,
    "TOC-OUTLINE-TITLE": _TITLE,
    "DOCUMENT-TITLE": _Rule(False, True, _only(DOSSIER), "a text", _is_text),
    "OPTIMIZEPROFILE": _Rule(
        True,
        False,
        _only(contract.ARCHIVE_1, contract.ARCHIVE_2, contract.ARCHIVE_3, contract.CONVERSION),
        "one of: " + ", ".join(TARGETS),
        _one_of(*TARGETS),
    ),
}


# --- a list of options -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pairs:
    """A list of options, sorted out. problem: the first thing that is wrong with it, for a person."""

    values: Mapping[str, str] = field(default_factory=dict)
    passwords: tuple[str, ...] = ()
    problem: str | None = None


def sort_out(core: str, given: Iterable[tuple[str, str]], *, of_document: bool) -> Pairs:
    """Judge the options of a job (or of one of its documents) in the workflow `core`."""
    values: dict[str, str] = {}
    passwords: list[str] = []
    problem: str | None = None
    for name, value in given:
        if name == PASSWORD:
            if value not in passwords and len(passwords) < contract.PASSWORDS:
                passwords.append(value)
            continue
        wrong = _wrong(core, name, value, of_document=of_document)
        if wrong is None and name in values:
            wrong = f"Option '{name}' is given twice; it may be given once."
        problem = problem or wrong
        if wrong is None:
            values[name] = value
    return Pairs(values, tuple(passwords), problem)


def _wrong(core: str, name: str, value: str, *, of_document: bool) -> str | None:
    rule = _RULES.get(name)
    shown = name[:100]
    if rule is None or not rule.workflows(core):
        return f"Option '{shown}' is not known to the workflow '{BY_CORE[core].name}'."
    if not (rule.document if of_document else rule.job):
        place = "a document" if not of_document else "the job"
        return f"Option '{shown}' is an option of {place}."
    if not rule.takes(value):
        return f"Option '{shown}' expects {rule.expects}."
    return None


# --- what a job keeps ----------------------------------------------------------------------------------


def of_job(core: str, name: str | None, given: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """A new job's options as they are stored, and as its chunks get them."""
    pairs = sort_out(core, given, of_document=False)
    kept: dict[str, Any] = {"name": name, "values": dict(pairs.values), "documents": {}, "passwords": {}}
    if pairs.passwords:
        kept["passwords"] = {"": list(pairs.passwords)}
    if pairs.problem is not None:
        kept["problem"] = _problem(pairs.problem)
    return kept


def _problem(message: str) -> dict[str, str]:
    return {"code": contract.OPTION, "message": message}


def with_document(kept: Mapping[str, Any], document: str, pairs: Pairs) -> dict[str, Any]:
    """The job's options with those of one more document."""
    more = dict(kept)
    if pairs.values:
        more["documents"] = {**kept.get("documents", {}), document: dict(pairs.values)}
    if pairs.passwords:
        more["passwords"] = {**kept.get("passwords", {}), document: list(pairs.passwords)}
    if pairs.problem is not None and "problem" not in kept:
        more["problem"] = _problem(pairs.problem)
    return more


def renamed(kept: Mapping[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
    """The options of a job for another one with copies of its documents. ids: each document's, and its copy's.

    Passwords of the job itself stand under no document's id.
    """
    more = dict(kept)
    for name, own in (("documents", ids), ("passwords", {**ids, "": ""})):
        more[name] = {own[old]: value for old, value in kept.get(name, {}).items() if old in own}
    return more


def with_roles(core: str, kept: Mapping[str, Any], documents: Sequence[str]) -> dict[str, Any]:
    """The job's options, once it is known which documents there are: an Invoice has exactly one main."""
    wrong = _roles(core, kept, documents)
    if wrong is None or "problem" in kept:
        return dict(kept)
    return {**kept, "problem": _problem(wrong)}


def _roles(core: str, kept: Mapping[str, Any], documents: Sequence[str]) -> str | None:
    if core != INVOICE or not documents:
        return None
    of = kept.get("documents", {})
    main = sum(of.get(document, {}).get(ROLE, MAIN) == MAIN for document in documents)
    if main == 1:
        return None
    return f"Exactly one document must have the option '{ROLE}' with the value '{MAIN}'; {main} have."


_KEPT = ("name", "values", "documents", "passwords", "problem")


def stored(core: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """For `Workflow.options`: what is stored for a job that came in by any way.

    Our own API gives `name` and `options`, a list of name/value pairs; what is wrong with them is Invalid
    there. The desk gives what `of_job` made, and so does a retry, whose passwords are gone by then.
    """
    if "values" in given:
        return _again(core, given)
    for name in given:
        if name not in ("name", "options"):
            raise Invalid(f"Unknown option '{name[:100]}'; valid are: name, options.", field=name)
    job = given.get("name")
    if job is not None and not (isinstance(job, str) and len(job) <= contract.NAME_LENGTH):
        raise Invalid(f"'name' must be a text of at most {contract.NAME_LENGTH} characters.", field="name")
    kept = of_job(core, job, pairs_of(given.get("options", [])))
    if "problem" in kept:
        raise Invalid(kept["problem"]["message"], field="options")
    return kept


def _again(core: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
    texts = (str, type(None))
    mapping = {name: given.get(name, {}) for name in ("values", "documents", "passwords", "problem")}
    good = (
        set(given) <= set(_KEPT)
        and isinstance(given.get("name"), texts)
        and all(isinstance(value, dict) for value in mapping.values())
        and all(
            isinstance(value, str) for value in (*mapping["values"].values(), *mapping["problem"].values())
        )
        and all(isinstance(value, dict) for value in mapping["documents"].values())
        and all(isinstance(value, list) for value in mapping["passwords"].values())
    )
    if not good or any(_wrong(core, *pair, of_document=False) for pair in mapping["values"].items()):
        raise Invalid("The options must be given as 'name' and 'options'.", field="options")
    return {**given, "documents": mapping["documents"], "passwords": mapping["passwords"]}


def pairs_of(value: object) -> list[tuple[str, str]]:
    """A list of options out of parsed JSON. Invalid if it is no list of name and value, both texts."""
    if not isinstance(value, list):
        raise Invalid("The options must be an array of objects with 'name' and 'value'.", field="options")
    if len(value) > contract.OPTIONS_MOST:
        raise Invalid(f"At most {contract.OPTIONS_MOST} options may be given.", field="options")
    found = []
    for item in value:
        if not isinstance(item, dict) or not {"name", "value"} <= set(item):
            raise Invalid("Each option must be an object with 'name' and 'value'.", field="options")
        name, text = item["name"], item["value"]
        if not isinstance(name, str) or not name or not isinstance(text, str):
            raise Invalid("The name and the value of an option must be texts.", field="options")
        found.append((name, text))
    return found


# --- what a chunk reads --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Given:
    """The options of one document, or of the job alone. passwords: all to be tried, in this order; secret."""

    values: Mapping[str, str]
    passwords: tuple[str, ...] = field(default=(), repr=False)

    def text(self, name: str) -> str | None:
        return self.values.get(name)

    def moment(self, name: str) -> datetime | None:
        value = self.values.get(name)
        return moment(value) if value is not None else None

    @property
    def role(self) -> str:
        return self.values.get(ROLE, MAIN)


def given(task: Task, source: Source | None = None) -> Given:
    """What holds for a document: its own options beat the job's; its own passwords are tried first."""
    kept = task.options
    secrets = kept.get("passwords", {})
    own = str(source.id) if source is not None else None
    values = dict(kept.get("values", {}))
    passwords: list[str] = []
    if own is not None:
        values |= kept.get("documents", {}).get(own, {})
        passwords += secrets.get(own, [])
    passwords += [word for word in secrets.get("", []) if word not in passwords]
    return Given(values, tuple(passwords[: contract.PASSWORDS]))


def require(task: Task) -> None:
    """DocumentError with the code `option` if an option of the job or of any document is wrong."""
    problem = task.options.get("problem")
    wrong = problem["message"] if problem else None
    if wrong is None and task.kind is ChunkKind.FINISH:
        wrong = _roles(task.workflow, task.options, [str(source.id) for source in task.sources])
    if wrong is not None:
        raise DocumentError(wrong, code=contract.OPTION)


def output_name(task: Task, names: Sequence[str], extension: str) -> str:
    """The name of what comes out of documents of these names: that of the only one, with the extension;
    of several the job's, if it has one (inferred), else that of the first. extension: with its dot."""
    job = task.options.get("name")
    if len(names) > 1 and job:
        stem = str(job).replace("\\", "/").rpartition("/")[2].removesuffix(extension)
    else:
        name = names[0] if names else "document"
        stem = name.rpartition(".")[0] or name
    stem = "".join(character for character in stem if character.isprintable()).strip(" .")
    return (stem or "document")[: 250 - len(extension)] + extension
