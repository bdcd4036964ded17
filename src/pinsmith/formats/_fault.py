"""Turn faults of a syntax into errors that name the file."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pinsmith.errors import FormatError
from pinsmith.syntax.position import SyntaxFaultError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def in_file(file: str) -> Iterator[None]:
    """
    Let the block read or edit the text of *file*.

    Raises:
        FormatError: if the block raised a `SyntaxFaultError`.
    """
    try:
        yield
    except SyntaxFaultError as fault:
        raise FormatError(fault.problem, file=file, line=fault.line, column=fault.column, hint=fault.hint) from fault
