"""The tutorial is done as a reader does it, step by step, against a server of the lab."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.servers.server import RecordingServer
from tests.meta import source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TUTORIAL = (source.ROOT / "docs" / "tutorial.md").read_text("utf-8")
DIALLING = {"add", "check", "fetch", "init"}
# example.com is served on a port of the loopback.
REDIRECT = """\
import socket
real = socket.create_connection
def dial(address, *args, **kwargs):
    return real(("127.0.0.1", {port}) if address[0] == "example.com" else address, *args, **kwargs)
socket.create_connection = dial
"""


@dataclass
class Reader:
    """Somebody at a terminal, in a folder that was empty."""

    folder: Path
    server: RecordingServer

    def type(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command of pinsmith; hosts are dialled on the loopback."""
        words = shlex.split(command, comments=True)[1:]
        if words[0] in DIALLING and "--certificate" not in words:
            words += ["--connect", f"127.0.0.1:{self.server.endpoint[1]}"]
        return self._python("-m", "pinsmith", *words)

    def run(self, snippet: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the page."""
        return self._python("-c", REDIRECT.format(port=self.server.endpoint[1]) + snippet)

    def _python(self, *words: str) -> subprocess.CompletedProcess[str]:
        trusted = {"SSL_CERT_FILE": str(self.folder / "trusted.pem")}
        home = {"HOME": str(self.folder / "home"), "XDG_DATA_HOME": str(self.folder / "home" / "data")}
        return subprocess.run(
            [sys.executable, *words],
            cwd=self.folder / "project",
            env=os.environ | trusted | home,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """Make the folder, and the host of the page: leaf of `example.com` below Root, which the machine trusts."""
    root = Authority.root("Root")
    identity = root.issue("example.com")
    (tmp_path / "home").mkdir()
    (tmp_path / "project").mkdir()
    (tmp_path / "trusted.pem").write_text(root.pem)
    (tmp_path / "project" / "new.pem").write_text(identity.presented_pem())
    with RecordingServer(identity) as server:
        yield Reader(tmp_path, server)


def _steps(title: str) -> list[tuple[str, str]]:
    """List the commands and programs below a heading, in the order of the page."""
    body = re.split(rf"^## \d+\. {title}\n", TUTORIAL, flags=re.MULTILINE)[1].partition("\n## ")[0]
    found = []
    for language, text in re.findall(r"^```(console|python)\n(.*?)^```", body, re.MULTILINE | re.DOTALL):
        lines = [line.removeprefix("$ ") for line in text.splitlines()] if language == "console" else [text]
        found += [(language, line) for line in lines]
    return [step for step in found if not re.match(r"(pip|pipx) ", step[1])]


def _do(reader: Reader, *titles: str) -> list[subprocess.CompletedProcess[str]]:
    done = []
    for language, text in (step for title in titles for step in _steps(title)):
        result = reader.type(text) if language == "console" else reader.run(text)
        assert result.returncode == 0, f"{text}\n{result.stdout}{result.stderr}"
        done.append(result)
    return done


def test_the_tutorial_works_from_the_empty_folder_to_the_end(reader: Reader) -> None:
    """Every command and program of the page succeeds, in its order, and the request arrives."""
    done = _do(reader, "Install", "Look", "Write the pin file", "Check", "Enforce", "Prove it")
    assert len(done) >= 8
    pin_file = (reader.folder / "project" / "pins.toml").read_text("utf-8")
    assert "standby = true" in pin_file
    modes = [key.stat().st_mode & 0o777 for key in (reader.folder / "home").rglob("*.key")]
    assert modes == [0o600]
    assert b"GET / HTTP/1.1" in reader.server.received


def test_the_program_of_the_page_refuses_other_pins(reader: Reader) -> None:
    """With a letter of both pins exchanged, as the page says, the error is found and no byte arrives."""
    _do(reader, "Write the pin file")
    path = reader.folder / "project" / "pins.toml"
    text = path.read_text("utf-8")
    path.write_text(re.sub(r'"sha256/(.)', lambda found: f'"sha256/{"B" if found[1] != "B" else "C"}', text))
    reader.server.settled()
    before = reader.server.received
    working, catching = [text for language, text in _steps("Enforce") if language == "python"]
    assert "example.com presented no pinned key" in reader.run(working).stderr
    assert "presented no pinned key" in reader.run(catching).stdout
    assert reader.server.received == before
