"""Many threads, event loops, and a policy that changes meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import PinMismatchError, SessionRefusedError
from pinsmith.lab.servers.speaker import echo_speaker
from pinsmith.tls.inject import extract, inject
from tests.tls.attack import SECRET, ask, dial, gently, refused, silent
from tests.tls.pki import HOST, PKI, policy_of

if TYPE_CHECKING:
    import socket
    import ssl

    from pinsmith.lab.servers.server import RecordingServer
    from pinsmith.tls.event import MismatchEvent
    from tests.tls.conftest import MakeContext, Serve

THREADS = 32


def test_threads_share_a_context_while_its_policy_changes(pki: PKI, context: MakeContext, serve: Serve) -> None:
    """Each handshake is judged by one whole policy: the rogue never passes, the good server passes or is refused."""
    good, rogue = serve(pki.leaf), serve(pki.rogue)
    pinned = context()
    policies = [pki.policy(), policy_of(pki.backup), pki.policy(trust="pins-only")]
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            for policy in policies:
                pinned.policy = policy

    def try_both(_: int) -> list[str]:
        outcomes = []
        for server in (good, rogue):
            try:
                ask(server, pinned)
                outcomes.append("passed")
            except PinMismatchError:
                outcomes.append("refused")
        return outcomes

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            outcomes = list(pool.map(try_both, range(THREADS * 2)))
    finally:
        stop.set()
        swapper.join()
    assert {outcome[1] for outcome in outcomes} == {"refused"}
    assert {outcome[0] for outcome in outcomes} <= {"passed", "refused"}
    assert silent(rogue)
    pinned.policy = pki.policy()
    assert ask(good, pinned)


def test_threads_with_the_same_failure_report_it_once(context: MakeContext, rogue_server: RecordingServer) -> None:
    """The rate limit also works if many threads fail at once."""
    events: list[MismatchEvent] = []
    pinned = context(on_mismatch=events.append)
    gate = threading.Barrier(THREADS)

    def rush(_: int) -> None:
        plain = dial(rogue_server)
        gate.wait(10)
        with pytest.raises(PinMismatchError):
            pinned.wrap_socket(plain, server_hostname=HOST)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(rush, range(THREADS)))
    assert silent(rogue_server)
    assert len(events) == 1


def test_a_writer_does_not_precede_the_judgement(context: MakeContext, rogue_server: RecordingServer) -> None:
    """While one thread judges, OpenSSL would already send for another one, which therefore judges too."""
    outcomes: list[BaseException | None] = []

    def write_meanwhile(_: MismatchEvent) -> None:
        with ThreadPoolExecutor(1) as pool:
            outcomes.append(pool.submit(tls.sendall, SECRET).exception())

    pinned = context(on_mismatch=write_meanwhile)
    tls = pinned.wrap_socket(dial(rogue_server), server_hostname=HOST, do_handshake_on_connect=False)
    with refused(rogue_server, PinMismatchError), gently(tls):
        tls.do_handshake()
    assert [type(outcome) for outcome in outcomes] == [PinMismatchError]


async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Send the secret and return the answer."""
    try:
        writer.write(SECRET)
        await writer.drain()
        return await reader.read(100)
    finally:
        await leave(writer)


async def leave(writer: asyncio.StreamWriter) -> None:
    """Close the connection, and wait until it is closed."""
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


class TestAsyncio:
    """Connections with the streams of asyncio."""

    async def ask(self, server: RecordingServer, context: ssl.SSLContext) -> bytes:
        """Connect with TLS."""
        return await say(*await asyncio.open_connection(*server.endpoint, ssl=context, server_hostname=HOST))

    async def ask_later(self, server: RecordingServer, context: ssl.SSLContext) -> bytes:
        """Connect, and start TLS after the server has agreed in the clear."""
        reader, writer = await asyncio.open_connection(*server.endpoint)
        try:
            writer.write(b"STARTTLS\r\n")
            assert await reader.readline() == b"go\r\n"
            await writer.start_tls(context, server_hostname=HOST)
            return await say(reader, writer)
        finally:
            await leave(writer)

    @pytest.mark.parametrize("how", ["explicit", "injected"])
    def test_open_connection(
        self, pki: PKI, context: MakeContext, plain_context: ssl.SSLContext, serve: Serve, how: str
    ) -> None:
        """The rogue server is refused, and the good one answers."""
        client = plain_context if how == "injected" else context()
        if how == "injected":
            inject(pki.policy())
        try:
            with refused(rogue := serve(pki.rogue), PinMismatchError):
                asyncio.run(self.ask(rogue, client))
            assert asyncio.run(self.ask(serve(pki.leaf), client))
        finally:
            extract()

    @pytest.mark.parametrize("how", ["explicit", "injected"])
    def test_start_tls(
        self, pki: PKI, context: MakeContext, plain_context: ssl.SSLContext, serve: Serve, how: str
    ) -> None:
        """The rogue server is refused, and the good one answers, if TLS starts later."""

        def agree(sock: socket.socket) -> None:
            assert sock.recv(100) == b"STARTTLS\r\n"
            sock.sendall(b"go\r\n")

        client = plain_context if how == "injected" else context()
        if how == "injected":
            inject(pki.policy())
        try:
            with refused(rogue := serve(pki.rogue, starttls=agree), PinMismatchError):
                asyncio.run(self.ask_later(rogue, client))
            assert asyncio.run(self.ask_later(serve(pki.leaf, starttls=agree), client))
        finally:
            extract()

    def test_many_at_once(self, pki: PKI, context: MakeContext, serve: Serve) -> None:
        """Good and rogue connections at the same time use one context."""
        good, rogue = serve(pki.leaf, speak=echo_speaker), serve(pki.rogue)
        pinned = context()

        async def all_of_them() -> list[bytes | BaseException]:
            calls = [self.ask(server, pinned) for _ in range(10) for server in (good, rogue)]
            return await asyncio.gather(*calls, return_exceptions=True)

        outcomes = asyncio.run(all_of_them())
        assert outcomes[::2] == [SECRET] * 10
        assert {type(outcome) for outcome in outcomes[1::2]} == {PinMismatchError}
        assert silent(rogue)


def test_a_session_of_a_policy_that_changed_in_another_thread_is_refused(
    pki: PKI, context: MakeContext, serve: Serve
) -> None:
    """A session is compared with the policy in force, also if another thread has set it."""
    server = serve(pki.leaf, tls="1.2", speak=echo_speaker)
    pinned = context()
    with gently(pinned.wrap_socket(dial(server), server_hostname=HOST)) as tls:
        session = tls.session
    thread = threading.Thread(target=setattr, args=(pinned, "policy", pki.policy()))
    thread.start()
    thread.join()
    with dial(server) as plain, pytest.raises(SessionRefusedError):
        pinned.wrap_socket(plain, server_hostname=HOST, session=session)
