"""What a network_security_config.xml says about hosts and pins; shared by the formats that live in one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pinsmith.host import ancestors

if TYPE_CHECKING:
    from datetime import date

    from pinsmith.formats._format import Note
    from pinsmith.syntax.xml import Document, Element

ROOT: Final = "network-security-config"
_MAX_REMARK: Final = 60  # characters of a comment in a note


@dataclass(eq=False, slots=True)
class Domain:
    """
    A domain element.

    Attributes:
        text: As Android compares it.
        host: Canonical; None if no connection ever has that name.
    """

    element: Element
    text: str
    include_subdomains: bool
    host: str | None


@dataclass(eq=False, slots=True)
class PinSet:
    """
    A pin-set element; with no pins it means that nothing is pinned.

    Attributes:
        expires: From that day the pins are not enforced.
        is_broken: Whether something in it stands among the problems.
    """

    element: Element
    expires: date | None
    is_broken: bool = False
    pins: list[tuple[Element, bytes]] = field(default_factory=list)

    def lines(self) -> set[int]:
        """Return the lines in which pins stand."""
        return {element.line for element, _ in self.pins}

    def digests(self) -> dict[bytes, Element]:
        """Return each pin once, with the element that has it first."""
        found: dict[bytes, Element] = {}
        for element, digest in self.pins:
            found.setdefault(digest, element)
        return found


@dataclass(eq=False, slots=True)
class Config:
    """
    A domain-config element.

    Attributes:
        has_settings: Whether it says anything that does not concern pins.
    """

    element: Element
    parent: Config | None
    domains: list[Domain] = field(default_factory=list)
    children: list[Config] = field(default_factory=list)
    pin_set: PinSet | None = None
    trustkit: Element | None = None
    has_settings: bool = False

    def inherits_settings(self) -> bool:
        """Say whether it, or one around it, says anything that does not concern pins."""
        return self.has_settings or (self.parent is not None and self.parent.inherits_settings())

    def said_pin_set(self) -> PinSet | None:
        """Return its pin-set, or the one that it inherits, even if that holds no pins."""
        config: Config | None = self
        while config is not None and config.pin_set is None:
            config = config.parent
        return config.pin_set if config is not None else None

    def effective(self) -> PinSet | None:
        """Return the pin-set in force, even if none of its pins could be read; None if nothing is pinned."""
        pin_set = self.said_pin_set()
        return pin_set if pin_set is not None and (pin_set.pins or pin_set.is_broken) else None


@dataclass(eq=False, slots=True)
class Nsc:
    """
    A whole file.

    Attributes:
        configs: Parents before their children, else in the order of the file.
        by_text: Which domain and configuration stand for a domain text.
        notes: What does not do what it looks like.
        comments: The last comment that begins in a line, by line.
    """

    document: Document
    configs: list[Config] = field(default_factory=list)
    by_text: dict[str, tuple[Domain, Config]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    comments: dict[int, str] = field(default_factory=dict)

    def remark(self, element: Element, pin_lines: set[int]) -> str:
        """Return what a comment says in the line of a pin, or in the one above if no other pin stands there."""
        above = element.line - 1
        place = above if element.line not in self.comments and above not in pin_lines else element.line
        return " ".join(self.comments.get(place, "").split())[:_MAX_REMARK]

    def covering(self, host: str) -> tuple[Domain, Config] | None:
        """Return the most specific domain above *host* that includes subdomains."""
        for parent in ancestors(host):
            found = self.by_text.get(parent)
            if found is not None and found[0].include_subdomains:
                return found
        return None
