"""Proves that a logged error does not tell what variables held: keys and passwords are among them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog

from postroom.settings import Settings
from postroom.wiring import log


@pytest.fixture
def untouched() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)
    structlog.contextvars.clear_contextvars()


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_is_logged_without_the_values_of_variables(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    log.configure(Settings(log_format=form), "test")
    password = "hush" * 3
    try:
        raise RuntimeError("broken on purpose")
    except RuntimeError as error:
        structlog.get_logger("test").error("defect", exc_info=error)
    said = capsys.readouterr().err
    assert "broken on purpose" in said
    assert "RuntimeError" in said
    assert password not in said
