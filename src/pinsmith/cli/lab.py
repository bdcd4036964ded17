"""
Prove with hostile servers whether a client really pins, whatever it is written in.

The servers listen on the loopback. Each of them is one situation that a client can meet, from the right key to a rogue
key that a trusted authority vouches for. The verdict depends on how the client ends, and on what the server received.
Nothing is installed, and only the client under test trusts the authorities of the lab.
"""

from __future__ import annotations

from typing import Final

from pinsmith.cli._command import LazyGroup

COMMANDS: Final[dict[str, str]] = {
    "run": "Run a client against every scenario, and judge it.",
    "serve": "Keep the servers of the lab up, for phones, emulators and manual tests.",
    "proxy": "Intercept an app's traffic, and report for each host whether the app pins it.",
    "list": "List the scenarios and their meaning.",
}

EXAMPLES: Final = (
    (
        "Judge curl's pinning:",
        "pinsmith lab run --profile leaf -- curl -sS -m 5 --pinnedpubkey {pins-curl} --cacert {cafile} {url}",
    ),
    ("List the scenarios:", "pinsmith lab list"),
)

lab = LazyGroup("lab", path="lab", summaries=COMMANDS, examples=EXAMPLES, help=__doc__)
