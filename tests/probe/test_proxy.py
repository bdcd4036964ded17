"""Retrieval through an HTTP proxy: which proxy, what it is asked, and what it may answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import ConnectError, HostError
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.proxy.connect import ConnectProxy
from pinsmith.lab.servers.fault import ClosedPort, Garbage, Tarpit
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.probe import Fetched, Target, Trust, fetch
from pinsmith.probe.proxy import Proxy, parse_proxy, through, tunnel
from pinsmith.probe.survey import survey

if TYPE_CHECKING:
    from pathlib import Path

HOST = "api.example.test"
PROXY = Proxy("proxy.example.test", 3128)


@pytest.fixture(scope="module")
def root() -> Authority:
    """Make a root."""
    return Authority.root()


@pytest.fixture
def trust(root: Authority, tmp_path: Path) -> Trust:
    """Trust the root."""
    (tmp_path / "root.pem").write_text(root.pem)
    return Trust(cafile=tmp_path / "root.pem")


@pytest.mark.parametrize(
    ("text", "proxy"),
    [
        ("http://proxy.example.test:3128", PROXY),
        ("proxy.example.test:3128", PROXY),
        ("http://proxy.example.test/", Proxy("proxy.example.test", 80)),
        ("http://[::1]:8080", Proxy("::1", 8080)),
        ("http://me:p%40ss@proxy.example.test:3128", Proxy("proxy.example.test", 3128, "me:p@ss")),
    ],
)
def test_an_address_of_a_proxy_is_read(text: str, proxy: Proxy) -> None:
    """The forms are those of the environment variables."""
    assert parse_proxy(text) == proxy


@pytest.mark.parametrize(
    "text",
    [
        "https://u:secret@p:1",
        "socks5://u:secret@p:1",
        "http://u:secret@p:0",
        "http://u:secret@p:99999",
        "http://",
        "http://p/x",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_its_password(text: str) -> None:
    """The error may be logged."""
    with pytest.raises(HostError) as caught:
        parse_proxy(text)
    assert "secret" not in f"{caught.value} {caught.value.hint}"
    assert "secret" not in repr(Proxy("p", 1, "u:secret"))


def test_the_environment_counts_for_hosts_that_are_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_PROXY, an address of the host's own, the loopback and STARTTLS are direct; so is the word none."""
    assert through(Target(HOST), None).proxy is None
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.test:3128")
    monkeypatch.setenv("NO_PROXY", "internal.example.test")
    assert through(Target(HOST), None).proxy == PROXY
    direct = [
        Target("internal.example.test"),
        Target("a.internal.example.test"),
        Target(HOST, address="192.0.2.7"),
        Target("127.0.0.1"),
        Target("localhost"),
        Target(HOST, starttls="smtp"),
    ]
    assert all(through(target, None).proxy is None for target in direct)
    assert through(Target(HOST), "none").proxy is None
    assert through(Target("127.0.0.1"), "http://other.example.test:1").proxy == Proxy("other.example.test", 1)


def test_a_host_is_retrieved_through_a_proxy(root: Authority, trust: Trust) -> None:
    """The proxy looks the name up, so every name is asked once, and the outcome shows no address."""
    with (
        RecordingServer(root.issue(HOST)) as server,
        ConnectProxy(route={f"{HOST}:8443": server.endpoint}) as proxy,
    ):
        target = through(Target(HOST, 8443), f"http://127.0.0.1:{proxy.port}")
        fetched = fetch(target, trust=trust)
        assert (fetched.address, fetched.trusted, fetched.inspected) == (HOST, True, True)
        (outcomes,) = survey([target], trust=trust)
        assert [isinstance(outcome, Fetched) for outcome in outcomes] == [True]
        assert set(proxy.connects) == {f"{HOST}:8443"}


def test_without_a_proxy_a_private_root_is_not_called_inspected(root: Authority, trust: Trust) -> None:
    """It is that of the company whose server it is."""
    with RecordingServer(root.issue("127.0.0.1")) as server:
        assert not fetch(Target("127.0.0.1", server.port), trust=trust).inspected


