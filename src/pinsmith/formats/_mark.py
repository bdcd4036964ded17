"""The remark of a written file that says what made it."""

from __future__ import annotations

from typing import Final

from pinsmith.errors import FormatError

MARK: Final = "written by pinsmith from"
"""What a remark in each written file says, before the name of the pin file."""


def mark(source: str) -> str:
    """
    Say in a written file what made it.

    Args:
        source: The pin file, or the file of another platform that `pinsmith convert` read. Only a pin file, which ends
            in ``.toml``, is the place to edit the pins.
    """
    advice = " Edit that file and run `pinsmith sync`." if source.endswith(".toml") else ""
    return f"The pins here are {MARK} {source}.{advice}"


def require_own(existing: str | None, file: str) -> None:
    """
    Refuse to overwrite what pinsmith did not write, where a file belongs to it alone.

    Raises:
        FormatError: Somebody else wrote it.
    """
    if existing is not None and existing.strip() and MARK not in existing:
        raise FormatError("it was not written by pinsmith", file=file, hint="give the output a path of its own")
