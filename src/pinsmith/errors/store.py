"""The error of trust stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.errors.base import PinsmithError
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence


class UnknownStoreError(PinsmithError, ValueError):
    """
    A text does not name a trust store.

    Attributes:
        id: The text.
    """

    code = "unknown-store"
    exit_code = ExitCode.USAGE

    def __init__(self, id: str, families: Sequence[str]) -> None:  # noqa: A002
        super().__init__(
            f"{id!r} is not a trust store",
            hint="name a platform and its version or day, such as android-9 or mozilla-2026-07-19; the platforms are "
            f"{', '.join(families)}",
        )
        self.id = id
