"""Files of a bundle come over TLS with the pins of the program only, and in bounded size and time."""

from __future__ import annotations

import itertools
import socket
import threading
from typing import TYPE_CHECKING

import pytest
from tuf.api.exceptions import DownloadError, DownloadHTTPError, DownloadLengthMismatchError, SlowRetrievalError

import pinsmith
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.lab.servers.site import Site, redirect
from pinsmith.lab.servers.speaker import read_head
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.updates.fetcher import Fetcher
from tests.tls.pki import HOST, PKI
from tests.updates.world import World, pins

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.servers.connection import RecordedConnection


@pytest.fixture
def cafile(pki: PKI, tmp_path: Path) -> str:
    """Write the roots that the client trusts."""
    (tmp_path / "roots.pem").write_text(pki.trust)
    return str(tmp_path / "roots.pem")


def pinning(identity: Identity) -> Policy:
    """Pin the key of the server."""
    return Policy((HostPins(HOST, (Key("updates", Pin.parse(identity.pin), "leaf"),)),))


def test_a_file_is_fetched_whole(pki: PKI, cafile: str) -> None:
    """With its size as the limit, and a query for nothing else."""
    site = Site(keeps_open=False)
    with RecordingServer(pki.leaf, speak=site) as server:
        content = Fetcher(pinning(pki.leaf), cafile=cafile).download_bytes(f"https://{HOST}:{server.port}/a/b.json", 3)
    assert content == b"ok\n"
    (request,) = site.requests
    assert (request.method, request.path, request.authority) == ("GET", "/a/b.json", f"{HOST}:{server.port}")
    assert dict(request.headers)["accept-encoding"] == "identity"


@pytest.mark.parametrize("identity", ["rogue", "sibling", "untrusted", "wrong_name", "self_signed"])
def test_others_are_refused_before_they_hear_a_word(identity: str, pki: PKI, cafile: str) -> None:
    """The pins and the chain both count."""
    presented = getattr(pki, identity)
    with RecordingServer(presented) as server:
        with pytest.raises(DownloadError):
            Fetcher(pinning(pki.leaf), cafile=cafile).download_bytes(f"https://{HOST}:{server.port}/", 3)
        server.settled()
        assert not server.received


def test_nothing_is_asked_in_the_clear(pki: PKI, cafile: str) -> None:
    """An address without TLS is refused, before a connection is made."""
    with RecordingServer(pki.leaf) as server:
        with pytest.raises(DownloadError, match="is not an https URL"):
            Fetcher(pinning(pki.leaf), cafile=cafile).download_bytes(f"http://{HOST}:{server.port}/", 3)
        assert not server.connections


def test_a_redirect_is_not_followed(pki: PKI, cafile: str) -> None:
    """Not even to the same host."""
    site = Site(lambda _: redirect("/other"), keeps_open=False)
    with RecordingServer(pki.leaf, speak=site) as server, pytest.raises(DownloadHTTPError) as caught:
        Fetcher(pinning(pki.leaf), cafile=cafile).download_bytes(f"https://{HOST}:{server.port}/", 3)
    assert caught.value.status_code == 302
    assert len(site.requests) == 1


def test_a_proxy_of_the_environment_is_not_used(pki: PKI, cafile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable of the environment does not decide whether a program gets updates."""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with RecordingServer(pki.leaf) as server:
        content = Fetcher(pinning(pki.leaf), cafile=cafile).download_bytes(f"https://{HOST}:{server.port}/", 3)
    assert content == b"ok\n"


def test_an_injection_does_not_change_who_may_answer(pki: PKI, cafile: str) -> None:
    """The pins of the process, which may come from an update, do not count for the next one."""
    try:
        pinsmith.inject(pinning(pki.rogue))
        with RecordingServer(pki.leaf) as server:
            Fetcher(pinning(pki.leaf), cafile=cafile).download_bytes(f"https://{HOST}:{server.port}/", 3)
        with RecordingServer(pki.rogue) as server, pytest.raises(DownloadError):
            Fetcher(pinning(pki.leaf), cafile=cafile).download_bytes(f"https://{HOST}:{server.port}/", 3)
    finally:
        pinsmith.extract()


def endless(sock: socket.socket, _: RecordedConnection) -> None:
    """Answer with a body that has no end."""
    with sock.makefile("rwb") as stream:
        read_head(stream)
        stream.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            stream.write(b"1000\r\n" + b"a" * 4096 + b"\r\n")


def dripping(sock: socket.socket, _: RecordedConnection) -> None:
    """Answer with a head that has no end, byte by byte."""
    with sock.makefile("rwb") as stream:
        read_head(stream)
    sock.sendall(b"HTTP/1.1 200 OK\r\nA: ")
    while True:
        sock.sendall(b"a")


def test_endless_data_is_cut_off(pki: PKI, cafile: str) -> None:
    """The limit of TUF's client counts bytes as they come."""
    with RecordingServer(pki.leaf, speak=endless) as server, pytest.raises(DownloadLengthMismatchError):
        Fetcher(pinning(pki.leaf), cafile=cafile).download_bytes(f"https://{HOST}:{server.port}/", 500_000)


def test_a_slow_answer_has_an_end(pki: PKI, cafile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All reads together have one deadline, however little each of them brings."""
    seconds = itertools.count()
    monkeypatch.setattr("pinsmith.updates.fetcher.time.monotonic", lambda: float(next(seconds)))
    with RecordingServer(pki.leaf, speak=dripping) as server, pytest.raises(SlowRetrievalError, match="60 seconds"):
        Fetcher(pinning(pki.leaf), cafile=cafile).download_bytes(f"https://{HOST}:{server.port}/", 500_000)


def test_closing_ends_a_request(world: World) -> None:
    """A program that ends does not wait for a silent server, and what was in force stays."""
    heard = threading.Event()

    def silent(sock: socket.socket, _: RecordedConnection) -> None:
        with sock.makefile("rwb") as stream:
            read_head(stream)
        heard.set()
        sock.recv(1)

    with RecordingServer(world.pki.leaf, speak=silent) as server:
        world.write_floor(f"https://{HOST}:{server.port}/")
        updater = world.updater()
        updater.start()
        assert heard.wait(30)
        updater.close()
        assert not updater._background.runs
        server.settled()
    assert pins(updater.policy) == {"live", "standby"}


def test_a_child_does_not_end_the_request_of_its_parent(world: World) -> None:
    """After a fork, both have the same connection, and only the parent reads from it."""
    updater = world.updater()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        updater._fetcher._connection = ours  # as in the middle of a request
        updater._renew()  # as in the child
        updater.close()
        theirs.sendall(b"a")
        assert ours.recv(1) == b"a"
