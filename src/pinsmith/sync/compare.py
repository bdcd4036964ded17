"""Compare the files of every output of a pin file with their correct content. Nothing is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pinsmith import formats
from pinsmith.checks import ending
from pinsmith.errors import ExportError, LossError
from pinsmith.errors.base import about
from pinsmith.formats import plan
from pinsmith.pinfile import PinFile
from pinsmith.sync import foreign, left_over, pinned, pins_lock
from pinsmith.sync.change import Change, Comparison
from pinsmith.sync.material import read_material
from pinsmith.sync.read import place_of, read_file, read_lock
from pinsmith.sync.render import render

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from pinsmith.finding import Finding
    from pinsmith.pinfile import Output
    from pinsmith.policy import Policy
    from pinsmith.sync.pinned import Pinned
    from pinsmith.sync.pins_lock import PinsLock
    from pinsmith.sync.read import File, Place
    from pinsmith.sync.render import Rendered


def compare(pin_file: PinFile, path: Path, *, outside: bool = False, now: datetime | None = None) -> Comparison:
    """
    Compare every output of a pin file with its correct content.

    Args:
        pin_file: The pin file, as it was read.

        path: Where it is; outputs are relative to its folder.

        outside:
            Whether outputs may lie outside the repository of the pin file, which is the nearest folder upward with a
            ``.git``, or without one the pin file's own folder.

        now: Aware; without it, it is not checked whether pins end.

    Raises:
        LossError: If a format cannot express all of the policy.
        ExportError:
            If an output cannot be made; it names the output. Or if there are files beside it of keys that are not
            pinned any more, because the platform may go on trusting them; it names them.
        FormatError: If a file to be edited is not understood.
        FileError: If a file cannot be read, or lies outside.
    """
    try:
        return _compare(pin_file, place_of(path, outside=outside), now)
    except LossError as error:
        ids = ", ".join(f'"{loss}"' for loss in dict.fromkeys(loss.rule for loss in error.losses))
        error.hint = f"if you accept what is lost, write accept-loss = [{ids}] into its [[output]]"
        raise


def compare_output(policy: Policy, output: Output, path: Path, *, now: datetime | None = None) -> Comparison:
    """
    Compare one output that the pin file does not name; it may be anywhere.

    Args:
        policy: The policy of the pin file.

        output: Relative to the folder of the pin file, or absolute.

        path: Where the pin file is.

        now: As for `compare`, which raises the same errors.
    """
    return _compare(PinFile(policy, (output,)), place_of(path, outside=True), now)


def _compare(pin_file: PinFile, place: Place, now: datetime | None) -> Comparison:
    recorded = read_lock(place)
    known = pins_lock.parse(recorded.content)
    changes: dict[Path, Change] = {}
    for output in pin_file.outputs:
        rendered = _rendered(pin_file.policy, output, place)
        for change in _changes(rendered, _ending(pin_file.policy, output, rendered, now), known):
            if change.path in changes:
                raise ExportError(f"two outputs write {change.name}", hint="give each output its own path")
            changes[change.path] = change
    left_over.require_none([*changes.values()])
    kept = {name: digest for name, digest in known.digests.items() if (place.path.parent / name).is_file()}
    lock = _lock_change(recorded, kept, changes.values())
    return Comparison(place.path, tuple(changes.values()), lock, known.problem)


def _rendered(policy: Policy, output: Output, place: Place) -> Rendered:
    """Read the present file, resolve the material, and render the files."""
    target = formats.find(output.format)
    file = read_file(place, output.path)
    with about(output.path, ExportError):
        planned = plan(policy, target, options=output.options, source=file.source)
        material = read_material(planned, place.path.parent)
        return render(planned, material, file, place)


def _ending(policy: Policy, output: Output, rendered: Rendered, now: datetime | None) -> tuple[Finding, ...]:
    if now is None or output.options.get("allow-ending") is True:
        return ()
    return ending.find(policy, rendered.hosts, now=now, lead_time=timedelta(days=output.lead_time))


def _changes(rendered: Rendered, soon: tuple[Finding, ...], known: PinsLock) -> Iterator[Change]:
    """Yield the change of the output, and then those of the files beside it."""
    output = rendered.files[0]
    for new, (before, after) in zip(rendered.files, _read(rendered), strict=True):
        is_own = before.digest() == known.digests.get(new.file.lock_name)
        yield Change(
            new.file,
            new.content,
            rendered.target.id,
            losses=rendered.losses if new is output else (),
            foreign=() if is_own else tuple(foreign.lost(before, after)),
            ending=soon if new is output else (),
            digest=after.digest() if output.file.is_shared or new.file.is_shared else "",
        )


def _read(rendered: Rendered) -> Iterator[tuple[Pinned, Pinned]]:
    """Yield the pins that every file has now, and those that it would have."""
    output, *beside = rendered.files
    old = [new.file.content for new in beside if new.file.content is not None]
    with about(output.file.name, ExportError):
        yield pinned.read_both(
            rendered.target, [*old, output.file.content or b""], [*(new.content for new in beside), output.content]
        )
    for new in beside:
        yield pinned.read_both_beside(new.file.name, new.file.content or b"", new.content)


def _lock_change(recorded: File, kept: Mapping[str, str], changes: Iterable[Change]) -> Change:
    """Return the change of pins.lock; *kept* does not have the files that no longer exist."""
    digests = dict(kept) | {change.file.lock_name: change.digest for change in changes if change.digest}
    if recorded.content is None and not digests:
        return Change(replace(recorded, content=b""), b"", "")
    return Change(recorded, pins_lock.write(digests), "")
