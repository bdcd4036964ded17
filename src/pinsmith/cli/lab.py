"""
Prove with hostile servers whether a client really pins, whatever it is written in.

The servers stand on the loopback. Each is one situation a client can meet, from the right key to a rogue that every
authority vouches for; the verdict rests on how the client ends, and on what the server read. Nothing is installed, and
no authority of the lab is trusted by anything but the client that is tried.
"""

from __future__ import annotations

from typing import Final

from pinsmith.cli._command import LazyGroup

COMMANDS: Final[dict[str, str]] = {
    "run": "Run a client against every scenario, and judge it.",
    "serve": "Keep the servers of the lab up, for phones, emulators and manual work.",
    "proxy": "Intercept an app's traffic, and tell for each host whether the app pins.",
    "list": "List the scenarios, and what each stands for.",
}

EXAMPLES: Final = (
    (
        "Judge curl's pinning:",
        "pinsmith lab run -- curl -sS --pinnedpubkey {pins-curl} --cacert {cafile} {url}",
    ),
    ("See what is tried:", "pinsmith lab list"),
)

lab = LazyGroup("lab", path="lab", summaries=COMMANDS, examples=EXAMPLES, help=__doc__)
