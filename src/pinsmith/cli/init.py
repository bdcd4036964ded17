"""
Begin a pins.toml with the keys that hosts present.

Looks at every address and both kinds of key of each host, chooses what to pin by the strategy, says why, and writes the
file. It insists on a backup: a pin of a key that no server has yet, for the day the pinned one is lost. A chain that is
not trusted is refused, for its pins would match nothing.

A wrong pin locks every user out. What is pinned is what this network shows: compare from another one before you ship.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _enrol
from pinsmith.cli._command import PATH, Command
from pinsmith.cli._editing import editing
from pinsmith.cli._options import PIN_FILE
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES: Final = (
    ("Pin a server whose key is yours, with a standby key:", "pinsmith init api.example.com --generate-backup"),
    (
        "Pin a host behind a CDN by the roots of two authorities:",
        "pinsmith init www.example.com --strategy ca-set --backup other-root.pem",
    ),
    (
        "Pin a host of your own authority:",
        "pinsmith init db.example.com --strategy private-ca --cafile our-root.pem --backup next-root.pem",
    ),
)


@click.command("init", Command, help=__doc__, examples=EXAMPLES)
@_enrol.hosts_argument
@click.option("-f", "--file", type=PATH, default=PIN_FILE, metavar="FILE", help="The pin file to write.")
@_enrol.pinning_options
def init(*, hosts: tuple[str, ...], file: Path, options: _enrol.Options) -> int:
    """Look, choose, write, explain."""
    options.require_backup()
    options.require_consistent()
    from pinsmith.policy import Policy

    _require_absent(file)
    made = _enrol.make_draft(_enrol.look(hosts, options, Policy()), options, Policy(), file)
    try:
        with editing(file):
            made.write_new(file)
    except BaseException:
        made.discard()
        raise
    _enrol.report(made, Policy(), file, options)
    return ExitCode.OK


def _require_absent(file: Path) -> None:
    from pinsmith.errors import FileError

    if file.exists() or file.is_symlink():
        raise FileError(
            f"{file} exists already, and it is not overwritten",
            path=str(file),
            hint="add hosts with `pinsmith add HOST`",
        )
