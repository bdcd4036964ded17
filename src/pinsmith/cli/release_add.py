"""
Record a release, with the pins that it was built with.

Without --from, `release add` records the pins that the pin file has now, so run it when you build a release. For an
older release, name what it was built from: a tag or commit of the repository, a platform's file, or the app package
itself. From a package, pinsmith reads what the operating system enforces, and no pins in code.

From now on, `check` compares the release with live hosts, and fails if a host presents no key that the release pins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _clock, _output
from pinsmith.cli._command import Command, argument, number
from pinsmith.cli._editing import editing
from pinsmith.cli._options import file_option, find_pin_file
from pinsmith.errors import UsageError
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

EXAMPLES: Final = (
    ("Record the release that is built from pins.toml now:", "pinsmith release add android 4.2"),
    (
        "Record an older release, from a tag:",
        "pinsmith release add ios 3.9 --from v3.9 --share 2.1",
    ),
    ("Read what an app package declares:", "pinsmith release add android 4.1 --from app.apk --date 2026-05-04"),
)


@click.command("add", Command, help=__doc__, examples=EXAMPLES)
@argument("app", metavar="APP", help="The app, such as android.")
@argument("version", metavar="VERSION", help="The version, as users see it.")
@file_option
@click.option(
    "--from",
    "source",
    metavar="FILE|REVISION",
    help="What it was built from: a file, an app package, or a tag, branch or commit of Git.",
)
@click.option(
    "--date",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="When it was released, such as 2026-05-04; without --from, today.",
)
@click.option("--share", type=number(float, 0, 100), metavar="PERCENT", help="The percentage of users who have it.")
@click.option(
    "--oldest",
    metavar="SYSTEM",
    help='The oldest system that it runs on: "android 26" (minSdk), "ios 15.0" or "java 11"; a package says so itself.',
)
@click.option("--updates", is_flag=True, help="Its programs read signed updates, so they get later pins.")
def release_add(
    *,
    app: str,
    version: str,
    file: Path | None,
    source: str | None,
    day: datetime | None,
    share: float | None,
    oldest: str | None,
    updates: bool,
) -> int:
    """Read the pins, and add the release."""
    from pinsmith.importing.released import hosts_of_source, oldest_of_source
    from pinsmith.pinfile.releases import Releases
    from pinsmith.release import BY_HAND, Release, System

    path = find_pin_file(file)
    system = System.parse(oldest) if oldest is not None else oldest_of_source(source)
    if oldest is not None and system is None:
        raise UsageError(f"{oldest!r} is not a system", hint='write --oldest "android 26", "ios 15.0" or "java 11"')
    today = _clock.now().date()
    released: date | None = day.date() if day else today if source is None else None
    with editing(path):
        releases = Releases.beside(path)
        hosts, where = hosts_of_source(source, path, today=today)
        share_date, share_source = (None, None) if share is None else (today, BY_HAND)
        release = Release(
            app,
            version,
            hosts,
            released,
            share,
            where,
            oldest=system,
            share_date=share_date,
            share_source=share_source,
            updates=updates,
        )
        releases.add(release)
        releases.save()
    for entry in release.hosts:
        _output.note(f"  {entry.host}: {', '.join(entry.pins) or 'not pinned'}")
    _output.success(f"{release.who} is recorded in {releases.file}, with the pins of {where}")
    return ExitCode.OK
