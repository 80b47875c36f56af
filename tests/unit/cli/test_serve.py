"""What `serve` does before there is a server: its socket, and what it says if it cannot have one."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from postroom.cli.serve import announce, bracketed, listen
from postroom.errors import Conflict, Invalid


def test_a_port_in_use_is_named_and_how_to_get_another() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(Conflict, match=rf"Port {port} on 127.0.0.1 is in use .* --port 0"):
            listen("127.0.0.1", port)


def test_a_port_that_is_given_up_in_time_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    first = listen("127.0.0.1", 0)
    port = first.getsockname()[1]
    monkeypatch.setattr("time.sleep", lambda _: first.close())
    with listen("127.0.0.1", port) as second:
        assert second.getsockname()[1] == port


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_a_host_that_is_not_ours_is_refused(host: str) -> None:
    with pytest.raises(Invalid) as caught:
        listen(host, 0)
    assert caught.value.field == "--host"


def test_callers_wait_while_nobody_accepts() -> None:
    """So a replaced API process refuses nobody."""
    with listen("127.0.0.1", 0) as listener:
        socket.create_connection(listener.getsockname()[:2], timeout=2).close()


def test_the_ready_line_is_alone_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    announce("::1", 8080, Path("/srv/x"), keys=False)
    said = capsys.readouterr()
    assert said.out == "postroom ready on http://[::1]:8080\n"
    assert "postroom keys create --data /srv/x" in said.err
    announce("127.0.0.1", 80, Path("data"), keys=True)
    assert capsys.readouterr().err == ""


def test_an_address_of_version_six_is_bracketed() -> None:
    assert (bracketed("::"), bracketed("0.0.0.0")) == ("[::]", "0.0.0.0")
