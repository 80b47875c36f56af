"""Owns the workflows of this system as the server knows them: names, options, words for people, what is missing.

Each document is converted (and made PDF/A) in a chunk of its own, so that many are done side by side; the
finish chunk binds what they made. What a child does is in `work`, which is imported there only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from postroom.core.outcome import Policy
from postroom.core.states import ChunkKind
from postroom.ports import Checked, Processed, Task, Workflow
from postroom.systems.conversion import contract, need, options, store


class Conversion:
    """See `ports.Workflow`, `ports.HasTools`, `ports.NamesDocuments` and `ports.StoresFinish`.

    goal: what comes out, for people. missing: what is not on this machine without which nothing can be done;
    PDFs and pictures need nothing.
    """

    policy = Policy.ALL_OR_NOTHING
    finishes = True
    tools = ("postroom.systems.conversion.work",)

    def __init__(self, name: str, goal: str, missing: Callable[[], str | None] = lambda: None) -> None:
        self.name = name
        self.missing = missing
        self._goal = goal

    def options(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """name: of the job, for people. options: list of {"name": …, "value": …}, the desk's own options, as
        META.TITLE or DOC.PASSWORD."""
        return options.stored(self.name, given)

    def with_documents(self, kept: Mapping[str, Any], ids: Mapping[UUID, UUID]) -> Mapping[str, Any]:
        return options.renamed(kept, {str(old): str(new) for old, new in ids.items()})

    def check(self, task: Task) -> Checked:
        from postroom.systems.conversion import work

        return work.MAKERS[self.name].check(task)

    def process(self, task: Task) -> Processed:
        from postroom.systems.conversion import work

        return work.MAKERS[self.name].process(task)

    def finish(self, task: Task) -> Processed:
        from postroom.systems.conversion import work

        return work.MAKERS[self.name].finish(task)

    def activity(self, kind: ChunkKind, name: str | None) -> str:
        if kind is ChunkKind.CHECK:
            return f"Checking '{name}'."
        return f"Converting '{name}' to {self._goal}." if name else f"Writing the {self._goal}."

    async def store_finish(self, transaction: Any, job: UUID, result: Processed) -> None:
        await store.write_finish(transaction, job, result)


WORKFLOWS: tuple[Workflow, ...] = (
    Conversion(contract.ARCHIVE_2, "PDF/A"),
    Conversion(contract.ARCHIVE_1, "PDF/A"),
    Conversion(contract.ARCHIVE_3, "PDF/A"),
    Conversion(contract.CONVERSION, "PDF"),
    Conversion(contract.DOSSIER, "PDF", need.pango),
    Conversion(contract.INVOICE, "PDF/A"),
    Conversion(contract.TIFF, "TIFF"),
    Conversion(contract.EXTRACTION, "XML"),
)
