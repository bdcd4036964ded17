"""The document of ``pinsmith rotate plan``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith.documents.document import Versioned

if TYPE_CHECKING:
    from pinsmith.rotation.plan import Plan


class PlanStepOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    One step.

    ``state`` is ``done``, ``open``, ``overdue``, or ``unknown`` if nothing that is known says whether it is done.
    ``due`` is the last day for it, or the first day for ``remove``. If that is not known it is null, and ``distance``
    says in words when it is due. ``command`` is null if no command of pinsmith does it.
    """

    name: str
    what: str
    state: str
    due: str | None
    distance: str
    why: str
    command: str | None


class PlanDocument(Versioned, frozen=True, kw_only=True):
    """
    ``pinsmith rotate plan HOST --format json``.

    ``old`` names the keys in service. ``new`` names the next key, or is null if there is none yet. ``ends`` is the last
    day of the certificate in service, or null if that is not known. ``missing`` names the options that supply what is
    not known.
    """

    host: str
    old: list[str]
    new: str | None
    ends: str | None
    steps: list[PlanStepOut]
    missing: list[str]


def plan_document(plan: Plan) -> PlanDocument:
    """Describe *plan*."""
    return PlanDocument(
        host=plan.host,
        old=list(plan.old),
        new=plan.new,
        ends=str(plan.ends) if plan.ends else None,
        steps=[
            PlanStepOut(
                name=step.name,
                what=step.what,
                state=step.state,
                due=str(step.due) if step.due else None,
                distance=step.distance,
                why=step.why,
                command=step.command,
            )
            for step in plan.steps
        ],
        missing=list(plan.missing),
    )
