"""Lines that people add elsewhere for an output, besides those that pinsmith looks after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith import formats
from pinsmith.formats._guide import Addition
from pinsmith.setup.wiring import WIRES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pinsmith.pinfile import Output

_SHELL: Final = "shell"


def steps(outputs: Iterable[Output]) -> Iterator[Addition]:
    """Yield the lines for these outputs, without those that a wire checks. The commands are one step, each once."""
    texts: dict[tuple[str, str], Addition] = {}
    commands: dict[str, None] = {}
    for output in outputs:
        covered = {file for wire in WIRES if output.format in wire.formats for file in wire.covers}
        for addition in formats.find(output.format).additions:
            if addition.file == _SHELL:
                commands |= dict.fromkeys(addition.text.strip("\n").split("\n"))
            elif addition.file not in covered:
                texts[addition.file, addition.text] = addition
    if commands:
        yield Addition(_SHELL, "\n".join(commands))
    yield from texts.values()
