"""The errors of pin files."""

from __future__ import annotations

from pinsmith.errors.base import PinsmithError


class ParseError(PinsmithError, ValueError):
    """
    A pin file cannot be read.

    Attributes:
        file: The file, as the user named it.
        line: The line of the fault, from 1; None if the fault has no place, as in an empty file.
        key_path: The key of the fault, such as ``host[0].keys``; empty if the file is not valid TOML.
        problem: The fault, without file, line and key.
    """

    code = "invalid-pin-file"

    def __init__(
        self, problem: str, *, file: str, line: int | None = None, key_path: str = "", hint: str | None = None
    ) -> None:
        place = f"{file}:{line}" if line else file
        super().__init__(f"{place}: {key_path}: {problem}" if key_path else f"{place}: {problem}", hint=hint)
        self.problem, self.file, self.line, self.key_path = problem, file, line, key_path
