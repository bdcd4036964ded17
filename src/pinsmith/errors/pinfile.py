"""The errors of pin files."""

from __future__ import annotations

from pinsmith.errors.base import PinsmithError, place_text


class ParseError(PinsmithError, ValueError):
    """
    A pin file cannot be read.

    Attributes:
        file: The file, as the user named it.
        line: The line of the fault, from 1; None if the fault has no place, as in an empty file.
        column: The column of the fault, in characters, from 1; None if the fault has no place.
        key_path: The key of the fault, such as ``host[0].keys``; empty if the file is not valid TOML.
        problem: The fault, without its place and key.
    """

    code = "invalid-pin-file"

    def __init__(
        self,
        problem: str,
        *,
        file: str,
        line: int | None = None,
        column: int | None = None,
        key_path: str = "",
        hint: str | None = None,
    ) -> None:
        place = place_text(file, line, column)
        super().__init__(f"{place}: {key_path}: {problem}" if key_path else f"{place}: {problem}", hint=hint)
        self.problem, self.file, self.line, self.column, self.key_path = problem, file, line, column, key_path
