"""Code for Qt sends several requests over one connection, and none over a connection whose key it has not compared."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from pinsmith import pinfile
from pinsmith.formats import export, find
from pinsmith.lab.pki.lab_pki import LabPKI
from pinsmith.lab.scenario import Pinning
from pinsmith.lab.servers.alternating import AlternatingServer
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.lab.servers.site import Answer, Site, redirect
from pinsmith.lab.servers.speaker import read_head
from tests.prove.qt import PROGRAM, compiled
from tests.prove.subject import run

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

    from pinsmith.lab.servers.connection import RecordedConnection
    from pinsmith.lab.servers.site import Request
    from pinsmith.lab.servers.speaker import Speaker
    from pinsmith.policy import Mode

    Client = Callable[..., list[str]]

pytestmark = [pytest.mark.prove, pytest.mark.timeout(300)]

PKI = LabPKI.of_kind("ec-p256", "127.0.0.1")
"""An address, because Qt may try a name at several addresses, and then does not share the connection."""
TARGETS = ("qt-cpp", "qt-pyside")


def _client(target: str, folder: Path, pin: str, mode: Mode = "enforce") -> Client:
    """Build a program that takes the steps that `programs/qt/several.py` describes, and prints a line for each."""
    code = export(pinfile.parse(Pinning((pin, PKI.backup_pin), PKI.host, mode).pin_file()), find(target)).text
    (folder / "trusted.pem").write_text(PKI.trusted_pem)
    if target == "qt-pyside":
        pytest.importorskip("PySide6.QtNetwork", reason="PySide6-Essentials is not installed: requirements/prove.txt")
        (folder / "pins.py").write_text(code)
        command = [sys.executable, f"{PROGRAM}/several.py", "pins"]
    else:
        (folder / "pins.h").write_text(code)
        shutil.copy(PROGRAM / "several.cpp", folder)
        compiled("several.cpp", folder)
        command = [f"{folder}/client"]

    def take(*steps: str) -> list[str]:
        return run([*command, f"{folder}/trusted.pem", *steps], folder, PYTHONPATH=str(folder)).split()

    return take


@pytest.fixture(scope="module", params=TARGETS)
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Client:
    """Build the client of each target, which pins the key of the host."""
    return _client(request.param, tmp_path_factory.mktemp(request.param), PKI.pin)


def _answer(request: Request) -> Answer:
    return Answer(status=404 if request.path == "/missing" else 200, closes=request.path == "/last")


def _served(server: RecordingServer) -> list[int]:
    """Return how many requests each connection carried."""
    return [connection.application_bytes.count(b" HTTP/1.1\r\n") for connection in server.settled()]


def test_requests_one_after_the_other_use_one_connection(client: Client) -> None:
    """Four requests, one of them answered with an error, share a connection to a server that offers HTTP/2."""
    with RecordingServer(PKI.genuine(), speak=Site(_answer), alpn=("h2", "http/1.1")) as server:
        url = f"https://{PKI.host}:{server.port}"
        assert client(f"{url}/", f"{url}/2", f"{url}/missing", f"{url}/") == ["ok", "ok", "error", "ok"]
        assert _served(server) == [4]


@pytest.mark.parametrize(("between", "served"), [("other:", [2, 1]), ("untrusting:", [2, 0])])
def test_only_requests_that_ask_for_the_same_share_connections(client: Client, between: str, served: list[int]) -> None:
    """Neither another manager nor a request with other authorities uses a connection that is open."""
    with RecordingServer(PKI.genuine(), speak=Site(_answer)) as server:
        url = f"https://{PKI.host}:{server.port}/"
        client(url, f"{between}{url}", url)
        assert _served(server) == served


def test_a_cleared_cache_closes_the_connections(client: Client) -> None:
    """The request after `clearAccessCache` uses a new connection."""
    with RecordingServer(PKI.genuine(), speak=Site(_answer)) as server:
        url = f"https://{PKI.host}:{server.port}/"
        assert client(url, "clear", url) == ["ok", "ok"]
        assert _served(server) == [1, 1]


def _once(sock: socket.socket, connection: RecordedConnection) -> None:
    """Answer one request, promise to keep the connection open, and close it when the next request arrives."""
    del connection
    with sock.makefile("rwb") as stream:
        read_head(stream)
        stream.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nok\n")
        stream.flush()
        read_head(stream)


@pytest.mark.parametrize(
    ("speak", "steps", "expected"),
    [
        (Site(_answer), ("last", "", "last"), [["ok", "mismatch", "error", "ok"]]),
        # A request that ends before the server sees its connection leaves the turn of the rogue to the next one.
        (
            Site(_answer),
            ("last", "aborted:", "last"),
            [["ok", "error", "ok"], ["ok", "error", "mismatch", "error"]],
        ),
        (_once, ("", ""), [["ok", "mismatch", "error"]]),
    ],
    ids=["closed by the server", "aborted before the handshake", "closed when the next request was under way"],
)
def test_a_rogue_on_the_next_connection_receives_nothing(
    client: Client, speak: Speaker, steps: tuple[str, ...], expected: list[list[str]]
) -> None:
    """The host answers the first request, a rogue the next connection, and the host the third."""
    with AlternatingServer(PKI.genuine(), PKI.impostor(), speak=speak) as server:
        url = f"https://{PKI.host}:{server.port}/"
        words = [step.rpartition(":") for step in steps]
        assert client(*(f"{word}{colon}{url}{path}" for word, colon, path in words)) in expected
        server.settled()
        assert server.sent_to_even == b""


def test_a_redirect_from_an_open_connection_is_compared(client: Client) -> None:
    """A rogue to which the host redirects the second request of a connection receives nothing."""
    with RecordingServer(PKI.impostor()) as rogue:
        to_rogue = redirect(f"https://{PKI.host}:{rogue.port}/")
        speak = Site(lambda request: to_rogue if request.path == "/rogue" else Answer())
        with RecordingServer(PKI.genuine(), speak=speak) as server:
            url = f"https://{PKI.host}:{server.port}/"
            assert client(url, f"{url}rogue", url) == ["ok", "mismatch", "error", "ok"]
            assert not any(_served(rogue))


@pytest.mark.parametrize("hops", [1, 8])
@pytest.mark.parametrize("attempt", range(10))
def test_no_request_uses_a_connection_that_qt_did_not_signal(client: Client, attempt: int, hops: int) -> None:
    """Qt often opens two connections for a hop, and signals one. A rogue on the other one never receives anything."""
    del attempt

    def answer(request: Request) -> Answer:
        hop = int(request.path.strip("/"))
        return redirect(f"https://{request.authority}/{hop - 1}") if hop else Answer(closes=True)

    with AlternatingServer(PKI.genuine(), PKI.impostor(), speak=Site(answer)) as server:
        url = f"https://{PKI.host}:{server.port}/"
        client(f"{url}{hops}", f"{url}0", f"{url}0")
        server.settled()
        assert server.sent_to_even == b""


@pytest.mark.parametrize("target", TARGETS)
def test_the_key_of_a_resumed_session_is_compared(target: str, tmp_path: Path) -> None:
    """Qt resumes the session of a closed connection, and the code still reports that its key is not pinned."""
    client = _client(target, tmp_path, PKI.impostor().pin, "report-only")
    with RecordingServer(PKI.genuine(), speak=Site(_answer), tls="1.2") as server:
        url = f"https://{PKI.host}:{server.port}/last"
        assert client(url, url) == ["mismatch", "ok", "mismatch", "ok"]
        assert [connection.session_reused for connection in server.settled()] == [False, True]
