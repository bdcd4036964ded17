"""Plan the change of a host to its next key, and verify the journal of keys."""

from __future__ import annotations

from typing import Final

from pinsmith.cli._command import LazyGroup

COMMANDS: Final[dict[str, str]] = {
    "plan": "Plan the change of a host to its next key, backwards from the end of the certificate in service.",
    "log": "Print the journal of what was done with keys, and verify it.",
}

EXAMPLES: Final = (
    ("Plan the next rotation of a host:", "pinsmith rotate plan api.example.com"),
    ("Print what was done with keys:", "pinsmith rotate log"),
)

rotate = LazyGroup("rotate", path="rotate", summaries=COMMANDS, examples=EXAMPLES, help=__doc__)
