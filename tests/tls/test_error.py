"""A refused connection leaves an error that can be copied and pickled, and nothing else."""

from __future__ import annotations

import contextlib
import copy
import gc
import multiprocessing
import os
import pickle
import ssl
import sys
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.errors import EnforcementError, PinMismatchError
from pinsmith.tls.inject import extract, inject
from tests.tls.attack import SECRET, Memory, ask, dial, refused, silent
from tests.tls.pki import HOST, PKI, policy_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.conftest import MakeContext


def refusal(server: RecordingServer, context: ssl.SSLContext) -> PinMismatchError:
    """Return the error of a refused connection."""
    with pytest.raises(PinMismatchError) as caught:
        ask(server, context)
    return caught.value


def return_it(error: BaseException) -> BaseException:
    """Raise *error* in another process."""
    return error


class TestError:
    """The error of a mismatch."""

    def test_it_is_a_failed_verification(self, context: MakeContext, rogue_server: RecordingServer) -> None:
        """Code that handles errors of ssl handles this one too."""
        error = refusal(rogue_server, context())
        assert isinstance(error, EnforcementError)
        for kind in (ssl.SSLCertVerificationError, ssl.SSLError, OSError, ValueError):
            assert isinstance(error, kind)
        assert error.host == HOST
        assert error.verify_code == 50
        assert str(error) == "localhost presented no pinned key"
        assert error.args == ("localhost presented no pinned key",)

    def test_it_has_the_judged_chain_and_the_pinned_keys(
        self, pki: PKI, context: MakeContext, rogue_server: RecordingServer
    ) -> None:
        """The error contains the verified chain, leaf first, and the pinned keys."""
        error = refusal(rogue_server, context())
        assert error.presented is not None
        assert len(error.presented) == 3
        assert [str(key.pin) for key in error.pinned] == [pki.leaf.pin, pki.backup.pin]
        assert pki.rogue.pin in "\n".join(error.details)

    @pytest.mark.parametrize("way", ["pickle", "copy", "deepcopy"])
    def test_it_can_be_copied(self, context: MakeContext, rogue_server: RecordingServer, way: str) -> None:
        """A copy has the same text and attributes."""
        error = refusal(rogue_server, context())
        ways: dict[str, Callable[[], Any]] = {
            "pickle": lambda: pickle.loads(pickle.dumps(error)),  # noqa: S301 - our own
            "copy": lambda: copy.copy(error),
            "deepcopy": lambda: copy.deepcopy(error),
        }
        again = ways[way]()
        assert type(again) is PinMismatchError
        assert (again.args, again.host, again.hint, again.details) == (
            error.args,
            error.host,
            error.hint,
            error.details,
        )
        assert (again.presented, again.pinned, again.why) == (error.presented, error.pinned, error.why)

    def test_it_returns_from_another_process(self, context: MakeContext, rogue_server: RecordingServer) -> None:
        """The error survives the way back from a pool of workers."""
        error = refusal(rogue_server, context())
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            again = pool.apply(return_it, (error,))
        assert isinstance(again, PinMismatchError)
        assert again.presented == error.presented


def descriptors() -> int:
    """Count the open files of this process."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a number is enough


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="only on Linux")
class TestLeak:
    """Fifty refusals leave no open file, and no file waits for the garbage collector."""

    @pytest.fixture(autouse=True)
    def without_collector(self) -> Iterator[None]:
        """Disable the garbage collector."""
        gc.collect()
        gc.disable()
        yield
        gc.enable()

    def test_refused_sockets_are_closed(self, context: MakeContext, rogue_server: RecordingServer) -> None:
        """The socket is closed although the caller never gets an object to close."""
        pinned = context()
        refusal(rogue_server, pinned)
        assert silent(rogue_server)
        before = descriptors()
        for _ in range(50):
            with pytest.raises(PinMismatchError):
                pinned.wrap_socket(dial(rogue_server), server_hostname=HOST)
        assert silent(rogue_server)
        assert descriptors() < before + 10  # threads of the server may be about to close their sockets

    def test_refused_sockets_of_an_injection_are_closed(
        self, pki: PKI, plain_context: ssl.SSLContext, rogue_server: RecordingServer
    ) -> None:
        """Sockets of plain contexts are closed too."""
        inject(pki.policy())
        try:
            before = descriptors()
            for _ in range(50):
                with pytest.raises(PinMismatchError):
                    plain_context.wrap_socket(dial(rogue_server), server_hostname=HOST)
            assert silent(rogue_server)
            assert descriptors() < before + 10  # threads of the server may be about to close their sockets
        finally:
            extract()

    def test_an_unexpected_error_closes_the_socket_too(
        self, context: MakeContext, rogue_server: RecordingServer
    ) -> None:
        """The socket is closed even if the clock raises."""

        def broken() -> None:
            raise RuntimeError("no clock")

        pinned = context(clock=broken)
        before = descriptors()
        with refused(rogue_server, RuntimeError):
            pinned.wrap_socket(dial(rogue_server), server_hostname=HOST)
        assert descriptors() < before + 10  # threads of the server may be about to close their sockets

    def test_passed_connections_are_freed_at_once(self, context: MakeContext, good_server: RecordingServer) -> None:
        """The record of a connection that passed forms no reference cycle with it."""
        with Memory(good_server, context()) as memory:
            memory.run("do_handshake")
            ref = weakref.ref(memory.tls)
            del memory.tls
            assert ref() is None

    def test_refused_connections_are_freed_at_once(self, context: MakeContext, rogue_server: RecordingServer) -> None:
        """A refused connection is freed as soon as its error is."""
        with Memory(rogue_server, context()) as memory:
            with contextlib.suppress(PinMismatchError):
                memory.run("do_handshake")
            ref = weakref.ref(memory.tls)
            del memory.tls
            assert ref() is None


def test_a_new_policy_frees_the_old_one(pki: PKI, context: MakeContext, rogue_server: RecordingServer) -> None:
    """A judgement keeps no reference to a policy that was replaced."""
    policy = policy_of(pki.leaf)
    ref = weakref.ref(policy)
    pinned = context(policy)
    with refused(rogue_server, PinMismatchError):
        ask(rogue_server, pinned)
    pinned.policy = pki.policy()
    del policy
    gc.collect()
    assert ref() is None
    assert sys.getrefcount(pinned) < 10
    assert SECRET not in rogue_server.received
