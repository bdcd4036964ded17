"""One snippet of a guide, written again in our words with the same property, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.judged.subject import Subject


@dataclass(frozen=True, slots=True, eq=False)
class Guide:
    """
    A member of the family. It is run in the lab, or something about it is shown, or both.

    Attributes:
        id: The name of its section.
        source: Whose guide it is, and of what.
        snippet: What the snippet does, the snippet being the subject.
        instead: The id of the format or target that does it right.
        subject: Makes a client with the snippet's property, for the lab; it is known to fail something.
        judged: The id of a client of `tests.judged` with that property; the session `clients` tests what it fails.
        shown: Returns what was found, in one sentence or more; raises `AssertionError` if it is not so.
    """

    id: str
    source: str
    snippet: str
    instead: str
    subject: Callable[[], Subject] | None = None
    judged: str = ""
    shown: Callable[[], str] | None = None
