"""How `pinsmith setup` chooses among the ways to pin a project."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pinsmith.cli import _output
from pinsmith.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pinsmith.setup import Project, Way


def chooser(prefer: Sequence[str], *, takes_recommended: bool) -> Callable[[Project], Way | None]:
    """
    Return the function that chooses.

    Args:
        prefer: Formats that are chosen where a project offers them.

        takes_recommended: Whether the first way is taken otherwise; if not, somebody at a terminal is asked.
    """

    def choose(project: Project) -> Way | None:
        if not project.ways:
            return None
        wanted = (way for name in prefer for way in project.ways if name in {output.format for output in way.outputs})
        preferred = next(wanted, None)
        if preferred is not None or takes_recommended:
            return preferred or project.ways[0]
        return _ask(project)

    return choose


def _ask(project: Project) -> Way | None:
    from pinsmith.setup import TITLES

    if not sys.stdin.isatty():
        raise UsageError(
            f"somebody must choose how the {TITLES[project.kind]} in {project.where} is pinned, and standard input is "
            "not a terminal",
            hint="--yes takes what is recommended, --prefer FORMAT something else, and --check writes nothing",
        )
    _output.note(f"choose how the {TITLES[project.kind]} in {project.where} is pinned:")
    for number, way in enumerate(project.ways, start=1):
        ids = ", ".join(dict.fromkeys(output.format for output in way.outputs))
        _output.note(f"  {number}  {way.summary} ({ids}){' - recommended' if number == 1 else ''}")
    _output.note("  0  not at all")
    while True:
        answer = _output.ask(f"your choice, from 0 to {len(project.ways)} [1]: ")
        if answer is None:
            return None
        if answer in {"", *map(str, range(len(project.ways) + 1))}:
            return project.ways[int(answer or "1") - 1] if answer != "0" else None
