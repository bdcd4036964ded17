"""Connections that name no server, such as those of ldap3 without ``sni=``, in a process with pins."""

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
    """Remove the injection after the test."""
    yield
    extract()


@pytest.fixture
def comparing(plain_context: ssl.SSLContext) -> ssl.SSLContext:
    """Make a context that compares no names, as a client without a name must."""
    plain_context.check_hostname = False
    return plain_context


def test_the_refusal_names_a_remedy(pki: PKI, comparing: ssl.SSLContext, good_server: RecordingServer) -> None:
    """The error says what is missing and where, which parameter provides it, and how to let such connections pass."""
    inject(pki.policy())
    with refused(good_server, NoServerNameError) as caught:
        ask(good_server, comparing, None)
    error = caught.value
    assert isinstance(error, NoServerNameError)
    assert f"a connection to port {good_server.port} names no server" in str(error)
    for word in ("server_hostname=", "ldap3: Tls(sni=HOST)", "allow_unnamed=True"):
        assert word in (error.hint or "")


def test_they_pass_if_that_is_allowed(
    pki: PKI, comparing: ssl.SSLContext, rogue_server: RecordingServer, caplog: pytest.LogCaptureFixture
) -> None:
    """They pass without pins, so a rogue passes too; connections with a name stay pinned."""
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
    """A pool of connections does not fill the log; the next message has the number of those in between."""
    now = [NOON]
    inject(pki.policy(), allow_unnamed=True, clock=lambda: now[0])
    for minutes in (0, 1, 2, 61):
        now[0] = NOON + timedelta(minutes=minutes)
        assert ask(good_server, comparing, None)
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 2
    assert "2 more since the last message" in messages[1]


def test_a_policy_that_requires_pins_refuses_them(
    pki: PKI, comparing: ssl.SSLContext, good_server: RecordingServer
) -> None:
    """A policy that requires pins for every host does not exempt connections without a name."""
    inject(Policy(pki.policy().hosts, require_pins=True), allow_unnamed=True)
    with refused(good_server, NoServerNameError, "names no server"):
        ask(good_server, comparing, None)


def test_an_invalid_name_is_not_a_missing_one(
    pki: PKI, comparing: ssl.SSLContext, good_server: RecordingServer
) -> None:
    """A name that cannot be looked up is refused with that reason, also if connections without a name may pass."""
    inject(pki.policy(), allow_unnamed=True)
    with refused(good_server, NoServerNameError, r"'bad_name!.example.com' is not a host name"):
        ask(good_server, comparing, "bad_name!.example.com")
