"""What a comparison found, as findings for CI and for programs."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from pinsmith.errors import EndingPinsError, ForeignPinsError
from pinsmith.finding import FilePlace, Finding, Severity
from pinsmith.sync.consent import refusals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.sync.change import Change, Comparison
    from pinsmith.sync.consent import Consent

_FIX: Final = "run `pinsmith sync`; to change pins, edit the pin file and not this file"


def findings(comparison: Comparison, consent: Consent) -> Iterator[Finding]:
    """
    Yield a finding for each file that is out of date and for everything that keeps it from being written.

    Those with the severity ``HIGH`` make ``sync --check`` fail; a pins.lock that is out of date does not.

    Args:
        comparison: The comparison.

        consent: The user's consent.
    """
    for change in comparison.needed:
        yield Finding("out-of-sync", Severity.HIGH, _place(comparison, change), _difference(comparison, change), _FIX)
    for error in refusals(comparison, consent):
        if isinstance(error, ForeignPinsError):
            for name, found in error.foreign.items():
                place = FilePlace(_path(comparison, name))
                message = f"it contains pinning that is not in {comparison.path} and would be lost"
                yield Finding(error.code, Severity.HIGH, place, f"{message} ({'; '.join(map(str, found))})", error.hint)
        elif isinstance(error, EndingPinsError):
            for ending in error.ending:
                yield Finding(ending.rule, Severity.HIGH, ending.place, ending.message, error.hint)
    lock = comparison.lock
    if comparison.lock_problem or (lock.is_needed and not comparison.needed):
        problem = comparison.lock_problem or "does not record these pins"
        fix = f"run `pinsmith sync`, and commit {lock.name}"
        yield Finding(
            "lock-out-of-date", Severity.MEDIUM, FilePlace(_path(comparison, lock.name)), f"it {problem}", fix
        )


def _path(comparison: Comparison, name: str) -> str:
    return str(comparison.path.parent / name)


def _place(comparison: Comparison, change: Change) -> FilePlace:
    """Return the first line that differs, in the file as it is."""
    path = _path(comparison, change.name)
    if not change.before:
        return FilePlace(path)
    lines = zip_longest(change.before.splitlines(keepends=True), change.after.splitlines(keepends=True))
    first = next(number for number, (old, new) in enumerate(lines, 1) if old != new)
    return FilePlace(path, min(first, len(change.before.splitlines())))


def _difference(comparison: Comparison, change: Change) -> str:
    if change.before is None:
        return f"it does not exist, but {comparison.path} demands it ({change.format})"
    return f"it is not up to date with {comparison.path} ({change.format})"
