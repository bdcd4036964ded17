"""Ctrl-C during a judgement ends that connection, and is not raised again later."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import EnforcementError
from pinsmith.tls.inject import extract, inject
from tests.tls.attack import SECRET, Memory, ask, dial, gently, silent
from tests.tls.pki import HOST, PKI

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.conftest import MakeContext

INTERRUPTIONS = [KeyboardInterrupt, SystemExit]


@pytest.fixture(params=INTERRUPTIONS)
def interruption(request: pytest.FixtureRequest) -> type[BaseException]:
    """Return the exception that a signal handler raises."""
    kind: type[BaseException] = request.param
    return kind


@pytest.fixture
def clock(interruption: type[BaseException]) -> Callable[[], datetime]:
    """Return a clock that is interrupted in the first judgement."""
    pending = [interruption]

    def tick() -> datetime:
        if pending:
            raise pending.pop()
        return datetime.now(UTC)

    return tick


@pytest.fixture(params=["explicit", "injected"])
def interrupted(
    request: pytest.FixtureRequest,
    pki: PKI,
    context: MakeContext,
    plain_context: ssl.SSLContext,
    clock: Callable[[], datetime],
) -> Iterator[ssl.SSLContext]:
    """Return a context of our own, and a plain one in a process with pins."""
    if request.param == "explicit":
        yield context(clock=clock)
    else:
        inject(pki.policy(), clock=clock)
        yield plain_context
        extract()


def test_a_socket(interrupted: ssl.SSLContext, interruption: type[BaseException], good_server: RecordingServer) -> None:
    """
    The interrupt is raised once.

    Later attempts raise an error that explains it and send nothing; new connections work.
    """
    tls = interrupted.wrap_socket(dial(good_server), server_hostname=HOST, do_handshake_on_connect=False)
    with gently(tls):
        with pytest.raises(interruption):
            tls.sendall(SECRET)
        for _ in range(2):
            with pytest.raises(EnforcementError, match="localhost: the check of the pins was interrupted"):
                tls.sendall(SECRET)
    assert silent(good_server)
    assert ask(good_server, interrupted)


def test_an_object(
    interrupted: ssl.SSLContext, interruption: type[BaseException], good_server: RecordingServer
) -> None:
    """An interrupted memory-BIO object behaves in the same way."""
    with Memory(good_server, interrupted) as memory:
        with pytest.raises(interruption):
            memory.run("write", SECRET)
        for _ in range(2):
            with pytest.raises(EnforcementError, match="localhost: the check of the pins was interrupted"):
                memory.run("write", SECRET)
    assert silent(good_server)
    assert ask(good_server, interrupted)
