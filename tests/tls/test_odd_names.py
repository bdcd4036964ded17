"""Names that plain ssl connects to although they are spelled oddly: the pins of the host are found for them too."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pinsmith.certificate import Certificate, Chain
from pinsmith.errors import HostError, PinMismatchError
from pinsmith.host import canonical_host, dialled_host
from pinsmith.lab.pki.identity import Identity
from pinsmith.probe import parse_target
from pinsmith.tls.inject import extract, inject
from pinsmith.verdict import Matched, decide
from tests.tls.attack import SECRET, Memory, ask, refused
from tests.tls.clients.case import PROXIED_HOST
from tests.tls.pki import PKI, policy_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinsmith.lab.servers.server import RecordingServer
    from pinsmith.policy import Policy
    from tests.tls.conftest import MakeContext, Serve

    Enforce = Callable[[Policy], ssl.SSLContext]
    Send = Callable[[RecordingServer, ssl.SSLContext, str], object]

HYPHENS = ("-api.example.com", "api-.example.com", "a.-b-.example.com", "-.example.com")
DOTTED = f"{PROXIED_HOST}."


def by_socket(server: RecordingServer, context: ssl.SSLContext, name: str) -> object:
    """Send the secret through a socket."""
    return ask(server, context, name)


def by_memory(server: RecordingServer, context: ssl.SSLContext, name: str) -> object:
    """Send the secret through memory BIOs."""
    with Memory(server, context, name) as memory:
        memory.run("write", SECRET)
        return memory.run("read", 100)


@pytest.fixture(params=[by_socket, by_memory])
def send(request: pytest.FixtureRequest) -> Send:
    """Return one of the two ways to send the secret."""
    way: Send = request.param
    return way


@pytest.fixture(params=["explicit", "injected", "injected, name not checked"])
def enforce(request: pytest.FixtureRequest, context: MakeContext, plain_context: ssl.SSLContext) -> Iterator[Enforce]:
    """Return a function that enforces a policy, with a context of our own or for the whole process."""

    def make(policy: Policy) -> ssl.SSLContext:
        if request.param == "explicit":
            return context(policy)
        inject(policy)
        plain_context.check_hostname = request.param == "injected"
        return plain_context

    yield make
    extract()


class TestHyphens:
    """Labels that begin or end with a hyphen."""

    @pytest.mark.parametrize("name", HYPHENS)
    def test_a_host_without_pins_is_reached(
        self, pki: PKI, serve: Serve, enforce: Enforce, send: Send, name: str
    ) -> None:
        """A host without pins is reached, as with plain ssl."""
        server = serve(pki.intermediate.issue(name))
        assert send(server, enforce(pki.policy()), name)

    @pytest.mark.parametrize("name", HYPHENS)
    def test_the_pins_of_a_parent_apply(self, pki: PKI, serve: Serve, enforce: Enforce, send: Send, name: str) -> None:
        """The good server passes, and the rogue receives nothing."""
        policy = policy_of(pki.intermediate, host="example.com", include_subdomains=True)
        good, rogue = serve(pki.intermediate.issue(name)), serve(pki.rogue_intermediate.issue(name))
        made = enforce(policy)
        assert send(good, made, name)
        with refused(rogue, PinMismatchError):
            send(rogue, made, name)

    def test_a_policy_cannot_name_such_a_host(self) -> None:
        """Pin files refuse such names, because a name that begins with a hyphen is an option on many command lines."""
        for name in HYPHENS:
            with pytest.raises(HostError, match="inner hyphens"):
                canonical_host(name)

    def test_a_leaf_may_name_such_a_host(self) -> None:
        """Pinsmith's own comparison of names accepts such names."""
        leaf = Certificate(Identity.self_signed("-api.example.com", "*.b-.example.com").der)
        assert leaf.covers("-api.example.com")
        assert leaf.covers("a.b-.example.com")

    @pytest.mark.parametrize("name", ["a..b", "bad name", "*.example.com", "", "a" * 64 + ".example.com"])
    def test_a_name_that_is_not_a_host_is_still_refused(self, name: str) -> None:
        """Only hyphens are allowed in addition."""
        with pytest.raises(HostError):
            dialled_host(name)

    def test_decide_accepts_them(self, pki: PKI) -> None:
        """`decide` looks up a name in the same way as a connection."""
        policy = policy_of(pki.leaf, host="example.com", include_subdomains=True)
        verdict = decide(policy, "-api.example.com", Chain.of_der([pki.leaf.der]), now=datetime.now(UTC))
        assert isinstance(verdict, Matched)


class TestTrailingDot:
    """``api.example.com.`` is the host api.example.com, wherever the name comes from (CVE-2026-129482 in OkHttp)."""

    def test_the_pins_are_found(self, pki: PKI, serve: Serve, enforce: Enforce, send: Send) -> None:
        """OpenSSL accepts a rogue certificate that contains the dot, and the pins refuse it."""
        rogue = serve(pki.rogue_intermediate.issue(DOTTED, PROXIED_HOST))
        with refused(rogue, (PinMismatchError, ssl.SSLCertVerificationError)):
            send(rogue, enforce(policy_of(pki.leaf, host=PROXIED_HOST)), DOTTED)

    def test_the_rogue_would_receive_the_secret(
        self, pki: PKI, serve: Serve, plain_context: ssl.SSLContext, send: Send
    ) -> None:
        """The control: a client that compares no names sends the secret to the rogue."""
        plain_context.check_hostname = False
        rogue = serve(pki.rogue_intermediate.issue(DOTTED, PROXIED_HOST))
        assert send(rogue, plain_context, DOTTED)

    def test_targets_have_no_dot(self) -> None:
        """Retrieval uses the same host without the dot."""
        assert parse_target(DOTTED).host == PROXIED_HOST