def test_a_proxy_that_cannot_be_reached_is_named(trust: Trust) -> None:
    """The host is not blamed."""
    with ClosedPort() as closed, pytest.raises(ConnectError) as caught:
        fetch(through(Target(HOST), f"127.0.0.1:{closed.port}"), trust=trust)
    assert str(caught.value).startswith(
        f"{HOST}:443 was not reached, because the proxy 127.0.0.1:{closed.port} refused"
    )


def test_a_proxy_that_refuses_a_host_is_quoted(trust: Trust) -> None:
    """The lab's proxy refuses what it has no route to."""
    with ConnectProxy() as proxy, pytest.raises(ConnectError, match=r"refused: .*502"):
        fetch(through(Target(HOST), f"127.0.0.1:{proxy.port}"), trust=trust)


@pytest.mark.parametrize(
    ("server", "seconds", "problem"),
    [(Garbage, 20, "closed the connection without an answer"), (Tarpit, 0.1, "did not answer in time")],
)
def test_a_server_that_is_not_a_proxy_is_an_error(
    server: type[Garbage | Tarpit], seconds: float, problem: str, trust: Trust
) -> None:
    """The error names the proxy and not the host."""
    with server() as wrong, pytest.raises(ConnectError, match=problem):
        fetch(through(Target(HOST), f"127.0.0.1:{wrong.port}"), trust=trust, timeout_seconds=seconds)


def _answered(*pieces: bytes, proxy: Proxy = PROXY) -> bytes:
    talk = tunnel(proxy, Target(HOST))
    request = talk.send(None)
    try:
        for piece in pieces:
            talk.send(piece)
    except StopIteration:
        return request
    raise AssertionError("the dialogue goes on")


def test_the_request_names_the_host_and_carries_the_credentials() -> None:
    """RFC 9110, section 9.3.6, and RFC 7617; the answer may come in any pieces."""
    request = _answered(b"HTTP/1.1 2", b"00 OK\r\nVia: x\r", b"\n\r\n", proxy=Proxy("p", 1, "me:p@ss"))
    assert request == (
        b"CONNECT api.example.test:443 HTTP/1.1\r\nHost: api.example.test:443\r\n"
        b"Proxy-Authorization: Basic bWU6cEBzcw==\r\n\r\n"
    )
    assert b"Authorization" not in _answered(b"HTTP/1.0 200\r\n\r\n")


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "refused: .*407"),
        (b"HTTP/1.1 301 Moved\r\nLocation: x\r\n\r\n", "refused: .*301"),
        (b"HTTP/1.1 200 OK\r\n\r\nSSH-2.0", "sent bytes before TLS"),
        (b"HTTP/2 200\r\n\r\n", "did not answer as HTTP does"),
        (b"x" * 70_000, "sent more than 65536 bytes"),
        (b"", "closed the connection without an answer"),
    ],
)
def test_any_other_answer_is_refused(answer: bytes, problem: str) -> None:
    """Nothing that a proxy says is taken for the server's TLS."""
    with pytest.raises(ConnectError, match=problem) as caught:
        _answered(answer)
    assert "proxy.example.test:3128" in str(caught.value)
    assert bool(caught.value.hint) is (b"407" in answer)


def test_a_control_character_of_a_proxy_is_not_printed() -> None:
    """The answer may be an attack on the terminal."""
    with pytest.raises(ConnectError) as caught:
        _answered(b"HTTP/1.1 403 \x1b[2J\r\n\r\n")
    assert "\x1b" not in str(caught.value)


def test_a_password_that_the_proxy_refuses_is_not_asked_for_again() -> None:
    """The hint says what to look at."""
    with pytest.raises(ConnectError) as caught:
        _answered(b"HTTP/1.1 407 No\r\n\r\n", proxy=Proxy("p", 1, "u:secret"))
    assert caught.value.hint == "the proxy does not accept this user and password"
