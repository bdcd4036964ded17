"""Write one pin file for all places, and find what `pinsmith sync` would say to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pinsmith import files, sync
from pinsmith.errors import FileError, PinsmithError
from pinsmith.importing.collect import PIN_FILE
from pinsmith.importing.merge import differences, merge
from pinsmith.limit import MAX_BYTES
from pinsmith.pinfile import PinFile
from pinsmith.pinfile._edit_outputs import OutputEdit
from pinsmith.pinfile._write import write_proven

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from pinsmith.importing.merge import Merged
    from pinsmith.pinfile import Output
    from pinsmith.policy import Policy


@dataclass(frozen=True, slots=True)
class NewPinFile:
    """
    The text of a pin file, not yet written.

    Attributes:
        text: All of it.
        content: The result of reading it.
        original: What the file held before; None if there was no file.
        merged: The changes; None if there was no file.
    """

    text: str
    content: PinFile
    original: bytes | None = None
    merged: Merged | None = None

    def save(self, path: Path) -> None:
        """
        Write it, all or nothing.

        Raises:
            FileError: If it cannot be written, or if the file was changed since it was read.
        """
        now = files.read(path, most_bytes=MAX_BYTES) if self.original is not None or path.exists() else None
        if now != self.original:
            raise FileError(
                f"{path} cannot be written: another program changed it meanwhile",
                path=str(path),
                hint="look at the file, then run the command again",
            )
        if self.text.encode() != self.original:
            files.write_atomically(path, self.text, exclusive=self.original is None)


def new_pin_file(policy: Policy, outputs: Sequence[Output]) -> NewPinFile:
    """
    Write *policy* and *outputs* as a new pin file.

    Raises:
        PolicyError: If a pin file cannot contain a value.
    """
    text = write_proven(policy, outputs)
    return NewPinFile(text, PinFile(policy, tuple(outputs)))


def merged_pin_file(path: Path, policy: Policy, outputs: Sequence[Output]) -> NewPinFile:
    """
    Change the pin file at *path* so that it has *policy*, and add *outputs*. Its comments stay.

    Raises:
        FileError: If it cannot be read.
        ParseError: If it is not a pin file.
        PolicyError: If it is not written in a way that can be changed in place.
    """
    edit = OutputEdit.load(path)
    found = differences(edit.result().policy, policy, PIN_FILE)
    merged = merge(edit, policy, found, "take")
    for output in outputs:
        edit.add_output(output)
    original, content = edit.contents()
    return NewPinFile(content.decode(), edit.result(), original, merged)


@dataclass(frozen=True, slots=True)
class Prospect:
    """
    The result of `prospect`.

    Attributes:
        changes: The files that `sync` would write.
        obstacles: The errors that keep it from writing, with the path of the output, or None for several outputs.
    """

    changes: tuple[str, ...]
    obstacles: tuple[tuple[str | None, PinsmithError], ...]


def prospect(pin_file: PinFile, path: Path, *, now: datetime) -> Prospect:
    """
    Find what `pinsmith sync` would do with a pin file, which need not be written yet. Nothing is written.

    Args:
        pin_file: The pin file.

        path: Where it is or will be.

        now: Aware.
    """
    changes: list[str] = []
    obstacles: list[tuple[str | None, PinsmithError]] = []
    sound: list[Output] = []
    for output in pin_file.outputs:
        try:
            compared = sync.compare(replace(pin_file, outputs=(output,)), path, now=now)
        except PinsmithError as error:
            obstacles.append((output.path, error))
            continue
        changes += [change.name for change in compared.needed]
        refused = list(sync.refusals(compared, sync.Consent()))
        obstacles += [(output.path, error) for error in refused]
        sound.append(output)
    try:
        sync.compare(replace(pin_file, outputs=tuple(sound)), path, now=now)
    except PinsmithError as error:
        obstacles.append((None, error))
    return Prospect(tuple(dict.fromkeys(changes)), tuple(obstacles))
