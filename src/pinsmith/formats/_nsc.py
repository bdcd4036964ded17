"""The hosts and pins of a network_security_config.xml; shared by the formats that use such a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pinsmith.host import ancestors

if TYPE_CHECKING:
    from datetime import date

    from pinsmith.formats._note import Notes
    from pinsmith.syntax.xml import Document, Element

ROOT: Final = "network-security-config"
_MAX_REMARK: Final = 60  # characters of a comment in a note


@dataclass(eq=False, slots=True)
class Domain:
    """
    A domain element.

    Attributes:
        text: The text as Android compares it.
        host: Canonical; None if no connection can have that name.
    """

    element: Element
    text: str
    include_subdomains: bool
    host: str | None


@dataclass(eq=False, slots=True)
class PinSet:
    """
    A pin-set element. Without pins it means that nothing is pinned.

    Attributes:
        expires: The day from which the pins are not enforced.
        is_broken: Whether a part of it is among the problems.
    """

    element: Element
    expires: date | None
    is_broken: bool = False
    pins: list[tuple[Element, bytes]] = field(default_factory=list)

    def lines(self) -> set[int]:
        """Return the lines that contain pins."""
        return {element.line for element, _ in self.pins}

    def digests(self) -> dict[bytes, Element]:
        """Return the distinct pins, with the first element of each."""
        found: dict[bytes, Element] = {}
        for element, digest in self.pins:
            found.setdefault(digest, element)
        return found


@dataclass(eq=False, slots=True)
class Config:
    """
    A domain-config element.

    Attributes:
        has_settings: Whether it has settings that do not concern pins.
        overriding: The sources of its trust anchors that override pins; None if it has no trust anchors of its own.
    """

    element: Element
    parent: Config | None
    domains: list[Domain] = field(default_factory=list)
    children: list[Config] = field(default_factory=list)
    pin_set: PinSet | None = None
    trustkit: Element | None = None
    has_settings: bool = False
    overriding: tuple[str, ...] | None = None

    def inherits_settings(self) -> bool:
        """Say whether it, or a configuration around it, has settings that do not concern pins."""
        return self.has_settings or (self.parent is not None and self.parent.inherits_settings())

    def stated_pin_set(self) -> PinSet | None:
        """Return its own or its inherited pin-set, even if that is empty."""
        config: Config | None = self
        while config is not None and config.pin_set is None:
            config = config.parent
        return config.pin_set if config is not None else None

    def effective(self) -> PinSet | None:
        """Return the pin-set in force, even if none of its pins could be read; None if nothing is pinned."""
        pin_set = self.stated_pin_set()
        return pin_set if pin_set is not None and (pin_set.pins or pin_set.is_broken) else None


@dataclass(eq=False, slots=True)
class Nsc:
    """
    A whole file.

    Attributes:
        notes: Notes about parts that do not do what they seem to do.
        configs: The configurations in the order of the file, but parents before their children.
        by_text: The domain and the configuration, by the text of the domain.
        comments: The last comment that begins in a line, by the line.
        overriding: The sources of trust anchors of the base configuration that override pins.
    """

    document: Document
    notes: Notes
    configs: list[Config] = field(default_factory=list)
    by_text: dict[str, tuple[Domain, Config]] = field(default_factory=dict)
    comments: dict[int, str] = field(default_factory=dict)
    overriding: tuple[str, ...] = ()

    def remark(self, element: Element, pin_lines: set[int]) -> str:
        """Return the comment in the line of a pin, or in the line above if that contains no other pin."""
        above = element.line - 1
        place = above if element.line not in self.comments and above not in pin_lines else element.line
        return " ".join(self.comments.get(place, "").split())[:_MAX_REMARK]

    def overriding_in(self, config: Config) -> tuple[str, ...]:
        """Return the sources of trust anchors that override the pins of a configuration: the nearest ones count."""
        around: Config | None = config
        while around is not None and around.overriding is None:
            around = around.parent
        return self.overriding if around is None or around.overriding is None else around.overriding

    def covering(self, host: str) -> tuple[Domain, Config] | None:
        """Return the most specific domain above *host* that includes subdomains."""
        for parent in ancestors(host):
            found = self.by_text.get(parent)
            if found is not None and found[0].include_subdomains:
                return found
        return None
