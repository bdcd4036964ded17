"""The type of extractors: what a library's code pins, before it becomes a policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pinsmith.audit._code import Code, Value
    from pinsmith.syntax.position import Position


@dataclass(frozen=True, slots=True)
class Pinning:
    """
    A place in code that pins.

    Attributes:
        hosts: The hosts, in the spelling of the library.
        pins: The pins, in the spelling of the library.
        at: The place.
    """

    hosts: tuple[Value, ...]
    pins: tuple[Value, ...]
    at: Position


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
        sign: A word without which a file does not use the library.
        formats: The format that pinsmith writes for the library, by language.
        style: The spelling of pins that the library reads, as `pinsmith.pin.Spelling.style` names it; None for any.
        find: Yields the places that pin.
        read_host: Reads a host.
    """

    id: str
    title: str
    sign: str
    formats: Mapping[str, str]
    find: Callable[[Code], Iterator[Pinning]]
    read_host: Callable[[str], Host] = Host
    style: str | None = None
