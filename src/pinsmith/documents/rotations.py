"""The rotations of the watched pin files, as JSON: those that are open, and those that are over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith.documents.document import Versioned
from pinsmith.documents.moment import moment_text
from pinsmith.documents.rotation import GuardOut, guard_out

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pinsmith.policy import Policy
    from pinsmith.rotation.possession import Possession
    from pinsmith.service.rotations import Rotation, Step


class RotatedKeyOut(msgspec.Struct, frozen=True, kw_only=True):
    """A key of a rotation. ``name`` is that in the pin file, or null if the pin file no longer has the key."""

    name: str | None
    pin: str


class StepOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    A move: ``pin``, ``certify``, ``switch`` or ``remove``.

    ``state`` is ``done``, ``next`` or ``later``. ``time`` and ``facts`` are those of the journal for a move that was
    made, such as the certificate that was examined, and each guard that was overridden with its reason. ``time`` is
    null if the journal has no entry about it. ``guards`` are asked now, and are empty if the move was made.
    """

    move: str
    state: str
    time: str | None
    facts: dict[str, str]
    guards: list[GuardOut]


class ProofOut(msgspec.Struct, frozen=True, kw_only=True):
    """A proof that the private key of the next key exists. ``custody`` is where it is kept, or null."""

    time: str
    custody: str | None
    scheme: str


class RotationEntryOut(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the journal about a rotation."""

    time: str
    event: str
    key: str
    facts: dict[str, str]


class ObservedOut(msgspec.Struct, frozen=True, kw_only=True):
    """When, and from which place, the host was asked what it presents."""

    vantage: str
    time: str


class RotationRowOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    A rotation in short.

    ``standing`` is ``not-begun``, ``open``, ``ended`` or ``aborted``. ``since`` and ``last`` are the times of its first
    and its last entry in the journal, or null if there is none. ``move`` is the next move, or null if the rotation is
    over or cannot be continued. ``blocked_by`` names the guards that block that move. ``problem`` says why the rotation
    cannot be continued, or is null.
    """

    file: str
    host: str
    standing: str
    old: list[RotatedKeyOut]
    new: RotatedKeyOut | None
    emergency: str | None
    choice: str | None
    since: str | None
    last: str | None
    move: str | None
    blocked_by: list[str]
    problem: str | None


class HostRotationOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    A rotation with its evidence.

    ``strategy`` is ``own-key``, ``ca-set``, or null if the rotation is over or cannot be continued. ``seen`` is empty
    if nobody has looked at the host lately. The guards that need what it presents are unknown then.
    """

    rotation: RotationRowOut
    strategy: str | None
    steps: list[StepOut]
    proofs: list[ProofOut]
    entries: list[RotationEntryOut]
    seen: list[ObservedOut]
    hint: str | None


class WatchedRotationsDocument(Versioned, frozen=True, kw_only=True):
    """``GET /api/v1/rotations``: the open rotations, then those that are over, the newest first."""

    rotations: list[RotationRowOut]


class HostRotationsDocument(Versioned, frozen=True, kw_only=True):
    """
    ``GET /api/v1/rotations/{host}``: for each pin file, the open rotation of a host or the one that would begin.

    Those that are over follow, the newest first.
    """

    rotations: list[HostRotationOut]


def row_out(file: Path, rotation: Rotation, policy: Policy) -> RotationRowOut:
    """Describe a rotation in short; *policy* names its keys."""
    course, last = rotation.course, rotation.entries[-1] if rotation.entries else None
    facts = last.facts if last else {}
    old = [str(key.pin) for key in course.old] if course else facts.get("from", "").split()
    new = (str(course.new.pin) if course.new else "") if course else facts.get("to", "")
    names = {str(key.pin): key.name for key in policy.keys}
    return RotationRowOut(
        file=str(file),
        host=rotation.host,
        standing=rotation.standing,
        old=[RotatedKeyOut(name=names.get(pin), pin=pin) for pin in old],
        new=RotatedKeyOut(name=names.get(new), pin=new) if new else None,
        emergency=(course.emergency if course else facts.get("emergency")) or None,
        choice=(course.choice if course else facts.get("choice")) or None,
        since=rotation.entries[0].time if rotation.entries else None,
        last=last.time if last else None,
        move=course.move if course else None,
        blocked_by=[guard.name for guard in rotation.blocking],
        problem=str(rotation.problem) if rotation.problem else None,
    )


def host_rotation_out(file: Path, rotation: Rotation, policy: Policy) -> HostRotationOut:
    """Describe a rotation; *policy* names its keys."""
    return HostRotationOut(
        rotation=row_out(file, rotation, policy),
        strategy=rotation.course.strategy if rotation.course else None,
        steps=[_step(step) for step in rotation.steps],
        proofs=[proof_out(proof) for proof in rotation.proofs],
        entries=[
            RotationEntryOut(time=entry.time, event=entry.event, key=entry.key, facts=entry.facts)
            for entry in rotation.entries
        ],
        seen=[ObservedOut(vantage=one.vantage, time=moment_text(one.at)) for one in rotation.seen],
        hint=rotation.problem.hint if rotation.problem else None,
    )


def proof_out(proof: Possession) -> ProofOut:
    """Describe a proof."""
    return ProofOut(time=proof.time, custody=proof.custody or None, scheme=proof.scheme)


def watched_rotations_document(rows: Iterable[RotationRowOut]) -> WatchedRotationsDocument:
    """Describe all rotations."""
    return WatchedRotationsDocument(rotations=list(rows))


def _step(step: Step) -> StepOut:
    return StepOut(
        move=step.move,
        state=step.state,
        time=step.entry.time if step.entry else None,
        facts=step.entry.facts if step.entry else {},
        guards=[guard_out(guard) for guard in step.guards],
    )
