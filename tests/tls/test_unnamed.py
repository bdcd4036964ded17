"""Connections that name no server, as those of ldap3 without ``sni=``, in a process with pins."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import NoServerNameError, PinMismatchError
from pinsmith.policy import Policy
from pinsmith.tls.inject import extract, inject
from tests.tls.attack import SECRET, Memory, ask, refused
from tests.tls.pki import HOST

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.pki import PKI

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    """Leave nothing behind."""
    yield
    extract()


@pytest.fixture
def comparing(plain_context: ssl.SSLContext) -> ssl.SSLContext:
    """Compare no names, as without a name one must."""
    plain_context.check_hostname = False
    return plain_context


def test_the_refusal_names_the_way_out(pki: PKI, comparing: ssl.SSLContext, good_server: RecordingServer) -> None:
    """What is missing, where, which parameter gives it, and how to let such connections pass."""
    inject(pki.policy())
    with refused(good_server, NoServerNameError) as caught:
        ask(good_server, comparing, None)
    error = caught.value
    assert isinstance(error, NoServerNameError)
    assert f"a connection to port {good_server.port} names no server" in str(error)
    for word in ("server_hostname=", "ldap3: Tls(sni=HOST)", "allow_unnamed=True"):
        assert word in (error.hint or "")


def test_they_pass_where_that_is_allowed(
    pki: PKI, comparing: ssl.SSLContext, rogue_server: RecordingServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Without pins, so from a rogue as well; named connections stay pinned."""
    inject(pki.policy(), allow_unnamed=True)
    assert ask(rogue_server, comparing, None)
    with Memory(rogue_server, comparing, None) as memory:
        memory.run("write", SECRET)
        assert memory.run("read", 100)
    named = [record for record in caplog.records if "without a host name" in record.getMessage()]
    assert [record.levelno for record in named] == [logging.WARNING] * 2
    assert f"port {rogue_server.port}" in named[0].getMessage()
    with pytest.raises(PinMismatchError):
        ask(rogue_server, comparing, HOST)


def test_they_are_logged_once_an_hour(
    pki: PKI, comparing: ssl.SSLContext, good_server: RecordingServer, caplog: pytest.LogCaptureFixture
) -> None:
    """A pool of connections does not fill the log; the next message has their number."""
    now = [NOON]
    inject(pki.policy(), allow_unnamed=True, clock=lambda: now[0])
    for minutes in (0, 1, 2, 61):
        now[0] = NOON + timedelta(minutes=minutes)
        assert ask(good_server, comparing, None)
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 2
    assert "2 more since the last message" in messages[1]


def test_a_policy_that_requires_pins_lets_none_pass(
    pki: PKI, comparing: ssl.SSLContext, good_server: RecordingServer
) -> None:
    """Who demands pins of every host did not mean to exempt those without a name."""
    inject(Policy(pki.policy().hosts, require_pins=True), allow_unnamed=True)
    with refused(good_server, NoServerNameError, "names no server"):
        ask(good_server, comparing, None)


def test_a_name_that_is_not_a_host_is_not_none(
    pki: PKI, comparing: ssl.SSLContext, good_server: RecordingServer
) -> None:
    """A name that cannot be looked up is refused with that reason, also where unnamed connections pass."""
    inject(pki.policy(), allow_unnamed=True)
    with refused(good_server, NoServerNameError, r"'bad_name!.example.com' is not a host name"):
        ask(good_server, comparing, "bad_name!.example.com")
