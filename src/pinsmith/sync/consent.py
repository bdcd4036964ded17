"""Changes that need the user's consent: those that would lose pins of others, and pins that end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinsmith import formats
from pinsmith.errors import EndingPinsError, ForeignPinsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.errors import ExportError
    from pinsmith.sync.change import Change, Comparison


@dataclass(frozen=True, slots=True)
class Consent:
    """
    The changes to which the user agrees.

    Attributes:
        drop_foreign: Whether files may lose pinning that pinsmith did not write.
        allow_ending: Whether pins that end may be written.
    """

    drop_foreign: bool = False
    allow_ending: bool = False


def refusals(comparison: Comparison, consent: Consent) -> Iterator[ExportError]:
    """
    Yield an error for each kind of consent that is missing; nothing is raised.

    Args:
        comparison: The changes that would be written.

        consent: The user's consent.
    """
    lost = {change.name: change.foreign for change in comparison.changes if change.foreign}
    if lost and not consent.drop_foreign:
        first = next(change for change in comparison.changes if change.foreign)
        source = str(comparison.path)
        yield ForeignPinsError(lost, source=source, hint=_way_to_keep(first, source))
    soon = [change for change in comparison.changes if change.ending]
    if soon and not consent.allow_ending:
        found = dict.fromkeys(ending for change in soon for ending in change.ending)
        yield EndingPinsError(", ".join(change.name for change in soon), list(found))


def require_consent(comparison: Comparison, consent: Consent) -> None:
    """
    Raise the first of `refusals`.

    Raises:
        ForeignPinsError: If a file would lose pinning that pinsmith did not write.
        EndingPinsError: If pins that would be written end.
    """
    for refusal in refusals(comparison, consent):
        raise refusal


def _way_to_keep(change: Change, source: str) -> str:
    drop = "drop all of it with --drop-foreign"
    if formats.find(change.format).read is None:
        return f"keep the pins with `pinsmith add`, or {drop}"
    whose = " --host HOST" if any(found.pin and not found.host for found in change.foreign) else ""
    return f"keep it with `pinsmith import {change.name} --from {change.format}{whose} --into {source}`, or {drop}"
