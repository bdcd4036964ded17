"""A project that was found, and the ways to pin it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinsmith.finding import FilePlace, Finding
    from pinsmith.pinfile import Output
    from pinsmith.setup.tree import Tree


@dataclass(frozen=True, slots=True)
class Way:
    """
    One way to pin a project.

    Attributes:
        summary: What enforces the pins, for people who choose.
        outputs: The outputs that it needs.
        findings: Facts about it that people must know.
    """

    summary: str
    outputs: tuple[Output, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """
    A project.

    Attributes:
        kind: The id of its kind.
        folder: Its directory, relative to that of the pin file; empty if they are the same.
        evidence: Where it was found.
        ways: The ways to pin it. The first is recommended.
        findings: Facts about it that people must know.
        claims: Directories whose projects are parts of this one.
    """

    kind: str
    folder: str
    evidence: tuple[FilePlace, ...]
    ways: tuple[Way, ...]
    findings: tuple[Finding, ...] = ()
    claims: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """The directory, for people."""
        return self.folder or "."


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """
    A kind of project, a member of the family.

    Attributes:
        id: Kebab-case; the name of its file.
        title: The name of such a project in sentences.
        find: Yields every project of this kind in a tree.
    """

    id: str
    title: str
    find: Callable[[Tree], Iterator[Project]]


def ways(*candidates: tuple[str, tuple[Output, ...]]) -> tuple[Way, ...]:
    """Return the ways that have outputs. A way with the outputs of an earlier one is left out."""
    kept: list[Way] = []
    for summary, outputs in candidates:
        if outputs and all(outputs != way.outputs for way in kept):
            kept.append(Way(summary, outputs))
    return tuple(kept)
