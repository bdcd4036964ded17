"""Compare the files of every output of a pin file with their correct content. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from pinsmith.finding import Finding
    from pinsmith.formats import Format
    from pinsmith.pinfile import Output
    from pinsmith.policy import Policy
    from pinsmith.sync.pinned import Pinned
    from pinsmith.sync.pins_lock import PinsLock
    from pinsmith.sync.read import File, Place
    from pinsmith.sync.render import Rendered
    from pinsmith.sync.signing import Opener


def compare(
    pin_file: PinFile,
    path: Path,
    *,
    outside: bool = False,
    now: datetime | None = None,
    opener: Opener | None = None,
) -> Comparison:
    """
    Compare every output of a pin file with its correct content.

    Args:
        pin_file: The pin file, as it was read.

        path: Where it is; outputs are relative to its folder.

        outside:
            Whether outputs may lie outside the repository of the pin file, which is the nearest folder upward with a
            ``.git``, or without one the pin file's own folder.

        now: Aware; without it, it is not checked whether pins end, and some signed formats cannot be written.

        opener: Opens a private key of which an output names only the public key; without it, nothing is signed by it.

    Raises:
        LossError: If a format cannot express all of the policy.
        ExportError:
            If an output cannot be made; it names the output. Or if there are files beside it of keys that are not
            pinned any more, because the platform may go on trusting them; it names them.
        FormatError: If a file to be edited is not understood.
        FileError: If a file cannot be read, or lies outside.
    """
    try:
        return _compare(pin_file, place_of(path, outside=outside), now, opener)
    except LossError as error:
        ids = ", ".join(f'"{loss}"' for loss in dict.fromkeys(loss.rule for loss in error.losses))
        error.hint = f"if you accept what is lost, write accept-loss = [{ids}] into its [[output]]"
        raise


def compare_output(
    policy: Policy, output: Output, path: Path, *, now: datetime | None = None, opener: Opener | None = None
) -> Comparison:
    """
    Compare one output that the pin file does not name; it may be anywhere.

    Args:
        policy: The policy of the pin file.

        output: Relative to the folder of the pin file, or absolute.

        path: Where the pin file is.

        now: As for `compare`, which raises the same errors.

        opener: As there.
    """
    return _compare(PinFile(policy, (output,)), place_of(path, outside=True), now, opener)


def _compare(pin_file: PinFile, place: Place, now: datetime | None, opener: Opener | None) -> Comparison:
    recorded = read_lock(place)
    known = pins_lock.parse(recorded.content)
    changes: list[Change] = []
    drafts: dict[Path, list[_Draft]] = {}
    for output in pin_file.outputs:
        draft = _draft(pin_file.policy, output, place, drafts, (now, opener))
        rendered = draft.render(draft.file)
        _require_room(draft, rendered, drafts)
        for new in rendered.files:
            drafts.setdefault(new.file.path, []).append(replace(draft, content=new.content))
        changes += _changes(rendered, _ending(pin_file.policy, output, rendered, now), known)
    changes = [_as_left(change, drafts[change.path]) for change in changes]
    left_over.require_none(changes)
    kept = {name: digest for name, digest in known.digests.items() if _is_there(place.path.parent / name)}
    lock = _lock_change(recorded, kept, changes)
    return Comparison(place.path, tuple(changes), lock, known.problem)


@dataclass(frozen=True, slots=True)
class _Draft:
    """An output that can be rendered on any content of its file, and the content that it has made of it."""

    target: Format
    file: File
    render: Callable[[File], Rendered]
    content: bytes = b""


def _draft(
    policy: Policy,
    output: Output,
    place: Place,
    drafts: Mapping[Path, Sequence[_Draft]],
    signing: tuple[datetime | None, Opener | None],
) -> _Draft:
    """Read the present file, or take what an earlier output has made of it, and resolve the material."""
    now, opener = signing
    target = formats.find(output.format)
    file = read_file(place, output.path)
    if earlier := drafts.get(file.path):
        lock_name = f"{file.lock_name}{pins_lock.PART}{target.id}"
        file = replace(file, content=earlier[-1].content, lock_name=lock_name)
    with about(output.path, ExportError):
        planned = plan(policy, target, options=output.options, source=file.source)
        material = read_material(planned, place.path.parent, opener)

    def on(file: File) -> Rendered:
        with about(output.path, ExportError):
            return render(planned, material, file, place, now)

    return _Draft(target, file, on)


def _require_room(draft: _Draft, rendered: Rendered, drafts: Mapping[Path, Sequence[_Draft]]) -> None:
    """Raise if an earlier output writes one of the files, unless both write other parts of it."""
    output, *beside = rendered.files
    taken = next((new.file.name for new in beside if new.file.path in drafts), None)
    for earlier in drafts.get(output.file.path, ()):
        # Each of them has to leave what the other wrote.
        again = replace(earlier.file, content=output.content)
        if earlier.target == draft.target or earlier.render(again).files[0].content != output.content:
            taken = output.file.name
    if taken is not None:
        raise ExportError(f"two outputs write {taken}", hint="give each output its own path")


def _as_left(change: Change, drafts: Sequence[_Draft]) -> Change:
    """Record the pins of a file as the last of its outputs leaves them, because some formats cannot tell their part."""
    last = drafts[-1].content
    if change.after == last or not change.digest:
        return change
    target = formats.find(change.format)
    return replace(change, digest=pinned.read_both(target, [last], [last])[1].digest())


def _is_there(path: Path) -> bool:
    return path.is_file() or path.with_name(path.name.partition(pins_lock.PART)[0]).is_file()


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
