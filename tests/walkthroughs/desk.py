"""The desk of a person who uses pinsmith: a project, commands that are typed, and programs that are started."""

from __future__ import annotations

import io
import json
import os
import subprocess
from contextlib import redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pinsmith import pinfile
from tests.walkthroughs.machine import sitecustomize

if TYPE_CHECKING:
    from pinsmith.policy import Policy
    from tests.pages.network import Network
    from tests.pages.reader import Reader


@dataclass(frozen=True)
class Answer:
    """
    What a person sees after a command.

    Attributes:
        out: The result, on standard output.
        err: Everything else, on standard error.
    """

    out: str
    err: str

    @property
    def last(self) -> str:
        """The last line, at which people look first."""
        return (self.err or self.out).splitlines()[-1]


@dataclass
class Desk:
    """
    A person at a desk.

    Attributes:
        reader: Types the commands, in this process.
    """

    reader: Reader

    @property
    def network(self) -> Network:
        """The hosts that the person can reach."""
        return self.reader.network

    def type(self, command: str, exit_code: int = 0) -> Answer:
        """Type a command, which must end with *exit_code*, and return what is seen."""
        shown = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
        with redirect_stderr(shown):
            try:
                out = self.reader.type(command, exit_code)
            except AssertionError as error:
                error.add_note(_text(shown))
                raise
        return Answer(out, _text(shown))

    def start(self, *words: str | Path, exit_code: int = 0) -> Answer:
        """Start a program of this machine, which must end with *exit_code*, and return what is seen."""
        done = subprocess.run(
            list(map(str, words)), env=self.environment, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == exit_code, f"{words} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        return Answer(done.stdout, done.stderr)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of programs: Python finds the hosts of the network."""
        names = {host: self.network.address(host) for host in self.network.servers}
        ports = {names[host]: server.port for host, server in self.network.servers.items()}
        machine = str(Path(sitecustomize.__file__).parent)
        return {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, [machine, os.environ.get("PYTHONPATH")])),
            sitecustomize.NAMES: json.dumps(names),
            sitecustomize.PORTS: json.dumps(ports),
        }

    @property
    def policy(self) -> Policy:
        """The policy of pins.toml, as it is now."""
        return pinfile.load("pins.toml")

    def keys_of(self, host: str) -> list[str]:
        """List the names of the pinned keys of *host*."""
        return [key.name for entry in self.policy.hosts if entry.host == host for key in entry.keys]

    def write(self, path: str, text: str) -> None:
        """Write a file of the project, in an editor."""
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text, "utf-8")

    def replace(self, path: str, old: str, new: str) -> None:
        """Edit a file of the project by hand: *old*, which occurs once, becomes *new*."""
        text = Path(path).read_text("utf-8")
        assert text.count(old) == 1, text
        Path(path).write_text(text.replace(old, new), "utf-8")

    def standby_key(self) -> Path:
        """Return the file of the newest standby key, outside the project."""
        return max(self.reader.home.rglob("*.key"), key=lambda path: (path.stat().st_mtime_ns, path.name))


def _text(stream: io.TextIOWrapper) -> str:
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode("utf-8")
