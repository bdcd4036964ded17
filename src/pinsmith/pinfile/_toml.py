"""Reading of TOML with errors that name the pin file."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pinsmith.errors import ParseError
from pinsmith.syntax.position import SyntaxFaultError
from pinsmith.syntax.toml import decode_toml, parse_toml as parse_text

if TYPE_CHECKING:
    from collections.abc import Iterator


def decode(content: bytes, *, file: str) -> str:
    """
    Decode the bytes of a pin file, without a byte order mark.

    Raises:
        ParseError: If it is not UTF-8.
    """
    with _in_file(file):
        return decode_toml(content)


def parse_toml(text: str, *, file: str) -> dict[str, Any]:
    """
    Read the tables of a pin file.

    Raises:
        ParseError: If it is not TOML, or it is larger or more deeply nested than any pin file.
    """
    if not text.strip():
        raise ParseError("the file is empty", file=file, hint="delete it, and create one with `pinsmith init HOST`")
    with _in_file(file):
        return parse_text(text)


@contextmanager
def _in_file(file: str) -> Iterator[None]:
    try:
        yield
    except SyntaxFaultError as fault:
        raise ParseError(
            fault.problem, file=file, line=fault.line, column=fault.column, key_path=fault.path, hint=fault.hint
        ) from fault
