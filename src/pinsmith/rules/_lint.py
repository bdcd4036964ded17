"""Apply the rules to files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pinsmith.finding import FilePlace, Finding
from pinsmith.repair import Repair
from pinsmith.rules._allow import accept
from pinsmith.rules._read import NO_HOST
from pinsmith.rules._rule import Persona

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pinsmith.rules._rule import AllowTable, Defect, PinnedFile, Rule, Spot

# Rules and notes of readers about the same settings.
_UNCHECKED: Final = frozenset({"certificate-check-off", "pins-without-chain-check", "pins-without-name-check"})
_UNCHECKED_NOTES: Final = frozenset({"chain-unchecked", "pinning-off"})


def lint(
    files: Sequence[PinnedFile],
    rules: Iterable[Rule],
    *,
    persona: Persona = Persona.REGULAR,
    allowed: Sequence[AllowTable] = (),
    more: Iterable[Finding] = (),
) -> list[Finding]:
    """
    Apply rules to files, and return what they and the readers found, by place.

    Args:
        files: From `pinsmith.rules.read`. They are compared with each other.

        rules: The rules.

        persona: The reader of the findings; rules for later personas are not applied.

        allowed: Tables of a pin file that is not among the files.

        more: Other findings about the files, such as those of live hosts.
    """
    found = [*(note for file in files for note in file.notes), *more]
    named = {file.file: file for file in files}
    for rule in rules:
        if rule.persona <= persona:
            found += [_finding(rule, defect, named) for defect in _defects(rule, files)]
            found += _in_code(rule, files)
    accepted = accept(dict.fromkeys(found), files, allowed)
    return sorted((_of_source(finding, named) for finding in accepted), key=_order)


def _defects(rule: Rule, files: Sequence[PinnedFile]) -> Iterator[Defect]:
    if rule.check is not None:
        for file in files:
            yield from rule.check(file)
    if rule.compare is not None:
        yield from rule.compare(files)


def _without_notes(file: PinnedFile) -> tuple[tuple[str, Spot], ...]:
    """Leave out the place of each setting that a reader has a note about, because the note also names the host."""
    lines, spots = file.text.split("\n"), file.spots
    for note in file.notes:
        if note.rule in _UNCHECKED_NOTES and isinstance(note.place, FilePlace):
            setting, line = note.message.partition(" ")[0], note.place.line or 0
            about = [
                one for one in spots if one[0] in _UNCHECKED and setting in "".join(lines[one[1].at.line - 1 :][:1])
            ]
            nearest = min(about, key=lambda one: abs(one[1].at.line - line), default=None)
            spots = tuple(one for one in spots if one is not nearest)
    return spots


def _in_code(rule: Rule, files: Iterable[PinnedFile]) -> Iterator[Finding]:
    for file in files:
        for found_by, spot in _without_notes(file) if rule.id in _UNCHECKED else file.spots:
            if found_by == rule.id:
                place = FilePlace(file.file, spot.at.line, spot.at.column)
                yield Finding(rule.id, rule.severity, place, spot.message, spot.fix or rule.fix)


def _of_source(finding: Finding, files: Mapping[str, PinnedFile]) -> Finding:
    """Take the repair from a finding in a file that `pinsmith sync` would write again, and say what to do instead."""
    place = finding.place
    file = files.get(place.file) if isinstance(place, FilePlace) else None
    if finding.repair is None or file is None or not file.source:
        return finding
    return replace(finding, fix=f"change {file.source}, and run `pinsmith sync`, which writes this file", repair=None)


def _finding(rule: Rule, defect: Defect, files: Mapping[str, PinnedFile]) -> Finding:
    host, text = defect.site.entry.host, files[defect.site.place.file].text
    is_named = host != NO_HOST
    fix = defect.fix or rule.fix
    return Finding(
        rule.id,
        rule.severity,
        defect.site.place,
        f"{host}: {defect.message}" if is_named else defect.message,
        fix.replace("HOST", host) if is_named else fix,
        host=host if is_named else None,
        pin=None if defect.pin is None else str(defect.pin),
        repair=Repair(rule.repair, defect.repair, text) if rule.repair and defect.repair and text else None,
        cohorts=defect.cohorts,
    )


def _order(finding: Finding) -> tuple[str, int, int, str, str]:
    place = finding.place
    if isinstance(place, FilePlace):
        return place.file, place.line or 0, place.column or 0, finding.rule, finding.message
    return "", 0, 0, finding.rule, finding.message
