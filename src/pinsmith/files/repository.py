"""Where a repository begins, because private keys must not lie in one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinsmith.files import PathLike


def work_tree_of(path: PathLike) -> Path | None:
    """Return the nearest folder with a ``.git``, from *path* itself upward; None if there is none."""
    place = Path(path).resolve()
    return next((folder for folder in (place, *place.parents) if (folder / ".git").exists()), None)
