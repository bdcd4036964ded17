"""
Record which pins each shipped version of an app has, so that `check` covers old versions too.

An app keeps the pins that it was built with until its users update. `check` compares every release that has not
ended with the live hosts, and fails if its users would be locked out. The releases are in pins.releases.toml, beside
pins.toml: commit that file.
"""

from __future__ import annotations

from typing import Final

from pinsmith.cli._command import LazyGroup

COMMANDS: Final[dict[str, str]] = {
    "add": "Record a release, with the pins that it was built with.",
    "share": "Record how many users have each release, from a file.",
    "list": "List the releases, with the keys that each of them accepts.",
    "end": "Stop checking a release, because nobody uses it any more.",
}

EXAMPLES: Final = (
    ("Record the release that is built from pins.toml now:", "pinsmith release add android 4.2"),
    ("List the recorded releases:", "pinsmith release list"),
)

release = LazyGroup("release", path="release", summaries=COMMANDS, examples=EXAMPLES, help=__doc__)
