"""The output of an import of several files: the matrix of places and pins, and what is left to do."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from pinsmith import formats
from pinsmith.cli import _output
from pinsmith.importing.drift import short
from pinsmith.importing.merge import DEFAULTS, UNKNOWN, setting_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pinsmith.importing.adopt import NewPinFile, Prospect
    from pinsmith.importing.collect import Collected, Place
    from pinsmith.importing.drift import HostDrift, KeyRow, Numbers
    from pinsmith.importing.outputs import Outputs
    from pinsmith.importing.settle import Settled
    from pinsmith.policy import Policy

_MAX_HOSTS: Final = 40  # in full
_MAX_OBSTACLES: Final = 12
_MAX_NAMES: Final = 8  # in one line
_COLUMNS: Final = 10  # of places beside each other
_WIDTH: Final = 90  # characters of a line, ten less than fit, because notes have a prefix
_NAME: Final = 34  # characters of the name of a key


def note(*lines: str) -> None:
    """Print notes of one line each, because the name of a file may contain line ends."""
    _output.note(*(line.replace("\n", "\\n") for line in lines))


def matrix(places: Sequence[Place], drifts: Sequence[HostDrift]) -> Iterator[str]:
    """Yield the places, the hosts on which they differ, and counts of the others; at most 100 characters wide."""
    about = [f"{place.format_id}, {_count(len(place.policy.hosts), 'host')}" for place in places]
    width = min(max(len(place.name) for place in places), _WIDTH - 8 - max(map(len, about)))
    for number, (place, what) in enumerate(zip(places, about, strict=True), 1):
        name = place.name if len(place.name) <= width else f"...{place.name[3 - width :]}"
        yield f"{number:4}  {name:{width}}  {what}"
    differing = [found for found in drifts if found.differs]
    for found in differing[:_MAX_HOSTS]:
        yield ""
        yield from host_lines(found)
    if differing:
        yield ""
        yield "x: pins the key   -: lacks it   .: cannot express it"
    if differing[_MAX_HOSTS:]:
        yield f"{len(differing) - _MAX_HOSTS} more hosts differ; --json lists them"
    yield ""
    same = len([found for found in drifts if not found.differs and found.host != DEFAULTS])
    verb = "has" if same == 1 else "have"
    if same:
        yield f"{_count(same, 'host')} {verb} the same pins and settings in every place that pins {_it(same)}"
    lacking: dict[Numbers, list[str]] = {}
    for found in drifts:
        if found.lacks:
            lacking.setdefault(found.lacks, []).append(found.host)
    for numbers, hosts in lacking.items():
        yield from _wrapped(f"not pinned in {short(numbers)}: {_names(hosts)}")


def host_lines(found: HostDrift) -> Iterator[str]:
    """Yield the keys of a host, with a column for each place that pins it, and the settings that differ."""
    pinning = sorted({number for row in found.keys for number in (*row.has, *row.lacks)})
    for begin in range(0, max(len(pinning), 1), _COLUMNS):
        columns = pinning[begin : begin + _COLUMNS]
        head = found.host if len(found.host) <= _NAME + 24 else f"{found.host[: _NAME + 21]}..."
        yield f"{head:{_NAME + 24}}" + "".join(f"{number:3}" for number in columns)
        yield from (_row(row, columns) for row in found.keys)
    for row in found.settings:
        if row.values[1:]:
            parts = (
                f"{'; '.join(setting_lines(row.field, value)) or f'no {row.field}'} in {short(numbers)}"
                for value, numbers in row.values
            )
            yield from _wrapped("  " + "; ".join(parts))


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)


def _row(row: KeyRow, columns: Sequence[int]) -> str:
    name = row.key.name if len(row.key.name) <= _NAME else f"{row.key.name[: _NAME - 3]}..."
    marks = ("x" if number in row.has else "-" if number in row.lacks else "." for number in columns)
    return f"  {name:{_NAME}} {row.key.role:12} {row.key.pin.base64[:8]}" + "".join(f"{mark:>3}" for mark in marks)


def names_of(found: HostDrift, places: Sequence[Place]) -> Iterator[str]:
    """Yield the places that pin a host, with their numbers."""
    for number in found.has:
        yield f"{number:4}  {places[number - 1].name}"


def show_open(still_open: Sequence[HostDrift], places: Sequence[Place]) -> None:
    """Print which hosts nobody has decided, and how to decide."""
    numbers = sorted({number for found in still_open for number in found.has})
    _output.error(
        "import-differs",
        f"the places differ for {_names([found.host for found in still_open])}; nothing was changed",
        hint=f"--prefer {places[numbers[0] - 1].name} takes the pins and settings of that place, and may be repeated; "
        "--union keeps all pins, and of the settings the strictest",
    )


def show_saved(made: NewPinFile, into: Path) -> None:
    """Print what was written."""
    merged = made.merged
    if merged is None:
        note(f"wrote {into}")
        return
    if made.text.encode() == made.original:
        _output.success(f"{into} already has everything, so it is unchanged")
    else:
        changed = dict.fromkeys([*merged.added, *(difference.host for difference in merged.taken)])
        note(f"changed {into}: {_names(list(changed)) if changed else 'outputs or roles of keys'}")
    for name in merged.unused:
        _output.warning(f"no host in {into} uses the key {name} any longer; [keys.{name}] was kept, but may be deleted")


def show_collected(collected: Collected) -> None:
    """Print what was not read, and what a policy cannot hold."""
    for finding in dict.fromkeys(collected.notes):
        if finding.rule != "role-unknown":  # the places together may know it
            _output.warning(finding.summary)
    for name, error in collected.failures:
        text = str(error)
        _output.error(error.code, text if name in text else f"{name}: {text}", details=error.details, hint=error.hint)
    for name, why in collected.silent:
        note(f"{name} was left out: {why}")
    for name in collected.generated:
        note(f"{name} was left out: pinsmith generated it from a pin file")
    if collected.unread:
        number = f"{len(collected.unread)} files of code were" if collected.unread[1:] else f"{collected.unread[0]} was"
        _output.warning(f"{number} not read: install pinsmith[audit] to find pins in code")


def show_dropped(settled: Settled, places: Sequence[Place]) -> None:
    """Print every pin and setting that the new pin file does not have."""
    for lost in settled.dropped:
        names = _names([places[number - 1].name for number in lost.places])
        _output.warning(f"{lost.host}: {names} had {lost.text}; this is dropped")


def show_roles(policy: Policy) -> None:
    """Print which keys have no known role."""
    unknown = [key.name for key in policy.keys if key.role == UNKNOWN]
    if unknown:
        advice = "use --online or --role PIN=leaf, or run `pinsmith check --fix-roles` later"
        _output.warning(
            f"the roles (leaf, intermediate or root) of these keys are unknown: {_names(unknown)}: {advice}"
        )


def show_outputs(outputs: Outputs) -> None:
    """Print the places that `pinsmith sync` does not write, and what the new outputs pin."""
    if any("hosts" in output.options and formats.find(output.format).can.hosts == "many" for output in outputs.new):
        note("an output with `hosts` pins only the hosts that its file pinned before; delete that line to pin all")
    for place in outputs.by_hand:
        if place.instead is None:
            note(f"pins stay in {place.name} by hand: {place.reason}")
        else:
            note(
                f"pins stay in {place.name} by hand until you use the code of {place.instead}, "
                "which `pinsmith sync` writes beside it"
            )


def show_prospect(ahead: Prospect, path: Path) -> None:
    """Print what `pinsmith sync` would do with the new pin file."""
    for name, error in ahead.obstacles[:_MAX_OBSTACLES]:
        text = str(error)
        prefix = "`pinsmith sync` would stop: "
        _output.warning(f"{prefix}{text if name is None or name in text else f'{name}: {text}'}")
        for line in error.details:
            note(f"  {line}")
        if error.hint:
            note(f"  hint: {error.hint}")
    if ahead.obstacles[_MAX_OBSTACLES:]:
        note(f"`pinsmith sync` would stop at {len(ahead.obstacles) - _MAX_OBSTACLES} more outputs")
    if ahead.changes:
        note(f"`pinsmith sync` would write {_names(ahead.changes)}")
    elif not ahead.obstacles:
        _output.success(f"every output is up to date with {path}; `pinsmith sync` records that in pins.lock")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _it(number: int) -> str:
    return "it" if number == 1 else "them"


def _names(names: Sequence[str]) -> str:
    more = len(names) - _MAX_NAMES
    return ", ".join(names[:_MAX_NAMES]) + (f" and {more} more" if more > 0 else "")
