"""The document of ``pinsmith rotate plan``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith.documents.document import Versioned
from pinsmith.documents.rotation import GuardOut, guard_out
from pinsmith.rotation.journal import written

if TYPE_CHECKING:
    from datetime import datetime

    from pinsmith.rotation.plan import Plan


class PlanStepOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    One step.

    ``name`` is a move of ``pinsmith rotate next``, or ``ship``: bring the pins to users and resolvers. ``state`` is
    ``done``, ``open`` or ``overdue``. Times are UTC. ``done`` is when the journal records it. ``due`` is the last
    moment for it; ``remove`` has ``begins`` instead, the first moment. If that is not known, it is null, and
    ``distance`` says in words when it is due. ``guards`` are its conditions, as far as they are known without a
    connection.
    """

    name: str
    state: str
    done: str | None
    due: str | None
    begins: str | None
    distance: str
    guards: list[GuardOut]


class WayOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    A choice in an emergency.

    ``ready`` is the first moment at which the new certificate may be deployed, and ``in_time`` whether that is before
    the old one is revoked. Both are null if they are not known; ``in_time`` also if it depends on the reason.
    """

    choice: str
    effect: str
    ready: str | None
    in_time: bool | None


class RevocationOut(msgspec.Struct, frozen=True, kw_only=True):
    """When a public authority revokes the certificate: within 24 hours, and at the latest."""

    first: str
    last: str


class PlanDocument(Versioned, frozen=True, kw_only=True):
    """
    ``pinsmith rotate plan HOST --format json``.

    ``old`` names the keys in service. ``new`` names the next key, or is null if there is none yet. ``move`` is the next
    move. ``ends`` is when the certificate in service ends, or null. ``missing`` names the options that supply what is
    not known. ``locked_out`` and ``accepting`` name the releases by what servers with the next key do to them.
    ``emergency``, ``revocation`` and ``choices`` are null or empty in a planned rotation.
    """

    host: str
    old: list[str]
    new: str | None
    strategy: str
    move: str
    ends: str | None
    steps: list[PlanStepOut]
    missing: list[str]
    locked_out: list[str]
    accepting: list[str]
    emergency: str | None
    revocation: RevocationOut | None
    choices: list[WayOut]


def plan_document(plan: Plan) -> PlanDocument:
    """Describe *plan*."""
    course, revocation = plan.course, plan.revocation
    return PlanDocument(
        host=course.host,
        old=[key.name for key in course.old],
        new=course.new.name if course.new else None,
        strategy=course.strategy,
        move=course.move,
        ends=_time(plan.ends),
        steps=[
            PlanStepOut(
                name=step.name,
                state=step.state,
                done=_time(step.done),
                due=_time(step.due),
                begins=_time(step.begins),
                distance=step.distance,
                guards=[guard_out(guard) for guard in step.guards],
            )
            for step in plan.steps
        ],
        missing=list(plan.missing),
        locked_out=list(plan.lacking),
        accepting=list(plan.accepting),
        emergency=course.emergency,
        revocation=RevocationOut(first=written(revocation.first), last=written(revocation.last))
        if revocation
        else None,
        choices=[
            WayOut(choice=way.choice, effect=way.effect, ready=_time(way.ready), in_time=way.in_time)
            for way in plan.ways
        ],
    )


def _time(moment: datetime | None) -> str | None:
    return written(moment) if moment else None
