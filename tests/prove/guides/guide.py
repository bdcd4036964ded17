"""Describe a snippet of a guide, rewritten by us with the same property, and how its faults are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.judged.subject import Subject


@dataclass(frozen=True, slots=True, eq=False)
class Guide:
    """
    A snippet of a guide. The lab runs it, or a function shows its fault, or both.

    Attributes:
        id: The name of its section.
        source: The guide, and its subject.
        snippet: A clause that describes what the snippet does, without the subject.
        instead: The id of the format or target that does it correctly.
        subject: Makes a client with the property of the snippet for the lab, in which the client must fail.
        judged: The id of a client of `tests.judged` with that property; the session `clients` tests its failures.
        shown: Returns the finding in one or more sentences; raises `AssertionError` if the finding is wrong.
    """

    id: str
    source: str
    snippet: str
    instead: str
    subject: Callable[[], Subject] | None = None
    judged: str = ""
    shown: Callable[[], str] | None = None
