"""Retrieval in a process with pins shows the chain of a rogue, and does not weaken the pins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import PinMismatchError
from pinsmith.policy import Policy
from pinsmith.probe import Target, Trust, fetch
from pinsmith.tls.inject import extract, inject
from tests.tls.attack import ask, refused
from tests.tls.pki import HOST, PKI

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.conftest import Serve


@pytest.fixture(autouse=True)
def injected(pki: PKI) -> Iterator[None]:
    """Pin localhost, and refuse what is not pinned."""
    inject(Policy(pki.policy().hosts, require_pins=True))
    yield
    extract()


@pytest.mark.parametrize("served", ["rogue", "leaf", "self_signed", "wrong_name"])
def test_the_chain_that_is_presented_is_shown(pki: PKI, serve: Serve, served: str) -> None:
    """The chain of a rogue is shown too, trusted or not, because a refused user wants to see it."""
    identity = getattr(pki, served)
    fetched = fetch(Target(HOST, serve(identity).port), trust=Trust(cadata=pki.trust))
    assert next(certificate.der for certificate in fetched.presented) == identity.der
    assert (fetched.trust_error is None) == (served in {"rogue", "leaf"})


def test_other_connections_stay_pinned(plain_context: ssl.SSLContext, pki: PKI, rogue_server: RecordingServer) -> None:
    """The control: after a retrieval, other connections to the same server are refused."""
    fetch(Target(HOST, rogue_server.port), trust=Trust(cadata=pki.trust))
    with refused(rogue_server, PinMismatchError):
        ask(rogue_server, plain_context)
