"""What `submit` sends: which files a path means, and what an option's text means."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from postroom.cli.submit import gather, parsed, reason
from postroom.errors import Invalid


def test_folders_are_walked_in_order_and_names_tell_where_files_lay(tmp_path: Path) -> None:
    for name in ("b/2.txt", "a/1.txt", "b/deep/3.txt", "0.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    found = [file.name for file in gather([tmp_path, tmp_path / "b" / "2.txt"])]
    assert found == ["0.txt", "a/1.txt", "b/2.txt", "b/deep/3.txt", "2.txt"]


def test_what_is_left_out_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("x")
    (tmp_path / ".DS_Store").write_text("x")
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")
    assert list(gather([tmp_path])) == []
    said = capsys.readouterr().err
    assert "broken is no file" in said and "2 with names that begin with a dot" in said
    assert {file.name for file in gather([tmp_path], hidden=True)} == {".DS_Store", ".git/HEAD"}


def test_a_file_that_is_named_is_sent_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / ".hidden").write_text("x")
    assert [file.name for file in gather([tmp_path / ".hidden"])] == [".hidden"]


def test_a_link_to_a_folder_is_not_followed_round_and_round(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert [file.name for file in gather([tmp_path])] == ["a.txt"]


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no file or folder"):
        list(gather([tmp_path / "nowhere"]))


@pytest.mark.parametrize(
    ("text", "value"),
    [("n=3", 3), ("n=true", True), ('n=["a"]', ["a"]), ("n=plain text", "plain text"), ("n=a=b", "a=b")],
)
def test_an_option_is_json_or_text(text: str, value: object) -> None:
    assert parsed(text) == ("n", value)


@pytest.mark.parametrize("text", ["n", "=3"])
def test_an_option_without_name_or_value_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        parsed(text)


def test_a_reason_is_the_error_or_what_part_failed() -> None:
    whole = {"error": None, "pagesFailed": 0, "rowsFailed": 0}
    assert reason(whole) == ""
    assert reason({**whole, "error": {"message": "Broken."}}) == "Broken."
    assert reason({**whole, "rowsFailed": 2, "rows": 9}) == "2 of 9 rows failed"
