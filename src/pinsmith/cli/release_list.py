"""
List the releases, with the keys that each of them accepts.

The releases are in pins.releases.toml, beside the pin file. `check` compares those that have not ended with live hosts.
A share of users says on which day it was so, and how old it is after 90 days.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

import click

from pinsmith.cli import _clock, _output
from pinsmith.cli._command import Command
from pinsmith.cli._options import file_option, find_pin_file, format_option
from pinsmith.cli._output import Mark
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from pinsmith.cli._output import Line
    from pinsmith.release import Release

Output = Literal["text", "json"]
EXAMPLES: Final = (("List them:", "pinsmith release list"),)


@click.command("list", Command, help=__doc__, examples=EXAMPLES)
@file_option
@format_option(*get_args(Output))
def release_list(*, file: Path | None, output: Output) -> int:
    """Print the releases."""
    from pinsmith.documents.document import encode
    from pinsmith.documents.releases import releases_document
    from pinsmith.pinfile.releases import Releases

    releases = Releases.beside(find_pin_file(file))
    if output == "json":
        _output.document(encode(releases_document(releases.releases)))
        return ExitCode.OK
    now = _clock.now()
    _output.result(*(line for release in releases.releases for line in _lines(release, now)))
    if not releases.releases:
        _output.note(f"{releases.file} contains no release; `pinsmith release add APP VERSION` adds one")
    return ExitCode.OK


def _lines(release: Release, now: datetime) -> Iterator[Line]:
    from pinsmith.release import BY_HAND

    facts = [
        f"of {release.date}" if release.date else "",
        f"from {release.source}" if release.source else "",
        f"share from {release.share_source}" if release.share_source and release.share_source != BY_HAND else "",
        f"for {release.oldest.title} and later" if release.oldest else "",
        "reads signed updates" if release.updates else "",
        f"ended {release.ended}" if release.ended else "",
    ]
    alive = release.is_alive(now)
    yield [Mark(release.who_when(now), "good" if alive else "faint"), "".join(f", {fact}" for fact in facts if fact)]
    for entry in release.hosts if alive else ():
        until = f" until {entry.expires}" if entry.expires else ""
        what = f"{', '.join(entry.pins)}{until}" if entry.mode != "off" else "not pinned"
        yield f"  {entry.host}: {what}" + (" (report-only)" if entry.mode == "report-only" else "")
