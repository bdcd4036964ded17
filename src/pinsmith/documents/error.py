"""An error as a part of documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pinsmith.errors import PinsmithError


class ErrorOut(msgspec.Struct, frozen=True, kw_only=True):
    """Why something could not be read."""

    code: str
    message: str
    hint: str | None


def error_out(error: PinsmithError) -> ErrorOut:
    """Describe *error*."""
    return ErrorOut(code=error.code, message=str(error), hint=error.hint)
