"""Only one command at a time changes a file. It first restores what a killed command left half done."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pinsmith.cli import _output

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def editing(path: Path) -> Iterator[None]:
    """
    Hold the lock of *path* while the block runs, and print what a killed command had left half done.

    Raises:
        LockedError: If another command is changing the file.
        FileError: If the changes of a killed command cannot be undone.
    """
    from pinsmith.files.transaction import editing as finished

    with finished(path) as leftovers:
        for leftover in leftovers:
            if leftover.was_put_back:
                _output.note(
                    f"an earlier command was killed while it wrote {leftover.path}: the old content is restored, "
                    "so run that command again"
                )
            else:
                _output.warning(
                    f"an earlier command was killed while it wrote {leftover.path}, and the file was changed since "
                    "then: it is left as it is, so compare it with `pinsmith sync --check`"
                )
        yield
