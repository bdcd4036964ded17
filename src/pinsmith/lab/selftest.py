"""
Prove in the user's own environment that a wrong pin is refused.

A rogue server on the loopback has a certificate that plain TLS accepts, so only the pins distinguish it from the
genuine one. Every way to connect is tried with a right pin, which must work, and with a wrong pin, which must raise an
error without delivering a byte.
"""

from __future__ import annotations

import ssl
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from pinsmith import errors
from pinsmith.errors import SelfTestError
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.proxy.connect import ConnectProxy
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.lab.way import HOST, NAME, TIMEOUT_SECONDS, WAYS, Way
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.tls.context import PinnedSSLContext
from pinsmith.tls.inject import injected_policy, replace_injected_policy, require_injected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.lab.pki.identity import Identity

Case = Literal["right pin", "wrong pin"]
Route = Literal["direct", "through a proxy"]
_CASES: Final[tuple[Case, ...]] = ("right pin", "wrong pin")
_ROUTES: Final[tuple[Route, ...]] = ("direct", "through a proxy")
_one_at_a_time: Final = threading.Lock()  # two tests that change the injected policy would undo each other's change


@dataclass(frozen=True, slots=True)
class Proof:
    """
    One connection that was tried.

    Attributes:
        way: The way to connect.
        problem: None if the result is correct; otherwise the error, as a clause.
    """

    way: str
    route: Route
    case: Case
    problem: str | None = None

    def __str__(self) -> str:
        expected = "answered" if self.case == "right pin" else "refused, no byte sent"
        return f"{self.way}, {self.route}, {self.case}: {f'FAILED, {self.problem}' if self.problem else expected}"


def selftest(context: PinnedSSLContext | None = None, *, ways: Sequence[Way] = WAYS) -> tuple[Proof, ...]:
    """
    Prove that pins are enforced here, by servers on the loopback, direct and through an HTTP proxy.

    The context itself is examined. Then a new context is attacked, which trusts the authority of the test, so that your
    context keeps its trust anchors and its policy. Nothing leaves the machine. The test takes a few seconds.

    Args:
        context:
            Your context. With None, the process-wide injection is tested instead, by plain calls of the libraries,
            which make their own TLS contexts. During the test 127.0.0.1 and localhost are pinned to the servers of the
            test, and the callback of the injection gets their mismatches like any other.

        ways: The ways to connect. Ways whose library is not installed are left out.

    Returns:
        The proofs.

    Raises:
        SelfTestError: if a wrong pin was accepted or a right pin refused. The details list all failures.
        InjectionError: if *context* is None and `pinsmith.inject` is not in force, or if `pinsmith.inject` or
            `pinsmith.extract` was called during the test. That call stays in force.
        UnsafeContextError: if the debug switch disabled enforcement in *context*, or if somebody changed it unsafely.
    """
    if context is None:
        require_injected()
    elif not isinstance(context, PinnedSSLContext):
        raise TypeError(f"the context must be a PinnedSSLContext or None, not {type(context).__name__}")
    else:
        context.require_intact()
    root = Authority.root("pinsmith self-test root")
    right, wrong = root.issue(HOST, NAME), root.issue(HOST, NAME)
    if context is not None:
        _require_plain_would_leak(root, wrong)
    injected = context is None
    with _one_at_a_time if injected else nullcontext():
        proofs = tuple(
            _try(way, route, case, root, right if case == "right pin" else wrong, right, injected=injected)
            for way in ways
            if way.can_be_tried(injected=injected)
            for route in _ROUTES
            for case in _CASES
        )
    failed = [str(proof) for proof in proofs if proof.problem]
    if failed:
        raise SelfTestError(
            f"{len(failed)} of {len(proofs)} proofs failed: pins are not enforced in this environment",
            details=failed,
            hint="gevent, eventlet or another patch of ssl may be the cause; see docs/clients",
        )
    return proofs


def _try(  # noqa: PLR0917 - the six things that make a proof
    way: Way, route: Route, case: Case, root: Authority, served: Identity, pinned: Identity, *, injected: bool
) -> Proof:
    key = Key("self-test", Pin.parse(pinned.pin))
    with RecordingServer(served) as server, ConnectProxy() if route == "through a proxy" else nullcontext() as proxy:
        try:
            _connect(way, root, key, server.port, proxy.port if proxy else None, injected=injected)
        except errors.InjectionError:
            raise
        except Exception as error:  # noqa: BLE001 - a client may raise anything
            outcome: BaseException | None = error
        else:
            outcome = None
        try:
            server.settled(TIMEOUT_SECONDS)
        except TimeoutError as error:
            outcome = outcome or error
        received = len(server.received)
    return Proof(way.name, route, case, _problem(case, outcome, received))


def _problem(case: Case, outcome: BaseException | None, received: int) -> str | None:
    refusal = errors.find(outcome)
    if case == "right pin":
        return f"the client raised {outcome!r}" if outcome is not None else None
    if received:
        return f"the rogue server received {received} bytes"
    return (
        None
        if isinstance(refusal, errors.PinMismatchError)
        else f"the client raised {outcome!r} instead of a pin mismatch"
    )


def _connect(way: Way, root: Authority, key: Key, port: int, proxy: int | None, *, injected: bool) -> None:
    entries = HostPins(HOST, (key,)), HostPins(NAME, (key,))
    # A new thread, because the caller may be inside an event loop, where asyncio.run is not allowed.
    with ThreadPoolExecutor(1) as pool:
        if not injected:
            assert way.request is not None  # noqa: S101 - only such ways are tried
            pool.submit(way.request, PinnedSSLContext(Policy(entries), cadata=root.pem), port, proxy).result()
            return
        before = injected_policy()
        require_injected()
        assert before is not None  # noqa: S101 - require_injected was called
        others = tuple(host for host in before.hosts if host.host not in {HOST, NAME})
        meanwhile = replace(before, hosts=(*others, *entries), keys=())
        replace_injected_policy(before, meanwhile)
        try:
            pool.submit(_call_plainly, way, root, port, proxy).result()
        finally:
            replace_injected_policy(meanwhile, before)


def _call_plainly(way: Way, root: Authority, port: int, proxy: int | None) -> None:
    if way.plain_call is None:
        assert way.request is not None  # noqa: S101 - a way has at least one of the two
        way.request(ssl.create_default_context(cadata=root.pem), port, proxy)
        return
    with tempfile.TemporaryDirectory() as folder:
        cafile = Path(folder) / "root.pem"
        cafile.write_text(root.pem, "ascii")
        way.plain_call(str(cafile), port, proxy)


def _require_plain_would_leak(root: Authority, identity: Identity) -> None:
    """Require that plain TLS accepts the rogue server. Otherwise its refusal would prove nothing."""
    with RecordingServer(identity) as server:
        _call_plainly(WAYS[0], root, server.port, None)
        server.settled(TIMEOUT_SECONDS)
        if not server.received:
            raise SelfTestError(
                "a TLS client without pins did not deliver a byte to the rogue server, so a refusal would prove nothing"
            )
