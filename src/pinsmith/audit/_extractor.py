"""The type of extractors: what a library's code pins, before it becomes a policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from pinsmith.audit._code import Code
    from pinsmith.audit._value import Value
    from pinsmith.syntax.position import Position


@dataclass(frozen=True, slots=True)
class Remark:
    """
    A part of code that a policy cannot hold, or that does not do what it seems to do.

    Attributes:
        rule: One of `pinsmith.formats._note.NOTES`.
        message: The fact and its effect, as a clause without a final period.
        at: The place.
    """

    rule: str
    message: str
    at: Position


@dataclass(frozen=True, slots=True)
class Pinning:
    """
    A place in code that pins.

    Attributes:
        hosts: The hosts, in the spelling of the library.
        pins: The pins, in the spelling of the library; none if the place only gives rise to remarks.
        at: The place.
        include_subdomains: As in `pinsmith.formats.Found`, like the next four.
        remarks: The findings about the place.
        builder: What is equal for places that add to one set of pins, and differs for two sets and for two branches.
    """

    hosts: tuple[Value, ...]
    pins: tuple[Value, ...]
    at: Position
    include_subdomains: bool = False
    expires: date | None = None
    report_only: bool = False
    exempt: bool = False
    report_uris: tuple[Value, ...] = ()
    remarks: tuple[Remark, ...] = ()
    builder: tuple[str, int] = ("", 0)


@dataclass(frozen=True, slots=True)
class Host:
    """
    A host as a library spells it.

    Attributes:
        name: Without wildcards.
        include_subdomains: Whether subdomains are pinned.
        remark: How that differs from a policy, to be read after the spelling; None if it does not.
    """

    name: str
    include_subdomains: bool = False
    remark: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extractor:
    """
    The pins of one library in code.

    Attributes:
        id: Kebab-case.
        title: The name of the library.
        signs: Words; a file without all of them does not use the library.
        formats: The format that pinsmith writes for the library, by language.
        variants: Other formats of such code, each with the word that distinguishes it, and its language.
        style: The spelling of pins that the library reads, as `pinsmith.pin.Spelling.style` names it; None for any.
        find: Yields the places that pin.
        read_host: Reads a host.
        joins: Whether the pins of several places for one host are joined.
        is_whole: Whether it finds all pins of a file in which it finds any.
        needs: A pattern that every file with pins contains, if the signs alone are too common; None for no pattern.
    """

    id: str
    title: str
    signs: tuple[str, ...]
    formats: Mapping[str, str]
    find: Callable[[Code], Iterator[Pinning]]
    read_host: Callable[[str], Host] = Host
    style: str | None = None
    joins: bool = False
    is_whole: bool = False
    variants: tuple[tuple[str, str, str], ...] = ()
    needs: re.Pattern[str] | None = None

    @property
    def format_ids(self) -> frozenset[str]:
        """The formats of such code."""
        return frozenset((*self.formats.values(), *(target for _, _, target in self.variants)))

    def format_of(self, language: str, text: str) -> str:
        """Return the id of the format that pinsmith writes for code like *text*."""
        found = (target for word, of, target in self.variants if of == language and word in text)
        return next(found, self.formats[language])
