"""The document of ``pinsmith setup``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith.documents.document import Versioned
from pinsmith.documents.finding import FilePlaceOut, FindingOut, finding_out
from pinsmith.documents.formats import FormatAdditionOut
from pinsmith.setup import TITLES

if TYPE_CHECKING:
    from pinsmith.setup import Examination, Planned, Proposal


class SetupOutputOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    An output that a project needs.

    ``state`` is ``present`` if the pin file has it, ``new`` if this command adds it (with ``--check``: would add it),
    and ``refused`` if ``pinsmith sync`` would refuse it. ``accept_loss`` lists the losses that it accepts.
    """

    format: str
    path: str
    state: str
    accept_loss: list[str]


class SetupProjectOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    A project. ``folder`` is relative to the directory of the pin file, and ``.`` for that directory.

    ``evidence`` lists the places where the project was found. ``summary`` says what enforces its pins, and is null if
    nothing does. ``alternatives`` lists the formats of the other ways to pin it.
    """

    kind: str
    title: str
    folder: str
    evidence: list[FilePlaceOut]
    summary: str | None
    outputs: list[SetupOutputOut]
    alternatives: list[list[str]]


class SetupDocument(Versioned, frozen=True, kw_only=True):
    """
    ``pinsmith setup --format json``.

    ``complete`` says whether every project has outputs and all of them are wired. ``changed`` lists the files that were
    written, or with ``--check`` would be.
    """

    complete: bool
    projects: list[SetupProjectOut]
    findings: list[FindingOut]
    steps: list[FormatAdditionOut]
    changed: list[str]


def setup_document(examined: Examination, *, complete: bool) -> SetupDocument:
    """Describe what was found and done."""
    return SetupDocument(
        complete=complete,
        projects=[_project_out(proposal) for proposal in examined.proposals],
        findings=[finding_out(finding) for finding in examined.findings],
        steps=[FormatAdditionOut(file=entry.file, text=entry.text.strip("\n")) for entry in examined.steps],
        changed=list(examined.names.values()),
    )


def _project_out(proposal: Proposal) -> SetupProjectOut:
    project, way = proposal.project, proposal.way
    return SetupProjectOut(
        kind=project.kind,
        title=TITLES[project.kind],
        folder=project.where,
        evidence=[FilePlaceOut(file=place.file, line=place.line, column=place.column) for place in project.evidence],
        summary=way.summary if way is not None else None,
        outputs=[_output_out(entry) for entry in proposal.outputs],
        alternatives=[[output.format for output in other.outputs] for other in project.ways if other is not way],
    )


def _output_out(entry: Planned) -> SetupOutputOut:
    losses = entry.output.options.get("accept-loss", ())
    return SetupOutputOut(
        format=entry.output.format,
        path=entry.output.path,
        state=entry.state,
        accept_loss=[str(loss) for loss in losses] if isinstance(losses, tuple) else [],
    )
