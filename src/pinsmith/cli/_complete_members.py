"""
Completion of the ids of formats, scenarios and lint rules.

A member of a family has the name of its file, so the folders are listed and nothing is imported: a shell waits.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import click

_PACKAGE: Final = Path(__file__).parents[1]


def format_ids(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """List the formats that begin with *incomplete*."""
    return _members(incomplete, "formats", "formats/code")


def scenario_ids(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """List the scenarios that begin with *incomplete*."""
    return _members(incomplete, "lab/scenarios")


def rule_ids(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """List the lint rules that begin with *incomplete*."""
    return _members(incomplete, "rules")


def _members(incomplete: str, *folders: str) -> list[str]:
    files = (path for folder in folders for path in (_PACKAGE / folder).glob("[!_]*.py"))
    return sorted(name for path in files if (name := path.stem.replace("_", "-")).startswith(incomplete))
