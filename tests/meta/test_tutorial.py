"""A reader can follow the tutorial step by step, here against a server of the lab."""

from __future__ import annotations

import re
import shlex
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.cli import main
from pinsmith.exit_code import ExitCode
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.servers.server import RecordingServer
from tests.meta import source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TUTORIAL = (source.ROOT / "docs" / "tutorial.md").read_text("utf-8")
DIALLING = {"add", "check", "fetch", "init"}


@dataclass
class Reader:
    """A reader at a terminal, in a folder that was empty, whose machine reaches example.com on the loopback."""

    folder: Path
    server: RecordingServer

    def type(self, command: str) -> None:
        """Run a command of pinsmith, which must succeed."""
        words = shlex.split(command, comments=True)[1:]
        if words[0] in DIALLING and "--certificate" not in words:
            words += ["--connect", f"127.0.0.1:{self.server.endpoint[1]}"]
        assert main(words) == ExitCode.OK, command

    def run(self, program: str) -> None:
        """Run a program of the page."""
        exec(program, {"__name__": "__main__"})  # noqa: S102 - the page is ours


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """Make the folder, and the host of the page: the leaf of `example.com` below Root, which the machine trusts."""
    root = Authority.root("Root")
    identity = root.issue("example.com")
    (tmp_path / "home").mkdir()
    (tmp_path / "project").mkdir()
    (tmp_path / "trusted.pem").write_text(root.pem)
    (tmp_path / "project" / "new.pem").write_text(identity.presented_pem())
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home" / "data"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    dial = socket.create_connection
    with RecordingServer(identity) as server:

        def redirect(address: tuple[str, int], *given: Any, **named: Any) -> socket.socket:  # noqa: ANN401 - as in socket
            return dial(server.endpoint if address[0] == "example.com" else address, *given, **named)

        monkeypatch.setattr(socket, "create_connection", redirect)
        yield Reader(tmp_path, server)


def _steps(title: str) -> list[tuple[str, str]]:
    """List the commands and programs below a heading, in the order of the page."""
    body = re.split(rf"^## \d+\. {title}\n", TUTORIAL, flags=re.MULTILINE)[1].partition("\n## ")[0]
    found = []
    for language, text in re.findall(r"^```(console|python)\n(.*?)^```", body, re.MULTILINE | re.DOTALL):
        lines = [line.removeprefix("$ ") for line in text.splitlines()] if language == "console" else [text]
        found += [(language, line) for line in lines]
    return [step for step in found if not re.match(r"(pip|pipx) ", step[1])]


def _do(reader: Reader, *titles: str) -> int:
    """Do the steps below these headings, and return their number."""
    steps = [step for title in titles for step in _steps(title)]
    for language, text in steps:
        if language == "console":
            reader.type(text)
        else:
            reader.run(text)
    return len(steps)


@pytest.mark.thorough
def test_the_tutorial_works_from_the_empty_folder_to_the_end(reader: Reader) -> None:
    """Every command and program of the page succeeds, in its order, and the request arrives."""
    assert _do(reader, "Install", "Look", "Write the pin file", "Check", "Enforce", "Prove it") >= 8
    pin_file = (reader.folder / "project" / "pins.toml").read_text("utf-8")
    assert "standby = true" in pin_file
    modes = [key.stat().st_mode & 0o777 for key in (reader.folder / "home").rglob("*.key")]
    assert modes == [0o600]
    assert b"GET / HTTP/1.1" in reader.server.received


def test_the_program_of_the_page_refuses_other_pins(reader: Reader, capsys: pytest.CaptureFixture[str]) -> None:
    """With a letter of both pins exchanged, as the page suggests, the program fails and the server receives no byte."""
    _do(reader, "Write the pin file")
    path = reader.folder / "project" / "pins.toml"
    text = path.read_text("utf-8")
    path.write_text(re.sub(r'"sha256/(.)', lambda found: f'"sha256/{"B" if found[1] != "B" else "C"}', text))
    reader.server.settled()
    before = reader.server.received
    working, catching = [text for language, text in _steps("Enforce") if language == "python"]
    with pytest.raises(Exception, match=r"example\.com presented no pinned key"):
        reader.run(working)
    reader.run(catching)
    assert "presented no pinned key" in capsys.readouterr().out
    assert reader.server.received == before
