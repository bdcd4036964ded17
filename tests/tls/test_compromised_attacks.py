"""Ways in which a chain with a compromised key might pass, with a control for each that passes."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.certificate import Chain
from pinsmith.errors import CompromisedChainError, PinMismatchError, SessionRefusedError
from pinsmith.lab.pki.authority import Authority
from pinsmith.pin import Pin
from pinsmith.policy import CompromisedKey, Policy
from pinsmith.tls._chain import verified_ders
from pinsmith.tls.inject import extract, inject
from pinsmith.verdict import Mismatched, decide
from tests.tls.attack import SECRET, Memory, ask, connected, dial, gently, refused
from tests.tls.pki import HOST, NAMES, OTHER_HOST, PKI, entry_of, policy_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.conftest import MakeContext, Serve

    Enforce = Callable[[Policy], ssl.SSLContext]

PAST = date(2020, 1, 1)


@pytest.fixture(params=["explicit", "injected"])
def enforce(request: pytest.FixtureRequest, context: MakeContext, plain_context: ssl.SSLContext) -> Iterator[Enforce]:
    """Return a function that enforces a policy, with a context of our own or for the whole process."""

    def make(policy: Policy) -> ssl.SSLContext:
        if request.param == "explicit":
            return context(policy)
        inject(policy)
        return plain_context

    yield make
    extract()


@pytest.fixture
def clean() -> Iterator[None]:
    """Remove the injection after the test."""
    yield
    extract()


def stolen(authority: Authority) -> tuple[CompromisedKey, ...]:
    """Declare the key of *authority* compromised."""
    return (CompromisedKey("Example CA", Pin.parse(authority.pin)),)


def test_memory_bios_and_event_loops_do_not_bypass_the_check(
    pki: PKI, good_server: RecordingServer, enforce: Enforce
) -> None:
    """Clients that do not use sockets of `ssl` are refused too."""
    made = enforce(replace(pki.policy(), compromised=stolen(pki.intermediate)))

    async def converse() -> None:
        _, writer = await asyncio.open_connection(*good_server.endpoint, ssl=made, server_hostname=HOST)
        writer.write(SECRET)
        await writer.drain()

    with refused(good_server, CompromisedChainError), Memory(good_server, made) as memory:
        with pytest.raises(CompromisedChainError):
            memory.run("write", SECRET)
        memory.run("write", SECRET)
    with refused(good_server, CompromisedChainError):
        asyncio.run(converse())


@pytest.mark.parametrize("pinned", ["leaf", "intermediate"])
def test_a_compromised_root_is_refused_like_an_intermediate(
    pki: PKI, good_server: RecordingServer, enforce: Enforce, pinned: str
) -> None:
    """The key may be anywhere in the chain, even in a certificate that was not sent."""
    with refused(good_server, CompromisedChainError):
        ask(good_server, enforce(replace(policy_of(getattr(pki, pinned)), compromised=stolen(pki.root))))


def test_a_cross_signed_compromised_key_is_the_same_key(serve: Serve, pki: PKI, enforce: Enforce) -> None:
    """Another certificate with that key, from an authority that is not compromised and pinned, does not help."""
    old = Authority.root("Old Root")
    leaf = pki.root.cross_sign(old).issue(*NAMES)
    policy = policy_of(pki.root, leaf)
    assert ask(serve(leaf), enforce(policy))
    with refused(server := serve(leaf), CompromisedChainError):
        ask(server, enforce(replace(policy, compromised=stolen(old))))


class TestPinsOnly:
    """Hosts whose leaf is accepted because of its pin only."""

    def test_without_verification_no_authority_counts(
        self, pki: PKI, context: MakeContext, good_server: RecordingServer
    ) -> None:
        """The chain is not verified and the server proves its pinned key, so only the leaf counts."""
        policy = pki.policy(trust="pins-only")
        assert ask(good_server, context(replace(policy, compromised=stolen(pki.intermediate))))

    @pytest.mark.usefixtures("clean")
    def test_with_verification_by_the_client_the_chain_counts(
        self, pki: PKI, plain_context: ssl.SSLContext, good_server: RecordingServer
    ) -> None:
        """In a process with pins the client decides on verification, and a chain that it verified is checked."""
        policy = pki.policy(trust="pins-only")
        inject(policy)
        assert ask(good_server, plain_context)
        before = good_server.settled()
        assert before
        inject(replace(policy, compromised=stolen(pki.intermediate)))
        with pytest.raises(CompromisedChainError):
            ask(good_server, plain_context)

    @pytest.mark.parametrize("change", [{"mode": "off"}, {"expires": PAST}], ids=["off", "expired"])
    def test_an_entry_that_is_not_in_force_does_not_hide_the_chain(
        self, pki: PKI, good_server: RecordingServer, enforce: Enforce, change: dict[str, Any]
    ) -> None:
        """The connection is verified then, so the whole verified chain is checked and not only the leaf."""
        entry = replace(pki.policy(trust="pins-only").hosts[0], **change)
        policy = Policy((entry,), refuse_compromised=True, compromised=stolen(pki.intermediate))
        with refused(good_server, CompromisedChainError):
            ask(good_server, enforce(policy))

    @pytest.mark.parametrize("change", [{"mode": "off"}, {"expires": PAST}], ids=["off", "expired"])
    def test_such_an_entry_lets_other_chains_pass(
        self, pki: PKI, good_server: RecordingServer, enforce: Enforce, change: dict[str, Any]
    ) -> None:
        """The control: a chain without a compromised key passes."""
        entry = replace(pki.policy(trust="pins-only").hosts[0], **change)
        policy = Policy((entry,), refuse_compromised=True, compromised=stolen(pki.stranger))
        assert ask(good_server, enforce(policy))


class TestResumption:
    """A resumed handshake shows no chain."""

    def test_a_session_from_before_the_key_was_known_to_be_stolen(
        self, pki: PKI, context: MakeContext, serve: Serve
    ) -> None:
        """Sessions end with their policy, and the policy was replaced since."""
        server = serve(pki.leaf, tls="1.2")
        pinned = context()
        with connected(server, pinned) as tls:
            session = tls.session
        pinned.policy = replace(pki.policy(), compromised=stolen(pki.intermediate))
        with refused(server, SessionRefusedError), connected(server, pinned, session=session) as tls:
            tls.sendall(SECRET)

    @pytest.mark.usefixtures("clean")
    def test_a_plain_session_of_a_host_without_pins(
        self, pki: PKI, plain_context: ssl.SSLContext, serve: Serve
    ) -> None:
        """The session was made before the injection, with a chain that was not checked, so it is refused."""
        server = serve(pki.leaf, tls="1.2")
        with connected(server, plain_context) as tls:
            session = tls.session
        inject(Policy(refuse_compromised=True, compromised=stolen(pki.intermediate)))
        with (
            refused(server, PinMismatchError, "has no verified chain, so its keys cannot be checked"),
            connected(server, plain_context, session=session) as tls,
        ):
            tls.sendall(SECRET)

    @pytest.mark.usefixtures("clean")
    def test_a_plain_session_passes_without_refuse_compromised(
        self, pki: PKI, plain_context: ssl.SSLContext, serve: Serve
    ) -> None:
        """The control: without refuse-compromised, hosts without pins can resume."""
        server = serve(pki.leaf, tls="1.2")
        with connected(server, plain_context) as tls:
            session = tls.session
        inject(policy_of(pki.leaf, host=OTHER_HOST))
        with connected(server, plain_context, session=session) as tls:
            assert tls.session_reused
            tls.sendall(SECRET)

    def test_our_own_session_of_a_host_without_pins_keeps_its_chain(
        self, pki: PKI, context: MakeContext, serve: Serve
    ) -> None:
        """The chain of the session was checked, so it can be resumed."""
        server = serve(pki.leaf, tls="1.2")
        pinned = context(Policy(refuse_compromised=True, compromised=stolen(pki.rogue_root)))
        with connected(server, pinned) as tls:
            session = tls.session
        with connected(server, pinned, session=session) as tls:
            assert tls.session_reused
            tls.sendall(SECRET)


@pytest.mark.usefixtures("clean")
class TestInjected:
    """Situations in a process with pins that a context of our own does not meet."""

    def test_a_connection_found_in_the_middle(
        self, pki: PKI, plain_context: ssl.SSLContext, good_server: RecordingServer
    ) -> None:
        """It is not known whether the connection verifies, so its chain is not known either."""
        tls = plain_context.wrap_socket(dial(good_server), server_hostname=HOST, do_handshake_on_connect=False)
        inject(Policy(refuse_compromised=True, compromised=stolen(pki.intermediate)))
        with refused(good_server, PinMismatchError, "keys cannot be checked"), gently(tls):
            tls.sendall(SECRET)

    @pytest.mark.parametrize("is_stolen", [True, False], ids=["compromised", "sound"])
    def test_a_connection_without_a_name(
        self, pki: PKI, plain_context: ssl.SSLContext, good_server: RecordingServer, *, is_stolen: bool
    ) -> None:
        """Connections without a name may pass without pins, but not with a compromised key in the chain."""
        plain_context.check_hostname = False
        keys = stolen(pki.intermediate if is_stolen else pki.stranger)
        inject(Policy(pki.policy().hosts, refuse_compromised=True, compromised=keys), allow_unnamed=True)
        if not is_stolen:
            assert ask(good_server, plain_context, None)
            return
        with refused(good_server, CompromisedChainError, "the server presented a chain with the compromised key"):
            ask(good_server, plain_context, None)

    def test_a_client_that_verifies_nothing(
        self, pki: PKI, plain_context: ssl.SSLContext, good_server: RecordingServer
    ) -> None:
        """
        Such a client accepts any key, so a compromised one gains nothing.

        Hosts without pins pass, pinned ones do not.
        """
        plain_context.check_hostname = False
        plain_context.verify_mode = ssl.CERT_NONE
        inject(Policy(refuse_compromised=True, compromised=stolen(pki.intermediate)))
        assert ask(good_server, plain_context)
        inject(replace(pki.policy(), refuse_compromised=True, compromised=stolen(pki.intermediate)))
        with pytest.raises(PinMismatchError, match="no verified chain"):
            ask(good_server, plain_context)


class TestCompletion:
    """A chain that OpenSSL ends early, and that would be completed up to a pinned root."""

    def policy(self, root: Authority, *compromised: Authority) -> Policy:
        """Pin the root, and declare these authorities compromised."""
        keys = tuple(key for authority in compromised for key in stolen(authority))
        return Policy((entry_of(root),), compromised=keys)

    def test_no_compromised_key_is_in_between(self, serve: Serve, context: MakeContext) -> None:
        """In ``leaf > lower > upper > root`` OpenSSL stops at lower, and the completion would contain upper."""
        root = Authority.root()
        upper = root.intermediate("Upper")
        lower = upper.intermediate("Lower")
        server = serve(lower.issue(*NAMES))
        trust = lower.pem + upper.pem + root.pem
        for compromised, passes in (((), True), ((upper,), False), ((lower,), False)):
            pinned = context(self.policy(root, *compromised), cadata=trust)
            pinned.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            if passes:
                with connected(server, pinned) as tls:
                    assert len(verified_ders(tls) or ()) == 2
                continue
            with refused(server, PinMismatchError):
                ask(server, pinned)


def test_report_only_expires_into_refusal(pki: PKI, good_server: RecordingServer, enforce: Enforce) -> None:
    """A report-only entry lets a compromised chain pass while it is in force, and then the default decides."""
    entry = replace(pki.policy().hosts[0], mode="report-only")
    policy = Policy((entry,), refuse_compromised=True, compromised=stolen(pki.intermediate))
    verdicts = [
        decide(
            replace(policy, hosts=(host,)),
            HOST,
            Chain.of_der([pki.leaf.der, pki.intermediate.der]),
            now=datetime.now(UTC),
        )
        for host in (entry, replace(entry, expires=PAST))
    ]
    assert [isinstance(verdict, Mismatched) and verdict.enforced for verdict in verdicts] == [False, True]
    with refused(good_server, CompromisedChainError):
        ask(good_server, enforce(replace(policy, hosts=(replace(entry, expires=PAST),))))
