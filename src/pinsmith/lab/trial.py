"""One client in one scenario: start it, watch the servers, and judge."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from pinsmith.lab.call import Call
from pinsmith.lab.servers.connection import RecordedConnection
from pinsmith.lab.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pinsmith.lab.pki.key import KeyKind
    from pinsmith.lab.pki.lab_pki import LabPKI
    from pinsmith.lab.scenario import Act, Expected, Scenario, Scene, Witness

ClientOutcome = Literal["accepted", "refused", "leaked", "hung", "unproven"]
"""The behaviour of the client."""

ClientVerdict = Literal[
    "pass", "accepts-a-rogue", "leaks-before-refusing", "refuses-a-good-server", "hangs", "unproven", "skipped"
]
"""
The verdict about the client.

``unproven``: nothing is proven, for example because the client never connected. This is not a pass.
"""

_SETTLE_SECONDS: Final = 2.0
_GONE_SECONDS: Final = 5.0  # only a busy machine delays the end of its connections
_LEAST_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Ended:
    """
    How one start of a client ended.

    Attributes:
        well: Whether it reports that it got a response; None if it had to be stopped.
        words: The end in words, such as its exit code or its exception.
        is_gone: Whether no part of it should be left that could hold a connection.
        printed: The last line that it printed, without likely secrets; empty if that is not known.
    """

    well: bool | None
    words: str
    is_gone: bool = False
    printed: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """
    The result of one client in one scenario with one type of key.

    Attributes:
        scenario: The scenario.
        key: The type of key.
        verdict: ``pass``, or the fault of the client.
        outcome: The behaviour of the client; None if the scenario was skipped.
        reason: The reason in words, which follows the title of the scenario.
        bytes_received: The number of bytes at the guarded servers, if there are any; otherwise at the wanted ones.
        seconds: The time that the client took.
        call: The values of the last start of the client; None if it was not started.
        ended: How that start ended; None if the client was not started.
        connected: Whether the client opened a connection to a server of the scenario, even if it sent nothing.
    """

    scenario: Scenario
    key: KeyKind
    verdict: ClientVerdict
    outcome: ClientOutcome | None
    reason: str
    bytes_received: int = 0
    seconds: float = 0.0
    call: Call | None = None
    ended: Ended | None = None
    connected: bool = False

    @property
    def expected(self) -> Expected:
        """The behaviour of a correct pinner."""
        return self.scenario.expected


def judge_client(
    act: Act, ended: Ended, *, guarded: int, wanted: int, connected: bool
) -> tuple[ClientOutcome, ClientVerdict, str]:
    """
    Compare the behaviour of a client with that of a correct pinner.

    Args:
        act: The expected behaviour.

        ended: How the client ended.

        guarded: The number of bytes that arrived at servers which must not get any.

        wanted: The number of bytes that arrived at servers which must get some.

        connected: Whether the client began to send on any connection.
    """
    if guarded:
        return _judge_leak(ended, guarded)
    if ended.well is None:
        return "hung", "hangs", ended.words
    if act.expected == "accept":
        return _judge_accepting(ended, wanted, connected=connected)
    if not connected or (act.wanted and not wanted):
        return _judge_absent(act, ended, connected=connected)
    if ended.well and act.expected == "refuse":
        return "accepted", "accepts-a-rogue", f"it succeeded, although it sent nothing; {ended.words}"
    return "refused", "pass", "nothing was sent"


def _judge_absent(act: Act, ended: Ended, *, connected: bool) -> tuple[ClientOutcome, ClientVerdict, str]:
    if act.may_stay_away and not ended.well:
        return "refused", "pass", f"it refuses such names, and failed without a connection; {ended.words}"
    missing = "it connected but sent nothing" if connected else "it never connected to the server, or sent nothing"
    return "unproven", "unproven", f"{missing}; {ended.words}"


def _judge_leak(ended: Ended, guarded: int) -> tuple[ClientOutcome, ClientVerdict, str]:
    if ended.well:
        return "accepted", "accepts-a-rogue", f"{guarded} bytes were sent, and it succeeded"
    if ended.well is None:
        return "leaked", "accepts-a-rogue", f"{guarded} bytes were sent, and it never refused; {ended.words}"
    return "leaked", "leaks-before-refusing", f"{guarded} bytes were sent before it refused; {ended.words}"


def _judge_accepting(ended: Ended, wanted: int, *, connected: bool) -> tuple[ClientOutcome, ClientVerdict, str]:
    if ended.well and wanted:
        return "accepted", "pass", f"{wanted} bytes were sent, and it succeeded"
    if ended.well or not connected:
        missing = "it connected but sent nothing" if connected else "it never connected to the server"
        return "unproven", "unproven", f"{missing}; {ended.words}"
    return "refused", "refuses-a-good-server", ended.words


def try_client(client: Callable[[Call], Ended], scenario: Scenario, pki: LabPKI) -> Trial:
    """
    Set the stage of *scenario* with *pki*, start *client*, and judge it.

    Raises:
        ExceptionGroup: if a server of the lab failed.
    """
    with (
        tempfile.TemporaryDirectory(prefix="pinsmith-lab-", ignore_cleanup_errors=True) as folder,
        Stage(pki) as stage,
    ):
        scene = scenario.set(stage)
        trial = Trial(scenario, pki.kind, "unproven", "unproven", "the scenario starts no client")
        for number, act in enumerate(scene.acts):
            call = _call(scene, act, pki, Path(folder), number)
            trial = _play(client, call, act, scenario, pki)
            if trial.verdict != "pass":
                break
        return trial


def _play(client: Callable[[Call], Ended], call: Call, act: Act, scenario: Scenario, pki: LabPKI) -> Trial:
    witnesses = tuple(dict.fromkeys((*act.wanted, *act.guarded)))
    before = _Seen.by(act)
    began = time.monotonic()
    ended = client(call)
    seconds = time.monotonic() - began
    is_settled = _settle(witnesses, ended)
    seen = _Seen.by(act)
    guarded, wanted = seen.guarded - before.guarded, seen.wanted - before.wanted
    outcome, verdict, reason = judge_client(act, ended, guarded=guarded, wanted=wanted, connected=seen.met > before.met)
    if verdict == "pass" and act.guarded and not is_settled and ended.is_gone:
        outcome = verdict = "unproven"
        reason = "it ended, but a process that it left behind still holds a connection"
    size, connected = guarded if act.guarded else wanted, any(witness.connections for witness in witnesses)
    return Trial(scenario, pki.kind, verdict, outcome, reason, size, seconds, call, ended, connected)


@dataclass(frozen=True, slots=True)
class _Seen:
    """The records of the servers of an act so far: bytes, and the number of connections that prove something."""

    guarded: int
    wanted: int
    met: int

    @classmethod
    def by(cls, act: Act) -> _Seen:
        witnesses = dict.fromkeys((*act.wanted, *act.guarded))
        return cls(
            sum(witness.disclosed_size for witness in act.guarded),
            sum(witness.received_size for witness in act.wanted),
            sum(_counts(connection, act) for witness in witnesses for connection in witness.connections),
        )


def _counts(connection: object, act: Act) -> bool:
    # A client that never sends anything is locked out of a good server, but has not refused a rogue.
    return act.expected == "accept" or not isinstance(connection, RecordedConnection) or connection.has_spoken


def _settle(witnesses: Iterable[Witness], ended: Ended) -> bool:
    """Wait until all bytes of the client were read. Return whether it cannot send any more."""
    if ended.well is None:
        return False
    # A client in this process may keep a connection for later. Such a connection is idle.
    deadline = time.monotonic() + (_GONE_SECONDS if ended.is_gone else _SETTLE_SECONDS)
    is_settled = True
    for witness in witnesses:
        try:
            witness.wait_closed(max(deadline - time.monotonic(), _LEAST_SECONDS))
        except TimeoutError:
            is_settled = False
    return is_settled


def _call(scene: Scene, act: Act, pki: LabPKI, folder: Path, number: int) -> Call:
    cafile, policy, state = folder / "trusted.pem", folder / f"pins-{number}.toml", folder / "state"
    cafile.write_text(pki.trusted_pem, encoding="ascii")
    policy.write_text(act.pinning.pin_file(), encoding="utf-8")
    state.mkdir(exist_ok=True)
    proxy = f"http://{scene.proxy.address}:{scene.proxy.port}" if scene.proxy is not None else None
    return Call(scene.url, scene.host, scene.port, scene.address, cafile, act.pinning.pins, policy, proxy, state)
