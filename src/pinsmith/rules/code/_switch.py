"""The type of switches that turn the check of the chain or of the host's name off, and of the places that do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

CHAIN: Final = "any chain is accepted"
NAME: Final = "a certificate of any other host is accepted"
OFF: Final = ("false", "False", "FALSE", "NO", "0", "0L")
ON: Final = ("true", "True", "YES")
NOTHING: Final = ("",)
"""A call without arguments."""


@dataclass(frozen=True, slots=True)
class Switch:
    """
    Names, and the values with which they turn a check off.

    Attributes:
        names: Of options, members, labels, keys or functions.
        values: Texts; the last part of a value counts. For functions and callbacks, patterns of what they return.
        accepted: What is accepted then.
        needs: A pattern that a file contains if the names mean this there.
        unless: A pattern of files that do the check by themselves.
        within: A pattern of functions that the label belongs to, or of objects whose member it is.
    """

    names: tuple[str, ...]
    values: tuple[str, ...]
    accepted: str
    needs: re.Pattern[str] | None = None
    unless: re.Pattern[str] | None = None
    within: re.Pattern[str] | None = None

    def allows(self, text: str) -> bool:
        """Say whether a function returns a value that turns the check off."""
        return any(re.fullmatch(value, text) for value in self.values)

    def applies_to(self, bare: str) -> bool:
        """Say whether the names mean this in a file."""
        is_given = self.needs is None or self.needs.search(bare) is not None
        return is_given and (self.unless is None or self.unless.search(bare) is None)


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A place that turns a check off: the index of its first character in the file, and what is accepted then."""

    at: int
    accepted: str
