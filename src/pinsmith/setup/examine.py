"""Everything that `pinsmith setup` finds, proposes and would write, as one value. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinsmith.files.transaction import Content
from pinsmith.setup.kinds import TITLES, find_projects
from pinsmith.setup.plan import Situation, propose
from pinsmith.setup.rule import OPTIONAL, found
from pinsmith.setup.standing import standing
from pinsmith.setup.step import steps
from pinsmith.setup.wiring import missing, repair

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime
    from pathlib import Path

    from pinsmith.finding import Finding
    from pinsmith.formats._guide import Addition
    from pinsmith.pinfile._edit_outputs import OutputEdit
    from pinsmith.setup.plan import Proposal
    from pinsmith.setup.project import Project, Way
    from pinsmith.setup.tree import Tree


@dataclass(frozen=True, slots=True)
class Examination:
    """
    The state of a repository.

    Attributes:
        proposals: The projects with their outputs.
        findings: Everything that is missing or could not be read.
        steps: The lines that people add elsewhere for new outputs.
        contents: The files to write, by their path, with the pin file as the first.
        names: The names of these files, relative to the directory of the pin file.
        is_complete: Whether there are projects or outputs, every project has its outputs in the pin file as it would be
            written, and all is wired.
    """

    proposals: tuple[Proposal, ...]
    findings: tuple[Finding, ...]
    steps: tuple[Addition, ...]
    contents: Mapping[Path, Content]
    names: Mapping[Path, str]
    is_complete: bool

    @property
    def is_refused(self) -> bool:
        """Whether `sync` would refuse an output that a project needs, so that the pin file does not get it."""
        return any(entry.state == "refused" for proposal in self.proposals for entry in proposal.outputs)

    @property
    def has_new(self) -> bool:
        """Whether the pin file gets an output."""
        return any(entry.state == "new" for proposal in self.proposals for entry in proposal.outputs)


def examine(
    edit: OutputEdit,
    tree: Tree,
    path: Path,
    choose: Callable[[Project], Way | None],
    *,
    now: datetime,
    accept_loss: Collection[str] = (),
    fix: bool = False,
) -> Examination:
    """
    Find the projects of a tree, propose outputs, and look for what the outputs rely on.

    Args:
        edit: The pin file. It gets the new outputs.

        tree: The files. With *fix*, it gets their new contents.

        path: Where the pin file is.

        choose: Chooses among the ways of a project that has no output; None for none of them.

        now: The time, aware.

        accept_loss: The losses that the user accepts, by their ids.

        fix: Whether wires that are missing are added.

    Raises:
        ParseError: If the pin file is not valid.
        PolicyError: If its layout does not allow the change.
    """
    before = edit.result()
    situation = Situation(path, before.policy, accept_loss, now)
    proposals = propose(find_projects(tree), before.outputs, situation, choose)
    new = [entry.output for proposal in proposals for entry in proposal.outputs if entry.state == "new"]
    for output in new:
        edit.add_output(output)
    outputs = [output for output in (*before.outputs, *new) if tree.covers(output.path)]
    if fix:
        repair(tree, outputs)
    loose = [one.finding for one in missing(tree, outputs)]
    refused = [entry for proposal in proposals for entry in proposal.outputs if entry.state == "refused"]
    left = [_left(proposal) for proposal in proposals if proposal.way is None]
    passed = [output.path for output in (*before.outputs, *new)] + [entry.output.path for entry in refused]
    findings = (
        *(finding for entry in refused for finding in entry.findings),
        *left,
        *loose,
        *(finding for proposal in proposals for finding in proposal.findings),
        *standing(tree, before.policy, passed, into=path.name),
        *tree.findings,
    )
    contents = _contents(edit, tree, path)
    return Examination(
        proposals,
        tuple(dict.fromkeys(findings)),
        tuple(steps(new)),
        {file: content for file, (content, _) in contents.items()},
        {file: name for file, (_, name) in contents.items()},
        is_complete=bool(proposals or outputs)
        and not (refused or left or any(finding.rule not in OPTIONAL for finding in loose)),
    )


def _left(proposal: Proposal) -> Finding:
    project = proposal.project
    ids = dict.fromkeys(output.format for way in project.ways for output in way.outputs)
    text = f"no output of the pin file pins the {TITLES[project.kind]} in {project.where}"
    fix = f"run `pinsmith setup`, or add an [[output]] in one of these formats: {', '.join(ids)}" if ids else None
    return found("project-without-output", project.evidence[0], text, fix)


def _contents(edit: OutputEdit, tree: Tree, path: Path) -> dict[Path, tuple[Content, str]]:
    before, after = edit.contents()
    contents = {path: (Content(before, after), path.name)} if before != after else {}
    for name, content in tree.changes.items():
        contents[tree.base / name] = (Content(tree.original(name), content), name)
    return contents


def without_pin_file(tree: Tree) -> list[Finding]:
    """Return the pins that stand in the files of a tree, for somebody who has no pin file yet."""
    from pinsmith.policy import Policy

    return list(standing(tree, Policy(), (), into=None))
