"""Places in a text, and the error of a text that its syntax does not allow."""

from __future__ import annotations

from typing import NamedTuple


class Position(NamedTuple):
    """
    A place in a text, counted from 1.

    Attributes:
        line: The line; lines end in LF or CRLF.
        column: The column, in characters.
    """

    line: int
    column: int


def position_at(text: str, offset: int) -> Position:
    """Return the place of *offset*, which may be the end of *text*."""
    return Position(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


class SyntaxFaultError(Exception):
    """
    A text breaks the rules of its syntax.

    The reader does not know the name of the file. The caller turns this error into one of its own that names it.

    Attributes:
        problem: The fact, without the place.
        position: Where the fault is; None if it has no place.
        path: The keys that lead to the fault, as the syntax writes them; empty if they are not known.
        hint: What to do.
    """

    def __init__(
        self, problem: str, position: Position | None = None, *, path: str = "", hint: str | None = None
    ) -> None:
        super().__init__(problem)
        self.problem, self.position, self.path, self.hint = problem, position, path, hint

    @property
    def line(self) -> int | None:
        """The line of the fault."""
        return self.position.line if self.position is not None else None

    @property
    def column(self) -> int | None:
        """The column of the fault."""
        return self.position.column if self.position is not None else None


class SyntaxLimitError(SyntaxFaultError):
    """A text may follow its syntax, but exceeds the limits of the reader."""
