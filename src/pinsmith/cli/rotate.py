"""Look after the move of a host from one key to the next."""

from __future__ import annotations

from typing import Final

from pinsmith.cli._command import LazyGroup

COMMANDS: Final[dict[str, str]] = {
    "log": "Print the journal of what was done with keys, and verify it.",
}

EXAMPLES: Final = (("See what was done with keys:", "pinsmith rotate log"),)

rotate = LazyGroup("rotate", path="rotate", summaries=COMMANDS, examples=EXAMPLES, help=__doc__)
