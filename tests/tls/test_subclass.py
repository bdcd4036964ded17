"""Subclasses of pinned connections keep their class after the judgement, and so their overrides."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.errors import PinMismatchError
from pinsmith.tls._guarded import GuardedSSLObject, GuardedSSLSocket
from tests.tls.attack import SECRET, Memory, connected, dial, gently, refused
from tests.tls.pki import HOST
from tests.tls.way import WRITES

if TYPE_CHECKING:
    from pinsmith.lab.servers.server import RecordingServer
    from pinsmith.tls.context import PinnedSSLContext
    from tests.tls.conftest import MakeContext


class CountingSocket(GuardedSSLSocket):
    """A socket that counts written bytes, as a program that measures its traffic would."""

    written = 0

    def sendall(self, payload: Any, *args: Any) -> None:  # noqa: ANN401 - as in ssl
        """Count the bytes, then send them."""
        self.written += len(payload)
        super().sendall(payload, *args)


class SlottedSocket(GuardedSSLSocket):
    """A subclass with a slot, whose class Python refuses to change."""

    __slots__ = ("note",)


class CountingObject(GuardedSSLObject):
    """An object that counts bytes written to a memory BIO."""

    written = 0

    def write(self, payload: Any) -> Any:  # noqa: ANN401 - as in ssl
        """Count the bytes, then write them."""
        self.written += len(payload)
        return super().write(payload)


class SlottedObject(GuardedSSLObject):
    """A subclass with a slot, whose class Python refuses to change."""

    __slots__ = ("note",)


@pytest.fixture
def pinned(context: MakeContext) -> PinnedSSLContext:
    """Build a context whose clock counts its judgements."""
    judgements = []

    def clock() -> datetime:
        judgements.append(1)
        return datetime.now(UTC)

    made = context(clock=clock)
    made.judgements = judgements
    return made


def test_overrides_of_a_socket_work_after_the_match(pinned: PinnedSSLContext, good_server: RecordingServer) -> None:
    """All writes are counted, not only those before the handshake."""
    pinned.sslsocket_class = CountingSocket
    with connected(good_server, pinned) as tls:
        assert isinstance(tls, CountingSocket)
        tls.sendall(SECRET)
        tls.sendall(b"more")
        assert tls.recv(100)
        assert type(tls) is CountingSocket
        assert tls.written == len(SECRET) + 4


def test_overrides_of_an_object_work_after_the_match(pinned: PinnedSSLContext, good_server: RecordingServer) -> None:
    """All writes to memory BIOs are counted too."""
    pinned.sslobject_class = CountingObject
    with Memory(good_server, pinned) as memory:
        memory.run("write", SECRET)
        memory.run("write", b"more")
        assert memory.run("read", 100)
        assert isinstance(memory.tls, CountingObject)
        assert memory.tls.written >= len(SECRET) + 4


def test_a_subclass_with_slots_connects(pinned: PinnedSSLContext, good_server: RecordingServer) -> None:
    """The class of such a connection cannot change, and need not."""
    pinned.sslsocket_class = SlottedSocket
    pinned.sslobject_class = SlottedObject
    with connected(good_server, pinned) as tls, Memory(good_server, pinned) as memory:
        tls.sendall(SECRET)
        assert tls.recv(100)
        memory.run("write", SECRET)
        assert memory.run("read", 100)


def test_a_subclass_is_judged_once(pinned: PinnedSSLContext, good_server: RecordingServer) -> None:
    """The guard that remains only asks for the result, and does not judge again for every byte."""
    pinned.sslsocket_class = CountingSocket
    pinned.sslobject_class = CountingObject
    with connected(good_server, pinned) as tls, Memory(good_server, pinned) as memory:
        for _ in range(3):
            tls.sendall(SECRET)
            memory.run("write", SECRET)
        tls.do_handshake()
        memory.run("do_handshake")
    assert len(pinned.judgements) == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize("way", WRITES)
def test_a_rogue_server_is_refused_by_a_subclass(
    pinned: PinnedSSLContext, rogue_server: RecordingServer, way: str
) -> None:
    """The control: the guards of a subclass refuse, and a refusal is final."""
    pinned.sslsocket_class = CountingSocket
    with (
        refused(rogue_server, PinMismatchError),
        gently(pinned.wrap_socket(dial(rogue_server), server_hostname=HOST, do_handshake_on_connect=False)) as tls,
    ):
        with pytest.raises(PinMismatchError):
            WRITES[way](tls)
        WRITES[way](tls)


def test_a_rogue_server_is_refused_by_a_subclass_of_objects(
    pinned: PinnedSSLContext, rogue_server: RecordingServer
) -> None:
    """The guards of a subclass of memory-BIO objects refuse too."""
    pinned.sslobject_class = CountingObject
    with refused(rogue_server, PinMismatchError), Memory(rogue_server, pinned) as memory:
        with pytest.raises(PinMismatchError):
            memory.run("write", SECRET)
        memory.run("write", SECRET)
