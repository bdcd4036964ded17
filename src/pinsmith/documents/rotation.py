"""The documents of ``pinsmith rotate next``, ``status`` and ``abort``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith.documents.document import Versioned
from pinsmith.rotation.journal import written

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pinsmith.rotation.course import Course
    from pinsmith.rotation.guards import Guard


class GuardOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    A guard of the next move.

    ``holds`` is null if that is not known, which does not suffice. ``fix`` is empty if it holds. ``hurt`` names the
    releases that are locked out without it. ``since`` is when it holds if people only wait, and ``until`` is the last
    moment at which it holds; both are null if there is no such time or it is not known. ``overridden`` says that
    somebody has named it, to go on without it.
    """

    name: str
    holds: bool | None
    why: str
    fix: str
    hurt: list[str]
    since: str | None
    until: str | None
    overridden: bool


class RotationOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    A rotation of a host.

    ``old`` and ``new`` are names of keys; ``new`` is null if there is none yet. ``strategy`` is ``own-key`` or
    ``ca-set``. ``move`` is the next move: ``pin``, ``certify``, ``switch`` or ``remove``. ``since`` is when the journal
    records it first, or null if it has not begun. ``emergency`` and ``choice`` are null in a planned rotation.
    """

    host: str
    old: list[str]
    new: str | None
    strategy: str
    move: str
    since: str | None
    emergency: str | None
    choice: str | None
    guards: list[GuardOut]


class RotationsDocument(Versioned, frozen=True, kw_only=True):
    """``pinsmith rotate status --format json``: the open rotations, or that of a host that was named."""

    rotations: list[RotationOut]


class MoveDocument(Versioned, frozen=True, kw_only=True):
    """
    ``pinsmith rotate next`` and ``rotate abort`` with ``--format json``.

    ``rotation`` is as it was before the move, which is its ``move``. ``changes`` are sentences, ``warnings`` say how a
    compromised key can still hurt, and ``files`` are the paths that were written. All are empty if a guard blocks the
    move, or with ``--dry-run``.
    """

    rotation: RotationOut
    changes: list[str]
    warnings: list[str]
    files: list[str]


def rotation_out(course: Course, guards: Iterable[Guard]) -> RotationOut:
    """Describe a rotation and the guards of its next move."""
    return RotationOut(
        host=course.host,
        old=[key.name for key in course.old],
        new=course.new.name if course.new else None,
        strategy=course.strategy,
        move=course.move,
        since=next((entry.time for entry in course.events.values()), None),
        emergency=course.emergency,
        choice=course.choice,
        guards=[guard_out(guard) for guard in guards],
    )


def guard_out(guard: Guard) -> GuardOut:
    """Describe a guard."""
    return GuardOut(
        name=guard.name,
        holds=guard.holds,
        why=guard.why,
        fix=guard.fix,
        hurt=list(guard.hurt),
        since=written(guard.since) if guard.since else None,
        until=written(guard.until) if guard.until else None,
        overridden=guard.overridden,
    )


def rotations_document(found: Sequence[tuple[Course, Sequence[Guard]]]) -> RotationsDocument:
    """Describe several rotations."""
    return RotationsDocument(rotations=[rotation_out(course, guards) for course, guards in found])
