"""Which outputs a project needs, and whether `sync` could write them. Nothing is written."""

from __future__ import annotations

import posixpath
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from pinsmith.errors import ExportRefusedError, ForeignPinsError, LossError, PinsmithError
from pinsmith.finding import FilePlace
from pinsmith.pinfile import PinFile
from pinsmith.setup.rule import found
from pinsmith.setup.tree import above
from pinsmith.sync import Consent, compare, refusals

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from pinsmith.finding import Finding
    from pinsmith.pinfile import Output
    from pinsmith.policy import Policy
    from pinsmith.setup.project import Project, Way

State = Literal["present", "new", "refused"]


@dataclass(frozen=True, slots=True)
class Planned:
    """
    An output of a project.

    Attributes:
        output: The output, with the losses that the user accepts.
        state: Whether the pin file has it, gets it, or does not get it because `sync` would refuse it.
        findings: Why it is refused.
    """

    output: Output
    state: State
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """
    A project and its outputs.

    Attributes:
        project: The project.
        way: The way in which it is pinned; None if it is not.
        outputs: The outputs of that way.
    """

    project: Project
    way: Way | None
    outputs: tuple[Planned, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Facts about the project and its way that people must know."""
        return (*self.project.findings, *(self.way.findings if self.way is not None else ()))


@dataclass(frozen=True, slots=True)
class Situation:
    """
    The situation in which outputs are tried.

    Attributes:
        path: The pin file.
        policy: Its pins.
        accept_loss: The losses that the user accepts, by their ids.
        now: The time, aware.
    """

    path: Path
    policy: Policy
    accept_loss: Collection[str]
    now: datetime


def propose(
    projects: Iterable[Project],
    outputs: Iterable[Output],
    situation: Situation,
    choose: Callable[[Project], Way | None],
) -> tuple[Proposal, ...]:
    """
    Propose outputs for every project.

    Args:
        projects: The projects.

        outputs: The outputs that the pin file has.

        situation: What to try new outputs with.

        choose: Chooses among the ways of a project of which no output is in the pin file; None for none of them.
    """
    known = list(outputs)
    found_projects = tuple(projects)
    owned = _by_owner(found_projects, known)
    proposals = []
    for project in found_projects:
        own = owned[project.folder]
        way = way_in_force(project, own) or choose(project)
        wanted = way.outputs if way is not None else ()
        planned = []
        for output, is_present in zip(wanted, _present(wanted, own), strict=True):
            planned.append(Planned(output, "present") if is_present else try_output(output, known, situation))
            known += [entry.output for entry in planned[-1:] if entry.state == "new"]
        own += [entry.output for entry in planned if entry.state == "new"]
        proposals.append(Proposal(project, way, tuple(planned)))
    return tuple(proposals)


def way_in_force(project: Project, outputs: Collection[Output]) -> Way | None:
    """Return the way of a project of which most outputs are among these; None if none of them is."""
    counts = [(sum(_present(way.outputs, outputs)), way) for way in project.ways]
    most = max((count for count, _ in counts), default=0)
    return next((way for count, way in counts if most and count == most), None)


def _by_owner(projects: Iterable[Project], outputs: Iterable[Output]) -> dict[str, list[Output]]:
    """Return the outputs in the directory of each project that are not in that of a project inside of it."""
    owned: dict[str, list[Output]] = {project.folder: [] for project in projects}
    for output in outputs:
        owner = next((folder for folder in above(output.path) if folder in owned), None)
        if owner is not None:
            owned[owner].append(output)
    return owned


def _present(wanted: Sequence[Output], own: Iterable[Output]) -> list[bool]:
    """Say for each output whether the project has it: with its path, or with its format and a path of its own."""
    there = {(output.format, posixpath.normpath(output.path)) for output in own}
    exact = [(output.format, posixpath.normpath(output.path)) for output in wanted]
    others = Counter(format_id for format_id, path in there if (format_id, path) not in exact)
    found_outputs = []
    for format_id, path in exact:
        is_present = (format_id, path) in there
        if not is_present and others[format_id]:
            others[format_id] -= 1
            is_present = True
        found_outputs.append(is_present)
    return found_outputs


def try_output(output: Output, known: Iterable[Output], situation: Situation) -> Planned:
    """
    Find out whether `sync` could write an output. Losses that the user accepts are added to its options.

    Args:
        output: The output.

        known: The other outputs. Those that write parts of the same file are written first.

        situation: What it is tried with.
    """
    beside = [other for other in known if posixpath.normpath(other.path) == posixpath.normpath(output.path)]
    try:
        compared = compare(PinFile(situation.policy, (*beside, output)), situation.path, now=situation.now)
    except LossError as error:
        lost = tuple(dict.fromkeys(loss.rule for loss in error.losses))
        if situation.accept_loss and set(lost) <= set(situation.accept_loss):
            accepting = replace(output, options={**output.options, "accept-loss": lost})
            return try_output(accepting, beside, replace(situation, accept_loss=()))
        return Planned(output, "refused", (*error.losses, _loses(output, lost)))
    except PinsmithError as error:
        return Planned(output, "refused", _refused(output, error))
    refusal = next(refusals(compared, Consent()), None)
    if isinstance(refusal, ForeignPinsError):
        return Planned(output, "refused", (_foreign(output, refusal, situation.path),))
    if refusal is not None:
        return Planned(output, "refused", _refused(output, refusal))
    return Planned(output, "new")


def _loses(output: Output, lost: Iterable[str]) -> Finding:
    accept = " ".join(f"--accept-loss {loss}" for loss in lost)
    text = f"the output {output.format} was not added, because it cannot express all of the policy"
    fix = f"if you accept what is lost, run `pinsmith setup` again with {accept}"
    return found("output-not-added", FilePlace(output.path), text, fix)


def _foreign(output: Output, refusal: ForeignPinsError, path: Path) -> Finding:
    more = "; ".join(str(pin) for pins in refusal.foreign.values() for pin in pins)
    text = f"it contains pinning that is not in {path.name}, so the output {output.format} was not added: {more}"
    hint = refusal.hint or ""
    return found("pins-not-in-pin-file", FilePlace(output.path), text, f"{hint}, and run `pinsmith setup` again")


def _refused(output: Output, error: PinsmithError) -> tuple[Finding, ...]:
    reasons = error.reasons if isinstance(error, ExportRefusedError) else ()
    problem = str(error).removeprefix(f"{output.path}: ")
    details = "" if reasons else "".join(f"; {detail}" for detail in error.details)
    text = f"the output {output.format} was not added: {problem}{details}"
    fix = error.hint or "correct the pin file, or choose another way with --prefer FORMAT"
    return (*reasons, found("output-not-added", FilePlace(output.path), text, fix))
