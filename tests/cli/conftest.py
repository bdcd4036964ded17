"""Servers and files that the tests of the command line share."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.identity import Identity, pem_of
from pinsmith.lab.servers.fault import AlertServer, ClosedPort, Garbage, PlainHTTP, Tarpit
from pinsmith.lab.servers.server import RecordingServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinsmith.lab.servers.connection import PlainSocket
    from pinsmith.lab.servers.listener import Listener

HOST = "api.example.com"
URL_SAFE = str.maketrans({"+": "-", "/": "_", "=": None})
# Long lives around the tests' clock and the real one, which OpenSSL uses.
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2086, 1, 1, tzinfo=UTC)


class Doorbell(Tarpit):
    """A tarpit that signals when a client got stuck in it."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        super().__init__()

    def misbehave(self, sock: PlainSocket) -> None:
        self.reached.set()
        super().misbehave(sock)


@dataclass
class World:
    """
    The servers and files of the tests.

    Attributes:
        values: Ports, paths and pins by the names that transcripts use.
    """

    root: Authority
    intermediate: Authority
    identity: Identity
    stranger: Identity
    directory: Path
    values: dict[str, str] = field(default_factory=dict)
    tarpit: Doorbell = field(default_factory=Doorbell)

    @property
    def cafile(self) -> Path:
        """The file of the root in PEM."""
        return self.directory / "ca.pem"


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """
    Servers that stay up for the session.

    api: root -> intermediate -> leaf. self: self-signed. plain, alert, garbage, tarpit and closed are faulty servers.
    """
    root = Authority.root(not_before=START, not_after=END)
    intermediate = root.intermediate(not_before=START, not_after=END)
    identity = intermediate.issue(HOST, not_before=START, not_after=END)
    stranger = _stranger()
    made = World(root, intermediate, identity, stranger, tmp_path_factory.mktemp("world"))
    made.cafile.write_text(root.pem)
    with ExitStack() as stack:
        servers: dict[str, Listener | ClosedPort] = {
            "api": RecordingServer(identity),
            "www": RecordingServer(intermediate.issue(HOST, "www.example.com", not_before=START, not_after=END)),
            "renewed": RecordingServer(intermediate.issue(HOST, "www.example.com", not_before=START, not_after=END)),
            "self": RecordingServer(stranger),
            "plain": PlainHTTP(),
            "alert": AlertServer(),
            "garbage": Garbage(),
            "tarpit": made.tarpit,
            "closed": ClosedPort(),
        }
        for name, server in servers.items():
            stack.enter_context(server)
            made.values[name] = f"127.0.0.1:{server.port}"
        made.values |= {
            "ca": str(made.cafile),
            "leaf-pin": identity.pin,
            "intermediate-pin": intermediate.pin,
            "root-pin": root.pin,
            "stranger-pin": stranger.pin,
            "stranger-base64": stranger.pin.removeprefix("sha256/"),
            "stranger-urlsafe": stranger.pin.removeprefix("sha256/").translate(URL_SAFE),
        }
        made.values |= _files(made)
        certificates = (identity.certificate, *identity.issuers, root.certificate)
        made.values["chain-json"] = json.dumps([pem_of([certificate]) for certificate in certificates])
        yield made


def _stranger() -> Identity:
    """Make a self-signed certificate whose pin differs in the URL-safe alphabet; one pin in four does not."""
    while True:
        stranger = Identity.self_signed(HOST, not_before=START, not_after=END)
        if stranger.pin.removeprefix("sha256/").rstrip("=").translate(URL_SAFE) not in stranger.pin:
            return stranger


def _files(made: World) -> dict[str, str]:
    """Write the certificates and keys of the server in every wrapping, and return the paths by name."""
    identity, directory = made.identity, made.directory
    request = identity.csr().public_bytes(serialization.Encoding.PEM)
    container = pkcs12.serialize_key_and_certificates(
        b"server",
        identity.key,
        identity.certificate,
        identity.issuers,
        serialization.BestAvailableEncryption(b"secret"),
    )
    contents = {
        "chain": identity.presented_pem().encode(),
        "key": identity.private_pem(),
        "csr": request,
        "p12": container,
        "password": b"secret\n",
        "bare": identity.pem.encode(),
        "stranger": made.stranger.pem.encode(),
    }
    issue, names = made.intermediate.issue, (HOST, "www.example.com")
    certificates = {
        "both": issue(*names, key=identity.key, not_before=START, not_after=END),
        "renewed": issue(*names, not_before=START, not_after=END),
        "foreign": issue("shop.example.net", not_before=START, not_after=END),
        "expired": issue(HOST, key=identity.key, not_before=START, not_after=datetime(2026, 6, 1, tzinfo=UTC)),
        "future": issue(HOST, key=identity.key, not_before=datetime(2026, 7, 1, tzinfo=UTC), not_after=END),
    }
    contents |= {name: certificate.presented_pem().encode() for name, certificate in certificates.items()}
    for name, content in contents.items():
        (directory / f"{name}.file").write_bytes(content)
    files = {f"{name}-file": str(directory / f"{name}.file") for name in contents}
    return files | {"renewed-pin": certificates["renewed"].pin}


@pytest.fixture(autouse=True)
def no_name_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer name lookups without the network: only numbers and localhost have an address."""
    look_up = socket.getaddrinfo

    def answer(host: str, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as in socket
        if host == "localhost" or ":" in host or host[-1:].isdigit():
            return look_up(host, *args, **options)
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", answer)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty directory, with an empty home beside it."""
    home = tmp_path / "home"
    work = tmp_path / "work"
    home.mkdir()
    work.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    monkeypatch.chdir(work)
    return work
