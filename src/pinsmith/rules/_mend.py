"""Make the repairs that findings carry, in memory, and refuse those that make a file worse."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from pinsmith.errors import PinsmithError
from pinsmith.finding import FilePlace
from pinsmith.syntax.edit import apply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pinsmith.finding import Finding
    from pinsmith.rules._rule import PinnedFile
    from pinsmith.syntax.edit import Splice

MAX_PASSES: Final = 10


class Mended(NamedTuple):
    """
    Files after their repair.

    Attributes:
        files: All files, in their order. Those that were changed have another text, and none was written.
        fixed: The findings that were repaired.
        refused: Why the repairs of a file are not made, by its name.
    """

    files: list[PinnedFile]
    fixed: list[Finding]
    refused: dict[str, str]


def mend(
    files: Iterable[PinnedFile],
    report: Callable[[list[PinnedFile]], Sequence[Finding]],
    read: Callable[[PinnedFile, str], PinnedFile],
    *,
    unsafe: bool,
) -> Mended:
    """
    Repair files, until nothing is left to repair.

    Of two repairs that change the same characters, the first is made. The other one is made in the next pass, if its
    finding is still there.

    Args:
        files: The files. They are not changed.

        report: Returns the findings about files. Only findings that it returns are repaired.

        read: Reads a file with another text.

        unsafe: Whether unsafe repairs are made too.
    """
    now = {file.file: file for file in files}
    fixed: list[Finding] = []
    refused: dict[str, str] = {}
    for _ in range(MAX_PASSES):
        findings = report([*now.values()])
        chosen = _chosen(findings, now, unsafe=unsafe)
        changed = False
        for name, (made, splices) in chosen.items():
            if name in refused:
                continue
            before = now[name]
            try:
                after = read(before, apply(before.text, splices))
            except PinsmithError as error:
                refused[name] = f"it could not be read any more: {error}"
                continue
            alone = report([before])
            if {*map(_identity, made)} <= {*map(_identity, alone)}:
                problem = _worse(alone, report([after]), made)
            else:  # a finding about several files
                others = [after if file is before else file for file in now.values()]
                problem = _worse(findings, report(others), made)
            if problem:
                refused[name] = problem
                continue
            now[name], changed = after, True
            fixed += made
        if not changed:
            break
    return Mended([*now.values()], fixed, refused)


def _chosen(
    findings: Iterable[Finding], files: Mapping[str, PinnedFile], *, unsafe: bool
) -> dict[str, tuple[list[Finding], list[Splice]]]:
    """Choose the repairs of each file that do not overlap, the first of each group; the edits are sorted."""
    chosen: dict[str, tuple[list[Finding], list[Splice]]] = {}
    for finding in findings:
        repair, place = finding.repair, finding.place
        if repair is None or not isinstance(place, FilePlace) or place.file not in files:
            continue
        if not repair.edits or repair.text != files[place.file].text:
            continue
        if repair.applicability == "unsafe" and not unsafe:
            continue
        made, splices = chosen.setdefault(place.file, ([], []))
        if all(_fits(edit, splices) for edit in repair.edits):
            made.append(finding)
            for edit in repair.edits:
                if not _is_among(edit, splices):
                    insort(splices, edit, key=_order)
    return chosen


def _order(edit: Splice) -> tuple[int, int]:
    return edit.start, edit.end


def _is_among(edit: Splice, sorted_edits: Sequence[Splice]) -> bool:
    at = bisect_left(sorted_edits, _order(edit), key=_order)
    return sorted_edits[at : at + 1] == [edit]


def _fits(edit: Splice, sorted_edits: Sequence[Splice]) -> bool:
    """Say whether an edit is among others, or overlaps none of them; two insertions at one place overlap."""
    at = bisect_left(sorted_edits, _order(edit), key=_order)
    if sorted_edits[at : at + 1] == [edit]:
        return True
    is_after = at == 0 or (sorted_edits[at - 1].end <= edit.start and sorted_edits[at - 1].start < edit.start)
    is_before = at == len(sorted_edits) or (edit.end <= sorted_edits[at].start and edit.start < sorted_edits[at].start)
    return is_after and is_before


def _worse(before: Iterable[Finding], after: Sequence[Finding], made: Iterable[Finding]) -> str | None:
    """Return why a file must not be changed; None if the repaired findings are gone, and no worse one is new."""
    old, new = (Counter(map(_identity, findings)) for findings in (before, after))
    worst = max(finding.severity for finding in made)
    for finding in made:
        if new[_identity(finding)] >= old[_identity(finding)]:
            return f"it would still have this finding: {finding}"
    for finding in after:
        if finding.severity > worst and new[_identity(finding)] > old[_identity(finding)]:
            return f"it would have another finding: {finding}"
    return None


def _identity(finding: Finding) -> tuple[str, str | None, str | None, str]:
    """Return what identifies a finding whose line may change."""
    return finding.rule, finding.host, finding.pin, finding.message
