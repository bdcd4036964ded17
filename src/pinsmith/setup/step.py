"""What people have to do for an output, besides what pinsmith looks after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith import formats
from pinsmith.setup.wiring import WIRES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pinsmith.formats._guide import Addition
    from pinsmith.pinfile import Output


def steps(outputs: Iterable[Output]) -> Iterator[Addition]:
    """Yield the lines to add elsewhere for these outputs, each once; those that a wire checks are left out."""
    seen: set[tuple[str, str]] = set()
    for output in outputs:
        covered = {file for wire in WIRES if output.format in wire.formats for file in wire.covers}
        for addition in formats.find(output.format).additions:
            key = addition.file, addition.text
            if addition.file not in covered and key not in seen:
                seen.add(key)
                yield addition
