"""Change a host to its next key, step by step, so that no user is locked out."""

from __future__ import annotations

from typing import Final

from pinsmith.cli._command import LazyGroup

COMMANDS: Final[dict[str, str]] = {
    "plan": "Plan a rotation: the moves of `pinsmith rotate next`, with the last day for each of them.",
    "next": "Make the next move of a rotation, or say which guard stops it and how to satisfy it.",
    "status": "Show the open rotations, and the guards of their next moves.",
    "request": "Print a script that orders a certificate for a key, and deploys it unless it locks users out.",
    "deploy": "Check a new certificate, put it where the server reads it, and reload the server.",
    "abort": "End the open rotation of a host, and keep the old keys.",
    "log": "Print the journal of what was done with keys, and verify it.",
}

EXAMPLES: Final = (
    ("Plan the next rotation of a host:", "pinsmith rotate plan api.example.com"),
    ("Make the next move, if it is safe:", "pinsmith rotate next api.example.com"),
    ("Print what was done with keys:", "pinsmith rotate log"),
)

rotate = LazyGroup("rotate", path="rotate", summaries=COMMANDS, examples=EXAMPLES, help=__doc__)
