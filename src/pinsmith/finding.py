"""
Findings: everything that pinsmith has to say about somebody's pins, whichever part of it found it.

A finding is a value. It knows no socket, no file and no clock, and it is the same for every shell that shows it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, TypeAlias

from pinsmith._clean import clean
from pinsmith._port import is_port
from pinsmith.errors import HostError
from pinsmith.host import dialled_host
from pinsmith.repair import Repairable

__all__ = ["FilePlace", "Finding", "HostPlace", "Place", "Severity"]

_RULE: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,9}")
# Numeric, as the system writes it; IPv6 may have a zone.
_ADDRESS: Final = re.compile(r"[0-9A-Fa-f:.]+(%[0-9A-Za-z_.-]+)?")


class Severity(IntEnum):
    """How bad a finding is. Severities can be compared, and ``HIGH`` is the greatest."""

    INFO = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class FilePlace:
    """
    A place in a file.

    Args:
        file: The file, as the user named it.
        line: From 1; None for the file as a whole.
        column: In characters, from 1; None for the line as a whole.

    Raises:
        ValueError: If *file* is empty, a number is less than 1, or there is a column without a line.
    """

    file: str
    line: int | None = None
    column: int | None = None

    def __post_init__(self) -> None:
        if not self.file:
            raise ValueError("the file has no name")
        for number in (self.line, self.column):
            if number is not None and not _NUMBER.fullmatch(str(number)):
                raise ValueError(f"lines and columns count from 1, and {number!r} was given")
        if self.line is None and self.column is not None:
            raise ValueError("a column needs a line")

    def __str__(self) -> str:
        """``file:line:column``; a name that could be read otherwise, or that is not printable, is quoted as in JSON."""
        is_plain = self.file.isprintable() and not re.match(r'"|.*:[0-9]+$', self.file)
        name = self.file if is_plain else json.dumps(self.file)
        return ":".join([name, *(str(number) for number in (self.line, self.column) if number is not None)])


@dataclass(frozen=True, slots=True)
class HostPlace:
    """
    A host, and where it was reached.

    Args:
        host: Canonical.
        port: The port of the service; None for the host as a whole.
        address: The numeric address that was dialled; None if none was, or if it is the host itself.

    Raises:
        ValueError: If one of them is not what it should be.
    """

    host: str
    port: int | None = None
    address: str | None = None

    def __post_init__(self) -> None:
        try:
            is_canonical = dialled_host(self.host) == self.host
        except HostError:
            is_canonical = False
        if not is_canonical:
            raise ValueError(f"{self.host!r} is not a canonical host, such as example.com or 192.0.2.1")
        if self.port is not None and not is_port(self.port):
            raise ValueError(f"{self.port!r} is not a port")
        if self.address is not None and (not _ADDRESS.fullmatch(self.address) or self.address == self.host):
            raise ValueError(f"{self.address!r} is not a numeric address of {self.host}")

    def __str__(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        where = name if self.port is None else f"{name}:{self.port}"
        return where if self.address is None else f"{where} ({self.address})"


Place: TypeAlias = FilePlace | HostPlace
"""Where a finding is: in a file, or at a host."""


@dataclass(frozen=True, slots=True)
class Affected:
    """
    A release whose users a finding is about.

    Attributes:
        app: The app.
        version: The version, as the app's store shows it.
        share: The percentage of users who have it; None if that is not known.
        why: What happens to them, to be read after the release.
    """

    app: str
    version: str
    share: float | None
    why: str


@dataclass(frozen=True, slots=True)
class Affecting(Repairable):
    """
    What may be about releases. The public API does not include them.

    Args:
        cohorts: The releases; empty if it is about none. Values are compared without them, because the text names them.
    """

    cohorts: tuple[Affected, ...] = field(default=(), compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Finding(Affecting):
    """
    One thing that is wrong with somebody's pins, or that will go wrong.

    Args:
        rule: The id of the rule that found it, kebab-case and stable.

        severity: How bad it is.

        place: Where it is; None if it is about all pins at once.

        message: A sentence without a full stop. Control characters become escapes.

        fix: What to do, in the same form; None if nothing can be advised.

        host: The host that a finding in a file is about, canonical; None if it is about none, or *place* is a host.

        pin: The pin that it is about, as ``sha256/...``; None if it is about none.

    Raises:
        ValueError: If *rule* is not kebab-case, or a text is empty.
    """

    rule: str
    severity: Severity
    place: Place | None
    message: str
    fix: str | None = None
    host: str | None = None
    pin: str | None = None

    def __post_init__(self) -> None:
        if not _RULE.fullmatch(self.rule):
            raise ValueError(f"{self.rule!r} is not a rule: words of lower-case letters and hyphens expected")
        if not self.message or self.fix == "":
            raise ValueError(f"a finding of {self.rule} has an empty text")
        # Messages quote files and certificates, which may be hostile. That must not keep a finding from being made.
        object.__setattr__(self, "message", clean(self.message))
        if self.fix is not None:
            object.__setattr__(self, "fix", clean(self.fix))

    @property
    def text(self) -> str:
        """The message, and what to do about it."""
        return self.message if self.fix is None else f"{self.message}: {self.fix}"

    @property
    def summary(self) -> str:
        """The place and the text, without the rule."""
        return self.text if self.place is None else f"{self.place}: {self.text}"

    def __str__(self) -> str:
        return f"{self.summary} ({self.rule})"
