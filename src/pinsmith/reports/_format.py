"""The types of wire formats: the body of a request, or lines of a log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Sequence

    from pinsmith.reports._report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyFormat:
    """
    A JSON object that a client sends.

    Attributes:
        id: Kebab-case, the name of its module.
        title: The name for people.
        spec: The URL of its definition.
        recognises: Says by a cheap look whether an object is of this format.
        read: Reads an object, bytes; returns None if it is not about certificates. Raises `ReportError`.
    """

    id: str
    title: str
    spec: str
    recognises: Callable[[bytes], bool]
    read: Callable[[bytes], Report | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFormat:
    """
    Lines that a client writes to a log.

    Attributes:
        id: Kebab-case, the name of its module.
        title: The name for people.
        spec: The URL of the code that writes the lines.
        sign: Found in the line where a report begins.
        read: Reads from the lines, at that line; returns the report and the index of the first line after it.
    """

    id: str
    title: str
    spec: str
    sign: re.Pattern[str]
    read: Callable[[Sequence[str], int], tuple[Report, int]]
