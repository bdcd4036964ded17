"""The text that `pinsmith setup` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.cli import _output
from pinsmith.cli._output import Mark

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinsmith.cli._output import Line, Tone
    from pinsmith.setup import Examination, Proposal

_STATES: Final = {"present": "is in {file}", "new": "added", "refused": "not added"}
_TONES: Final[dict[str, Tone]] = {"present": "good", "new": "good", "refused": "bad"}


def show(examined: Examination, path: Path, *, is_check: bool) -> None:
    """Print the projects and the changes to standard output, and the rest to standard error."""
    from pinsmith.sync.patch import lines_for_people

    for at, proposal in enumerate(examined.proposals):
        _output.result(*([""] if at else []), *_project(proposal, path, is_check=is_check))
    for file, content in examined.contents.items():
        _output.result("", *lines_for_people(examined.names[file], content.before, content.after))
    if examined.steps and not is_check:
        _output.result("", Mark("What is left to do", "strong"), *_steps(examined))
    for finding in examined.findings:
        _output.warning(str(finding))


def conclude(examined: Examination, path: Path, *, is_check: bool, has_fixed: bool) -> None:
    """Say what was done, and what comes next."""
    if not examined.proposals:
        _output.note("no project was found; `pinsmith formats` lists everything that can be pinned")
    if is_check:
        if examined.is_complete and not examined.has_new:
            _output.success(f"every project that was found has an output in {path}, and all outputs are wired")
        else:
            text = "a project has no output, or an output is not wired"
            _output.error("not-set-up", text, hint="run `pinsmith setup`; --fix adds what can be added in place")
        return
    for name in examined.names.values():
        _output.note(f"wrote {name}")
    if examined.has_new:
        _output.note("next, run `pinsmith sync`, which writes the outputs")
    elif not examined.names and examined.is_complete:
        _output.success(f"nothing was changed: {path} has an output for every project, and all outputs are wired")
    elif not examined.names:
        _output.note("nothing was changed; the warnings say what is missing")
    if examined.is_refused:
        text = "`pinsmith sync` would refuse an output, so it was not added"
        _output.error("not-set-up", text, hint="the warnings say why, and what to do")
    if not has_fixed and any("setup --fix" in finding.text for finding in examined.findings):
        _output.note("`pinsmith setup --fix` adds what can be added in place")


def _project(proposal: Proposal, path: Path, *, is_check: bool) -> Iterator[Line]:
    from pinsmith.setup import TITLES

    project, way = proposal.project, proposal.way
    yield Mark(f"{TITLES[project.kind]} in {project.where}", "strong")
    yield f"  found:  {', '.join(map(str, project.evidence))}"
    yield f"  way:    {way.summary if way is not None else 'not pinned'}"
    for entry in proposal.outputs:
        state = "missing" if is_check and entry.state == "new" else _STATES[entry.state].format(file=path.name)
        yield [f"  output: {entry.output.path} ({entry.output.format}) ", Mark(state, _TONES[entry.state])]


def _steps(examined: Examination) -> Iterator[Line]:
    for entry in examined.steps:
        yield "  In a shell:" if entry.file == "shell" else f"  {entry.file}:"
        yield from (f"    {line}".rstrip() for line in entry.text.strip("\n").expandtabs(4).splitlines())
    new = dict.fromkeys(
        entry.output.format for proposal in examined.proposals for entry in proposal.outputs if entry.state == "new"
    )
    yield f"  For use and limits: {', '.join(f'`pinsmith formats {name}`' for name in new)}"
