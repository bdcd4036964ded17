"""
Create a pins.toml from the keys that hosts present.

`init` connects to every address of each host, and asks for both kinds of key, RSA and ECDSA. It chooses the keys to pin
by the strategy, explains the choice and writes the file. It demands a backup, the pin of a key that no server uses yet,
in case the pinned key is lost. It refuses a chain that is not trusted, because pins of such a chain would match
nothing.

With --certificate, `init` connects to nothing and pins the key of a certificate that is not deployed yet. With --from,
it pins every host of a list that can be pinned, and reports the others.

A wrong pin locks every user out. `init` pins what this network shows: compare from another network before you ship.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _enrol, _output
from pinsmith.cli._command import PATH, Command
from pinsmith.cli._editing import editing
from pinsmith.cli._enrol_options import Options, hosts_argument, pinning_options
from pinsmith.cli._options import PIN_FILE

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES: Final = (
    ("Pin a server whose key is yours, with a standby key:", "pinsmith init api.example.com --generate-backup"),
    (
        "Pin a host behind a CDN by the roots of two authorities:",
        "pinsmith init www.example.com --strategy ca-set --backup other-root.pem",
    ),
    (
        "Pin a certificate before it is deployed:",
        "pinsmith init api.example.com --certificate fullchain.pem --backup standby.csr",
    ),
    ("Pin every host of a list:", "pinsmith init --from hosts.txt --generate-backup"),
    (
        "Pin a host whose certificate is from your own authority:",
        "pinsmith init db.example.com --strategy private-ca --cafile our-root.pem --backup next-root.pem",
    ),
)


@click.command("init", Command, help=__doc__, examples=EXAMPLES)
@hosts_argument
@click.option("-f", "--file", type=PATH, default=PIN_FILE, metavar="FILE", help="The pin file to write.")
@pinning_options
def init(*, hosts: tuple[str, ...], file: Path, options: Options) -> int:
    """Look, choose, write, explain."""
    options.require_backup()
    options.require_consistent()
    from pinsmith.policy import Policy

    _require_absent(file)
    skips = _enrol.Skips()
    targets = _enrol.find_targets(hosts, options, Policy(), skips)
    # The lock is not held while this command waits for the network.
    candidates = _enrol.look(targets, options)
    with editing(file):
        _require_absent(file)
        made = _enrol.make_draft(candidates, options, Policy(), file, skips)
        if not made.enrolments:
            _output.note(f"{file} was not written, because no host can be pinned")
            return skips.exit_code
        try:
            made.write_new(file)
        except BaseException:
            made.discard(file)
            raise
    _enrol.report(made, Policy(), file, options)
    skips.summarize(len(made.enrolments))
    return skips.exit_code


def _require_absent(file: Path) -> None:
    from pinsmith.errors import FileError

    if file.exists() or file.is_symlink():
        raise FileError(
            f"{file} already exists, and `pinsmith init` does not overwrite it",
            path=str(file),
            hint="add hosts with `pinsmith add HOST`",
        )
