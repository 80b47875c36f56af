"""Owns the entry of a child process: which workflow a task goes to, and what becomes of what it raises.

Runs as `python -P -m postroom.wiring.child`, started by engine/sandbox.py and by nobody else.
Refuses to know how it is limited (engine/jail.py) and how messages travel (engine/nursery.py).
"""

from __future__ import annotations

import argparse
import importlib
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from postroom.core.states import ChunkKind
from postroom.engine import message, nursery
from postroom.errors import PostroomError, Transient
from postroom.ports import Checked, HasTools, Processed, System, Task, Workflow

SYSTEMS = "postroom.wiring.system"  # the module whose SYSTEMS are served

Workflows = Mapping[str, Workflow]


def command(module: str = SYSTEMS, only: Sequence[str] = ()) -> list[str]:
    """The argv that makes a fork server for the workflows of `module`; the pool adds what it must know.

    only: names of systems; none: all.
    """
    # -P: nothing is imported from the current folder, where documents are unpacked.
    argv = [sys.executable, "-P", "-m", "postroom.wiring.child", "--module", module]
    return [*argv, *(f"--only={name}" for name in only)]


def find_workflow(name: str, workflows: Workflows) -> Workflow:
    """Transient if there is none: another release, which another worker may have."""
    try:
        return workflows[name]
    except KeyError:
        raise Transient(
            f"This worker does not know the workflow {name!r}.", code="unknown_workflow"
        ) from None


def load_workflows(module: str, only: Sequence[str] = ()) -> Workflows:
    systems: Sequence[System] = importlib.import_module(module).SYSTEMS
    chosen = [system for system in systems if not only or system.name in only]
    found = {workflow.name: workflow for system in chosen for workflow in system.workflows}
    for workflow in found.values():
        # Once, before the first child: all of them share it.
        for name in workflow.tools if isinstance(workflow, HasTools) else ():
            importlib.import_module(name)
    return found


def perform(workflows: Workflows, task: Task) -> Checked | Processed:
    workflow = find_workflow(task.workflow, workflows)
    if task.kind is ChunkKind.CHECK:
        return workflow.check(task)
    if task.kind is ChunkKind.PROCESS:
        return workflow.process(task)
    return workflow.finish(task)


def answering(workflows: Workflows) -> nursery.Answer:
    """What a child does with each request: never raises, whatever the workflow does."""

    def answer(value: Any, scratch: Path, say: Callable[[str], None]) -> nursery.Outcome:
        try:
            task = message.load_task(value, scratch, say)
            made = perform(workflows, task)
            reply, files = message.dump_answer(made, scratch, task.stored)
        except PostroomError as error:
            return nursery.Outcome(message.dump_failure(error), [])
        except BaseException as error:
            # Out of memory, of stack, of patience: what such a process holds is not to be trusted again.
            return nursery.Outcome(message.dump_failure(error), [], retire=True)
        # What the database reads is read as a file.
        return nursery.Outcome(reply, files, sendable=isinstance(made, Processed) and not made.payload)

    return answer


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="postroom.wiring.child", description="Started by a worker only.")
    parser.add_argument("--module", default=SYSTEMS)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--control", type=int, required=True)
    parser.add_argument("--parent", type=int, required=True)
    given = parser.parse_args(argv)
    with socket.socket(fileno=given.control) as control:
        nursery.serve(control, given.parent, lambda: answering(load_workflows(given.module, given.only)))


if __name__ == "__main__":
    main()
