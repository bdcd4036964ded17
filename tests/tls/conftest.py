"""
The servers, contexts and policies of all enforcement tests, including the client matrix.

``pki`` makes the keys once per session. ``serve`` starts a recording server that ends with the test; ``good_server``
and ``rogue_server`` are the two most asked for. ``context`` builds a `pinsmith.PinnedSSLContext`, ``plain_context`` is
its negative control; both trust the good and the rogue root, so only the pins tell the two servers apart. A test of
refusal asserts twice: the client raised, and ``silent(server)``.
"""

from __future__ import annotations

import ssl
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from pinsmith.lab.servers.server import RecordingServer
from pinsmith.tls.context import PinnedSSLContext
from tests.tls.pki import PKI

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.lab.pki.identity import Identity
    from pinsmith.policy import Policy


class Serve(Protocol):
    """Start a server that presents *identity* and ends with the test; *options* are those of `RecordingServer`."""

    def __call__(self, identity: Identity, **options: Any) -> RecordingServer: ...  # noqa: ANN401


class MakeContext(Protocol):
    """Build a pinned context that trusts both roots; without *policy*, localhost's leaf and backup keys are pinned."""

    def __call__(self, policy: Policy | None = None, **options: Any) -> PinnedSSLContext: ...  # noqa: ANN401


@pytest.fixture(scope="session")
def pki() -> PKI:
    """Make the certificates."""
    return PKI.generate()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return a function that starts servers, which end with the test."""
    with ExitStack() as stack:
        yield lambda identity, **options: stack.enter_context(RecordingServer(identity, **options))


@pytest.fixture
def good_server(pki: PKI, serve: Serve) -> RecordingServer:
    """Start a server that presents the pinned leaf."""
    return serve(pki.leaf)


@pytest.fixture
def rogue_server(pki: PKI, serve: Serve) -> RecordingServer:
    """Start a server with a valid chain to the rogue root, for the same names, which plain TLS accepts."""
    return serve(pki.rogue)


@pytest.fixture
def context(pki: PKI) -> MakeContext:
    """Return a function that builds pinned contexts."""

    def make(policy: Policy | None = None, **options: Any) -> PinnedSSLContext:  # noqa: ANN401
        return PinnedSSLContext(pki.policy() if policy is None else policy, **{"cadata": pki.trust, **options})

    return make


@pytest.fixture
def plain_context(pki: PKI) -> ssl.SSLContext:
    """Build the context of a program without pins, which trusts the same two roots."""
    return ssl.create_default_context(cadata=pki.trust)
