"""
Watch the hosts of pin files, and send alerts before and when clients are locked out.

`serve` checks every host at intervals, at each of its addresses and with both kinds of key, and remembers what it sees
in a database. It knows six states: ok, warning, unreachable, lockout-imminent, lockout and interception. A change of
the state causes an alert to the channels of --settings: a webhook, a mail, a program, or anything that Apprise knows.

It also serves pages, an API and metrics for Prometheus, by default to this machine alone, and takes reports of apps. It
never changes a pin file. If a pin file is edited, `serve` takes the new pins; if the edit is broken, `serve` reports
that and keeps the old pins.

With --once, it checks the hosts that are due, sends the alerts, prints the states, and ends: use that with cron. Then
the exit code is 3 if clients are locked out, or if only some places see an unknown key. Otherwise, it is 1 if a host or
a channel could not be reached, or if another place is silent.

Ctrl-C, or SIGTERM, ends it after the round that has begun.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from pathlib import Path
from typing import Final, Literal

import click

from pinsmith.cli import _clock, _options
from pinsmith.cli._command import PATH, Command
from pinsmith.cli._serve_result import began, log, show
from pinsmith.cli._serve_steps import listen_at, move_rows
from pinsmith.errors import UsageError
from pinsmith.exit_code import ExitCode

_LONGEST_LINE: Final = 4096  # characters; more than any password has
EXAMPLES: Final = (
    ("Watch the hosts of the nearest pins.toml:", "pinsmith serve"),
    ("Send alerts, and watch two pin files:", "pinsmith serve -f app.toml -f shop.toml --settings service.toml"),
    ("Run one round from cron:", "pinsmith serve --once --settings service.toml"),
    ("Let a person log in:", "pinsmith serve --new-password alex >> passwords"),
)


@click.command("serve", Command, help=__doc__, examples=EXAMPLES)
@click.option(
    "-f",
    "--file",
    "files",
    multiple=True,
    type=PATH,
    metavar="FILE",
    help="A pin file; may be repeated. Default: the nearest pins.toml here or in a directory above.",
)
@click.option("--settings", type=PATH, metavar="FILE", help="The settings as TOML, such as channels and access.")
@click.option(
    "--database",
    metavar="ADDRESS",
    help="A file, or postgresql://USER@HOST/NAME. Default: service.db in pinsmith's data directory.",
)
@click.option("--migrate-from", type=PATH, metavar="FILE", help="Move all rows of this file to PostgreSQL first.")
@click.option(
    "--listen",
    metavar="ADDRESS:PORT",
    default="127.0.0.1:8443",
    show_default=True,
    help="Where the pages, the API and the metrics are served; port 0 is any free port.",
)
@click.option(
    "--vantage",
    metavar="NAME",
    help="The name of the place where this service runs, for alerts. Default: that of the settings.",
)
@_options.cafile_option
@click.option("--once", is_flag=True, help="Run one round and end.")
@click.option(
    "--new-password",
    "person",
    metavar="NAME",
    help="Ask for a password, or read it from standard input, print NAME's line for the password file, and end.",
)
@_options.format_option("text", "json")
def serve(
    *,
    files: tuple[Path, ...],
    settings: Path | None,
    database: str | None,
    migrate_from: Path | None,
    listen: str,
    vantage: str | None,
    cafile: Path | None,
    once: bool,
    person: str | None,
    output: Literal["text", "json"],
) -> int:
    """Serve, or run one round, and return the exit code."""
    from pinsmith.files.user_data import user_data

    if person is not None:
        click.echo(_password_line(person))
        return ExitCode.OK
    address, port = listen_at(listen)
    if output == "json" and not once:
        raise UsageError("--format json describes one round", hint="add --once, or read /api/v1/hosts")
    given = files or (_options.find_pin_file(None),)
    try:
        from pinsmith.service.settings import DEFAULT, load_settings
        from pinsmith.service.setup import Setup, run_once, seen_from
        from pinsmith.store.address import parse_database
    except ImportError as error:
        raise UsageError(f"the service needs {error.name}", hint="pip install 'pinsmith[server]'") from error
    remembered = parse_database(database or str(user_data() / "service.db"))
    setup = Setup(
        files=[path.absolute() for path in given],
        settings=seen_from(vantage, load_settings(settings) if settings else DEFAULT),
        folder=settings.absolute().parent if settings else Path.cwd(),
        database=remembered.absolute() if isinstance(remembered, Path) else remembered,
        trust=_options.trust_of(cafile),
    )
    if migrate_from is not None:
        move_rows(setup, migrate_from)
    if once:
        return show(asyncio.run(run_once(setup, _clock.now)), output)
    # As with `pinsmith mcp`: this command is how that shell is started (docs/decisions/0044).
    from pinsmith import server as shell

    start = partial(began, has_channels=bool(setup.settings.channel))
    shell.serve(setup, address, port, _clock.now, began=start, tell=log)
    return ExitCode.OK


def _password_line(person: str) -> str:
    try:
        from pinsmith import server as shell
    except ImportError as error:
        raise UsageError(f"the service needs {error.name}", hint="pip install 'pinsmith[server]'") from error
    if sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        password = sys.stdin.readline(_LONGEST_LINE).rstrip("\r\n")
    try:
        return shell.password_line(person, password)
    except ValueError as error:
        raise UsageError(f"no line was made, because {error}", hint="run the command again") from error
