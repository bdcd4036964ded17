"""
Record how many users have each release, from a file.

The file is CSV with the header `app,version,share`, or a JSON list of objects with these names. A share is a percentage
of all users of the app. Make the file from the statistics of a store, or of your own server. Name the app with --app if
the file has no column for it. Other columns are ignored.

`release share` changes all shares of the file, or none if the file has a fault. It warns of versions that have users,
but are not recorded: nobody knows their pins, so `check` cannot protect them.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _clock, _output
from pinsmith.cli._command import PATH, Command, argument
from pinsmith.cli._editing import editing
from pinsmith.cli._files import read_bytes
from pinsmith.cli._options import file_option, find_pin_file
from pinsmith.errors import PolicyError, UsageError
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from pinsmith.importing.shares import VersionShare
    from pinsmith.release import Release

EXAMPLES: Final = (
    ("Set the shares of a file:", "pinsmith release share shares.csv"),
    ("Show what would change:", "pinsmith release share shares.csv --dry-run"),
    (
        "Read a file of one app that does not name it:",
        "pinsmith release share play.csv --app android --date 2026-05-01",
    ),
)


@click.command("share", Command, help=__doc__, examples=EXAMPLES)
@argument("source", metavar="SHARES", type=PATH, help="The file; - for standard input.")
@file_option
@click.option("--app", metavar="NAME", help="The app of every row, if the file has no column for it.")
@click.option(
    "--date",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The day of the shares, such as 2026-05-01; today by default.",
)
@click.option("--dry-run", is_flag=True, help="Show what would change, and write nothing.")
def release_share(*, source: Path, file: Path | None, app: str | None, day: datetime | None, dry_run: bool) -> int:
    """Read the shares, and set them."""
    from pinsmith.importing.shares import MAX_BYTES, read_shares
    from pinsmith.pinfile.releases import Releases
    from pinsmith.syntax.text import one_line

    today = _clock.now().date()
    measured = day.date() if day else today
    if measured > today:
        raise UsageError(f"{measured} is in the future", hint="name the day on which the shares were counted")
    path = find_pin_file(file)
    name = "standard input" if str(source) == "-" else one_line(source.name)
    shares = read_shares(read_bytes(source, most=MAX_BYTES), file=name if name != source.name else str(source), app=app)
    with editing(path):
        releases = Releases.beside(path)
        recorded = {(release.app, release.version) for release in releases.releases}
        known = {
            (share.app, share.version): share.percent for share in shares if (share.app, share.version) in recorded
        }
        if not known:
            raise PolicyError(
                f"{name} names no release of {releases.file}",
                hint="write apps and versions as `pinsmith release list` shows them",
            )
        changes = releases.set_shares(known, day=measured, source=name)
        if not dry_run:
            releases.save()
    _output.result(*(f"{after}: {_text(before)} -> {_text(after)}" for before, after in changes))
    for before, after in changes:
        if before.share_date is not None and before.share_date > measured:
            _output.warning(f"the share of {after} is older than the one that it replaces: set the newer one again")
    _warn(shares, releases.releases, [after for _, after in changes])
    count = f"{len(changes)} release{'s' if len(changes) > 1 else ''}"
    if dry_run:
        _output.note(f"this is a dry run: the shares of {count} would be written to {releases.file}")
    else:
        _output.success(f"the shares of {count} on {measured} are recorded in {releases.file}")
    return ExitCode.OK


def _text(release: Release) -> str:
    if release.share is None:
        return "unknown"
    return f"{release.share:g}% of users" + (f" on {release.share_date}" if release.share_date else "")


def _warn(shares: list[VersionShare], recorded: Iterable[Release], changed: Iterable[Release]) -> None:
    """Say which versions are only in one of both files, and which users no check asks about."""
    names = {(release.app, release.version) for release in recorded}
    add = "pinsmith release add"
    for share in shares:
        if (share.app, share.version) not in names and share.percent:
            _output.warning(
                f"{share.app} {share.version} has {share.percent:g}% of users, but is not recorded, so nobody knows "
                f"its pins: record it: `{add} {shlex.join([share.app, share.version])} --from FILE|REVISION`"
            )
    for release in changed:
        if release.ended is not None and release.share:
            _output.warning(
                f"{release.who} ended on {release.ended}, so `check` does not compare it: if these users count, remove "
                "the line `ended` of the release"
            )
    listed, apps = {(share.app, share.version) for share in shares}, {share.app for share in shares}
    for release in recorded:
        if release.app in apps and (release.app, release.version) not in listed and release.ended is None:
            _output.note(f"the file does not list {release.who}, so its share is unchanged")
