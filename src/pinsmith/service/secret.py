"""Secrets that the settings name, and never contain."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from pinsmith.files import read

if TYPE_CHECKING:
    from pathlib import Path

_MAX_SECRET_BYTES: Final = 16 * 1024

Text = Annotated[str, msgspec.Meta(min_length=1)]


class Secret(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """
    Where a secret is.

    Attributes:
        file: A file that contains nothing else; white space around it is ignored.
        env: A variable of the environment.
    """

    file: Text | None = None
    env: Text | None = None

    def reveal(self, folder: Path) -> str:
        """
        Return the secret.

        Raises:
            ValueError: If it is not there, or if not exactly one place is named.
        """
        if (self.file is None) == (self.env is None):
            raise ValueError("name either a file or a variable of the environment")
        if self.env is not None:
            value = os.environ.get(self.env, "")
            where = f"the variable {self.env}"
        else:
            value = read(folder / str(self.file), most_bytes=_MAX_SECRET_BYTES).decode()
            where = f"the file {self.file}"
        if not value.strip():
            raise ValueError(f"{where} contains nothing")
        return value.strip()
