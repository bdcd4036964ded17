"""A fault in a pin file before its line is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith._closest import closest
from pinsmith.errors import ParseError
from pinsmith.limit import MAX_LEAD_TIME
from pinsmith.syntax.toml_layout import path_text, scan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinsmith.syntax.toml_layout import Path

_LONGEST = 80  # characters of a value that a message repeats
_FEW = 12  # names that a hint lists


class FaultError(Exception):
    """
    A value of a pin file is wrong.

    Args:
        path: The keys and indices that lead to the value from the top of the file.
        problem: The fault, without the place.
        hint: What to do.
    """

    def __init__(self, path: Path, problem: str, hint: str | None = None) -> None:
        super().__init__(problem)
        self.path, self.problem, self.hint = path, problem, hint

    def in_file(self, text: str, file: str) -> ParseError:
        """Find the place in *text*, and return the error for users."""
        place = scan(text).position(self.path)
        return ParseError(
            self.problem,
            file=file,
            line=place.line if place else None,
            column=place.column if place else None,
            key_path=path_text(self.path),
            hint=self.hint,
        )


def shown(value: object) -> str:
    """Return *value* for a message: on one line, safe for terminals, not too long."""
    if isinstance(value, str):
        return repr(value if len(value) <= _LONGEST else value[:_LONGEST] + "...")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value) if abs(value) < 10**_LONGEST else "a huge number"
    if isinstance(value, list):
        return "an array"
    if isinstance(value, dict):
        return "a table"
    return str(value)


def nearest(name: str, known: Iterable[str], *, what: str) -> str:
    """Suggest the one of *known* that *name* resembles, or list all of them if they are few."""
    names = list(known)
    if near := closest(name, names):
        return f"did you mean {near!r}?"
    if not names:
        return f"the file defines no {what}"
    few = ", ".join(names[:_FEW])
    return f"the {what} are {few}" + (", ..." if len(names) > _FEW else "")


def require(path: Path, problem: tuple[str, str | None] | None) -> None:
    """Raise a fault if there is a *problem*, which comes with its hint."""
    if problem:
        raise FaultError(path, *problem)


def require_days(path: Path, days: int, most: int = MAX_LEAD_TIME) -> int:
    """Return *days*, or raise a fault if they are below 0 or above *most*."""
    if not 0 <= days <= most:
        raise FaultError(path, f"expected a number of days from 0 to {most}, got {shown(days)}")
    return days
