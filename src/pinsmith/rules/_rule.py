"""The types of lint rules: what a rule is, and what it looks at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from pinsmith.audit import Code
    from pinsmith.builds import Client
    from pinsmith.finding import Affected, FilePlace, Finding, Severity
    from pinsmith.formats import Format
    from pinsmith.pin import Pin
    from pinsmith.pinfile import Allowed, Output
    from pinsmith.policy import HostPins, Key
    from pinsmith.release import Release, ReleasedHost
    from pinsmith.renewal import Renewal
    from pinsmith.repair import Applicability
    from pinsmith.rules._dart import Dart
    from pinsmith.syntax.edit import Splice
    from pinsmith.syntax.position import Position


class Persona(IntEnum):
    """The reader of findings: for ``REGULAR`` all call for a change, for ``AUDITOR`` some only raise a question."""

    REGULAR = 1
    PEDANTIC = 2
    AUDITOR = 3

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Site:
    """
    The pins of one host in one file.

    Attributes:
        entry: The host and its keys; only distinct pins.
        place: Where the file says so.
        overriding: As in what the reader found.
    """

    entry: HostPins
    place: FilePlace
    overriding: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AllowComment:
    """A comment that accepts findings: its place, the ids of rules, and whether it gives a reason."""

    place: FilePlace
    rules: frozenset[str]
    has_reason: bool


@dataclass(frozen=True, slots=True)
class AllowTable:
    """A ``[[lint.allow]]`` of a pin file, and its place."""

    allowed: Allowed
    place: FilePlace


@dataclass(frozen=True, slots=True)
class ReleasedSite:
    """
    What a living release enforces for one host.

    Attributes:
        release: The release.
        entry: The host and its pins.
        site: The place, with an entry without keys: releases may pin keys that no pin file may contain.
    """

    release: Release
    entry: ReleasedHost
    site: Site


@dataclass(frozen=True, slots=True)
class Spot:
    """
    What a rule found in code.

    Attributes:
        at: The place.
        message: The fact and its effect; a clause without a final period.
        fix: What to do here, as in `Rule.fix`; None if that says it.
    """

    at: Position
    message: str
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class PinnedFile:
    """
    A file with pins, read.

    Attributes:
        file: Its name, as the user would write it.
        target: The format; None for a pin file.
        sites: Its hosts, in the order of the file.
        notes: What its reader found, and the rules of readers that apply to lint.
        today: In UTC.
        lead_time: How long users take to update.
        comments: Comments that accept findings.
        tables: What a pin file accepts.
        renewals: The renewals of certificates that it configures.
        spots: What the rules about code found in it, by the ids of the rules.
        is_code: Whether it is code in a language that can be read.
        outputs: The outputs of a pin file, and their places.
        text: Its text without byte order mark; empty if it is not a text.
        source: The pin file from which `pinsmith sync` writes it; empty if nobody says so.
        is_build: Whether it is a build file.
        clients: The clients that a build file lists, as far as they matter.
        dart: What Dart code requests; None for other files.
        exempt: What a file of a platform exempts from the pins of parents.
        bare: The hosts of which no pin can be used; their entries have no keys.
        released: What the living releases of a pins.releases.toml enforce.
    """

    file: str
    target: Format | None
    sites: tuple[Site, ...]
    notes: tuple[Finding, ...]
    today: date
    lead_time: timedelta = timedelta()
    comments: tuple[AllowComment, ...] = ()
    tables: tuple[AllowTable, ...] = ()
    renewals: tuple[Renewal, ...] = ()
    spots: tuple[tuple[str, Spot], ...] = ()
    is_code: bool = False
    outputs: tuple[tuple[Output, FilePlace], ...] = ()
    text: str = field(default="", repr=False, kw_only=True)
    source: str = field(default="", kw_only=True)
    is_build: bool = False
    clients: tuple[Client, ...] = ()
    dart: Dart | None = None
    exempt: tuple[HostPins, ...] = field(default=(), kw_only=True)
    bare: tuple[Site, ...] = field(default=(), kw_only=True)
    released: tuple[ReleasedSite, ...] = field(default=(), kw_only=True)

    @property
    def all_sites(self) -> tuple[Site, ...]:
        """The hosts with pins, and those whose pins cannot be used."""
        return (*self.sites, *self.bare)

    @property
    def has_pins(self) -> bool:
        """Whether it contains pins; a pin file always does."""
        return bool(self.target or self.sites) or not (self.renewals or self.notes or self.is_code or self.is_build)

    @property
    def is_silent(self) -> bool:
        """Whether it is code, or a build file, in which there is nothing to report."""
        is_other = self.is_code or self.is_build
        return is_other and not (self.target or self.sites or self.notes or self.spots or self.clients or self.dart)

    def pinned_keys(self) -> Iterator[tuple[Site, Key]]:
        """Yield each key of each host."""
        for site in self.sites:
            for key in site.entry.keys:
                yield site, key


@dataclass(frozen=True, slots=True)
class Defect:
    """
    What a rule found, without what all its findings have in common.

    Attributes:
        site: The host.
        message: The fact and its effect, to be read after the host; a clause without a final period.
        pin: The pin that it is about; None if it is about the host.
        fix: What to do here, as in `Rule.fix`; None if that says it.
        repair: The edits of the file with which it goes away; empty if there are none.
        cohorts: The releases that it is about.
    """

    site: Site
    message: str
    pin: Pin | None = None
    fix: str | None = None
    repair: tuple[Splice, ...] = field(default=(), kw_only=True)
    cohorts: tuple[Affected, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True, slots=True)
class Example:
    """
    A file that shows a rule.

    Attributes:
        bad: The content of a file with one finding of this rule, and no other.
        good: The same file after the mistake was mended, without any finding.
        name: The name of the file, by which its format is recognised.
        beside: The content of a pins.toml that both stand beside; empty for rules that look at one file.
        more: The names and contents of other files that both stand beside.
    """

    bad: str
    good: str
    name: str = "pins.toml"
    beside: str = ""
    more: tuple[tuple[str, str], ...] = ()

    @property
    def parts(self) -> tuple[tuple[str, str, str], ...]:
        """Return a title, the name and the content of each file, in the order of the documentation."""
        beside = (("Beside both", "pins.toml", self.beside),) if self.beside else ()
        more = (("Beside both", name, text) for name, text in self.more)
        return ("Bad", self.name, self.bad), ("Good", self.name, self.good), *beside, *more


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """
    A rule.

    Attributes:
        id: Kebab-case; it states the defect.
        severity: How bad a finding is.
        title: The defect, a noun phrase.
        effect: What it does to users, a sentence.
        fix: What to do, a clause without a final period.
        example: A file with a finding, and the same file without.
        persona: The first persona that hears of it.
        references: Ids of other catalogues, such as ``MASTG-TEST-0242``.
        check: Yields the findings about the pins of one file; None for a rule that does something else.
        compare: Yields the findings about the pins of several files.
        inspect: Yields the findings about a file of code.
        signs: Words; *inspect* is called for files that contain one of them.
        needs: A pattern that such a file contains too, if the signs alone are too common; None for no pattern.
        about_pins: Whether *inspect* finds something only in code that means to pin, so that other files are skipped.
        voids: Whether the pins of the same file protect nothing then.
        repair: Whether its repairs are safe; None if it has none.
    """

    id: str
    severity: Severity
    title: str
    effect: str
    fix: str
    example: Example
    persona: Persona = Persona.REGULAR
    references: tuple[str, ...] = ()
    check: Callable[[PinnedFile], Iterator[Defect]] | None = None
    compare: Callable[[Sequence[PinnedFile]], Iterator[Defect]] | None = None
    inspect: Callable[[Code], Iterator[Spot]] | None = None
    signs: tuple[str, ...] = ()
    needs: re.Pattern[str] | None = None
    about_pins: bool = False
    voids: bool = False
    repair: Applicability | None = None

    def suspects(self, text: str) -> bool:
        """Say whether a file of code contains the words of this rule."""
        return any(sign in text for sign in self.signs) and (self.needs is None or self.needs.search(text) is not None)
