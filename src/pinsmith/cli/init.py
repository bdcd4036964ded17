"""
Create a pins.toml from the keys that hosts present.

`init` connects to every address of each host, and asks for both kinds of key, RSA and ECDSA. It chooses the keys to pin
by the strategy, explains the choice and writes the file. It demands a backup, the pin of a key that no server uses yet,
in case the pinned key is lost. It refuses a chain that is not trusted, because pins of such a chain would match
nothing.

A wrong pin locks every user out. `init` pins what this network shows: compare from another network before you ship.
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
        "Pin a host whose certificate is from your own authority:",
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
            f"{file} already exists, and `pinsmith init` does not overwrite it",
            path=str(file),
            hint="add hosts with `pinsmith add HOST`",
        )
