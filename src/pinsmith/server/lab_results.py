"""Results of the lab that the settings name: documents of ``pinsmith lab run --format json``, read with limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from pinsmith import files
from pinsmith.documents.lab_run import RunDocument
from pinsmith.documents.moment import moment_text
from pinsmith.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MAX_BYTES: Final = 1024 * 1024
MAX_SCENARIOS: Final = 1000


@dataclass(frozen=True, slots=True)
class LabResult:
    """
    The result of one run.

    Attributes:
        name: The name of the file without its ending, which stands for the client.
        path: The file.
        written: When the file was written last, as RFC 3339; empty if that is not known.
        run: The document; None if it cannot be used.
        problem: Why it cannot be used; empty if it can.
    """

    name: str
    path: Path
    written: str = ""
    run: RunDocument | None = None
    problem: str = ""


def read_results(paths: Iterable[Path]) -> list[LabResult]:
    """Read results. A file that cannot be used becomes a result with a problem."""
    return [_read(path) for path in paths]


def _read(path: Path) -> LabResult:
    try:
        # A pipe would be waited for.
        if path.exists() and not path.is_file():
            return LabResult(path.stem, path, problem="it is not a file")
        content = files.read(path, most_bytes=MAX_BYTES, missing_hint=None)
        written = moment_text(datetime.fromtimestamp(path.stat().st_mtime, UTC))
    except (FileError, OSError) as error:
        return LabResult(path.stem, path, problem=str(error))
    try:
        run = msgspec.json.decode(content, type=RunDocument)
    except (msgspec.DecodeError, RecursionError) as error:
        problem = f"it is not a result of `pinsmith lab run --format json`: {error}"
        return LabResult(path.stem, path, written, problem=problem)
    if run.version != 1:
        return LabResult(path.stem, path, written, problem=f"it has version {run.version}, but this release reads 1")
    if len(run.scenarios) > MAX_SCENARIOS:
        return LabResult(path.stem, path, written, problem=f"it has more than {MAX_SCENARIOS} scenarios")
    return LabResult(path.stem, path, written, run)
