"""A project with a pin file, and the server of its host."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.identity import Identity
from pinsmith.lab.servers.server import RecordingServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOST = "api.example.com"
# Long lives around the tests' clock and the real one, which OpenSSL uses.
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2086, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
PIN_FILE = """\
version = 1

[keys.api]
pin = "{leaf}"
role = "leaf"
subject = "CN=api\\u001b[2J\\u202e"
not-after = 2086-01-01

[keys.spare]
pin = "{spare}"
role = "leaf"
standby = true

[[host]]
name = "{host}"
keys = ["api", "spare"]
include-subdomains = true
expires = 2026-12-31
connect = "127.0.0.1:{port}"
cafile = "ca.pem"
"""


@dataclass(frozen=True)
class Project:
    """A folder, which is the working directory, and the identity that its host presents."""

    folder: Path
    identity: Identity
    spare: Identity

    @property
    def pin_file(self) -> Path:
        return self.folder / "pins.toml"

    def write(self, *, leaf: str | None = None, port: int = 1) -> None:
        """Write the pin file, with another pin of the leaf or another port where that is wanted."""
        text = PIN_FILE.format(host=HOST, leaf=leaf or self.identity.pin, spare=self.spare.pin, port=port)
        self.pin_file.write_text(text, "utf-8")


@pytest.fixture(scope="session")
def root() -> Authority:
    """Make the authority that the pin file trusts."""
    return Authority.root(not_before=START, not_after=END)


@pytest.fixture(scope="session")
def identities(root: Authority) -> tuple[Identity, Identity]:
    """Make the identity of the host, and a spare one."""
    return root.issue(HOST, not_before=START, not_after=END), Identity.self_signed("spare.example.com")


@pytest.fixture(scope="session")
def api(identities: tuple[Identity, Identity]) -> Iterator[RecordingServer]:
    """Serve root -> leaf for api.example.com."""
    with RecordingServer(identities[0]) as server:
        yield server


@pytest.fixture
def project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: Authority, identities: tuple[Identity, Identity]
) -> Project:
    """Make the folder ``project``, with a folder ``elsewhere`` beside it."""
    folder = tmp_path / "project"
    folder.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (folder / "ca.pem").write_text(root.pem, "utf-8")
    monkeypatch.chdir(folder)
    made = Project(folder, *identities)
    made.write()
    return made


class Names:
    """A name server: the addresses of names, and the names that were looked up."""

    def __init__(self) -> None:
        self.addresses: dict[str, list[str]] = {}
        self.asked: list[str] = []


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """Answer name lookups without the network."""
    made, look_up = Names(), socket.getaddrinfo

    def answer(host: str, port: int, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as in socket
        if ":" in host or host[-1:].isdigit():
            return look_up(host, port, *args, **options)
        made.asked.append(host)
        if host not in made.addresses:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        kinds = {True: socket.AF_INET6, False: socket.AF_INET}
        return [(kinds[":" in address], socket.SOCK_STREAM, 6, "", (address, port)) for address in made.addresses[host]]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return made
