"""Owns which examples the property tests and Schemathesis try: the same ones in every run, unless others are asked for.

POSTROOM_EXAMPLES=20 tries twenty times as many, drawn anew each time; `--hypothesis-seed=N` repeats such a run.
Nothing here looks at a clock: how much is tried must not depend on how busy the machine is.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis.internal.conjecture import providers

TIMES = int(os.environ.get("POSTROOM_EXAMPLES", "0"))  # 0: the usual ones
_USUAL = 100  # of a test that does not say how many


def examples(count: int) -> int:
    """How many to try where `count` are usual."""
    return count * max(1, TIMES)


def calls(count: int) -> settings:
    """For tests whose examples are calls of a server. What a call has done is not undone: nothing is shrunk."""
    return settings(
        max_examples=examples(count), phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )


def load() -> None:
    """For conftest.py, before any test is read: what every test has that does not say otherwise."""
    usual = settings(
        deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=examples(_USUAL)
    )
    settings.register_profile("suite", usual, derandomize=True)
    # Said, as Hypothesis has other defaults where it takes the machine for a CI's: there it would draw the same again.
    settings.register_profile("torture", usual, derandomize=False, database=None, print_blob=True)
    settings.load_profile("torture" if TIMES else "suite")
    if not TIMES:
        # Hypothesis also tries the constants of whatever modules this process has happened to import by then,
        # which depends on the tests that ran before.
        assert callable(providers._get_local_constants)
        providers._get_local_constants = providers.Constants
