"""Show where rotations stand, and when their steps are due."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from msgspec import Meta

from pinsmith.documents.document import Versioned
from pinsmith.documents.plan import PlanDocument, plan_document
from pinsmith.documents.rotation import RotationOut, rotation_out
from pinsmith.errors import PolicyError
from pinsmith.host import canonical_host
from pinsmith.mcp.tool import MAX_NAME, Arguments, Outcome, Tool
from pinsmith.pinfile.releases import Releases
from pinsmith.rotation.course import course_of, open_hosts
from pinsmith.rotation.guards import ask_guards
from pinsmith.rotation.journal import Journal
from pinsmith.rotation.plan import plan
from pinsmith.rotation.situation import situate

if TYPE_CHECKING:
    from pinsmith.mcp.scope import Scope

_MAX_HOSTS: Final = 5
"""Hosts in one call: the guards and the plan of each take 4 kB, and a list must not be cut in the middle."""


class RotationArguments(Arguments, frozen=True, kw_only=True):
    """The arguments of the tool."""

    hosts: Annotated[
        list[Annotated[str, Meta(max_length=MAX_NAME)]],
        Meta(max_length=_MAX_HOSTS, description="Hosts of the pin file. Default: those whose rotation is open."),
    ] = msgspec.field(default_factory=list)


class PlannedDocument(Versioned, frozen=True, kw_only=True):
    """Rotations and plans, as ``pinsmith rotate status`` and ``pinsmith rotate plan`` print them."""

    rotations: list[RotationOut]
    plans: list[PlanDocument]


def _run(scope: Scope, arguments: RotationArguments) -> Outcome:
    pin_file, now = scope.load(), scope.clock()
    journal, releases = Journal.beside(scope.pin_file), Releases.beside(scope.pin_file).alive(now)
    names = list(dict.fromkeys(map(canonical_host, arguments.hosts))) or list(open_hosts(journal))
    left_out = [f"hosts: {len(names) - _MAX_HOSTS} more; pass them in hosts"] if len(names) > _MAX_HOSTS else []
    if not names:
        left_out.append("no rotation is open; pass hosts to see what the next one of a host needs")
    rotations, plans = [], []
    for host in names[:_MAX_HOSTS]:
        try:
            course = course_of(pin_file.policy, journal, host)
            bare = asked = situate(pin_file, course, journal, releases, now=now)
            if course.move != "pin":  # as `rotate next` does
                ((_, outcomes),) = scope.survey(pin_file, [host])
                asked = replace(bare, outcomes=outcomes)
            rotations.append(rotation_out(course, ask_guards(asked, course.move)))
            plans.append(plan_document(plan(bare)))
        except PolicyError as error:
            left_out.append(f"{host}: {error}" + (f" ({error.hint})" if error.hint else ""))
    return Outcome(PlannedDocument(rotations=rotations, plans=plans), tuple(left_out))


TOOL = Tool(
    id="rotation-status",
    title="Show where rotations stand",
    description=(
        "Returns the change of a host to its next key: the next move, each guard of it with the evidence and what "
        "satisfies it, and the plan with the last day for each step. A guard whose holds is null is not known, which "
        "does not suffice. Connects to these hosts of the pin file, because guards ask what every address presents. At "
        "most 5 hosts in one call. It makes no move: the user runs `pinsmith rotate next`."
    ),
    arguments=RotationArguments,
    document=PlannedDocument,
    connects=True,
    run=_run,
)
