"""The comment in a written file that names its source."""

from __future__ import annotations

from typing import Final

from pinsmith.errors import FormatError

MARK: Final = "written by pinsmith from"
"""The words before the name of the pin file, by which pinsmith recognises its own files."""


def mark(source: str) -> str:
    """
    Return the comment that names the source of a written file.

    Args:
        source: The pin file, or the file of another platform that `pinsmith convert` read. Only a pin file, whose name
            ends in ``.toml``, is the place to edit the pins.
    """
    advice = " Edit that file and run `pinsmith sync`." if source.endswith(".toml") else ""
    return f"The pins here are {MARK} {source}.{advice}"


def require_own(existing: str | None, file: str) -> None:
    """
    Refuse to overwrite a file that pinsmith did not write, if pinsmith replaces the whole file.

    Raises:
        FormatError: if pinsmith did not write the file.
    """
    if existing is not None and existing.strip() and MARK not in existing:
        raise FormatError("it was not written by pinsmith", file=file, hint="give the output a path of its own")
