"""The command line. `main` is the entry of the script `postroom`; each noun has a file of its own.

Nothing is imported here: workers and the supervisor import this package too, and should stay small.
"""

from __future__ import annotations


def main() -> None:
    from postroom.cli.app import run

    run()
