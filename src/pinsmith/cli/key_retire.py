"""
Remove a key that no client needs any more from pins.toml.

The key stays while a host of the pin file or a release that is in use pins it, and while a host of the pin file
presents it. `retire` connects to all hosts of the pin file, and a host that cannot be read may present the key. With
--offline, it connects to nothing. --override goes on in spite of one of these reasons.

The private key is not deleted: pinsmith does not know all copies. Destroy them when you are sure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _clock, _complete_pin_file, _options, _output, _rotation
from pinsmith.cli._command import Command, argument, choice_option
from pinsmith.cli._editing import editing
from pinsmith.exit_code import ExitCode
from pinsmith.rotation.retire import OVERRIDES, Override

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES: Final = (
    ("Remove a key that was replaced:", "pinsmith key retire api-2025"),
    ("Remove it although an old release pins it:", "pinsmith key retire api-2025 --override released"),
)
_DESTROY: Final = (
    "the private key was not deleted: destroy every copy when you are sure that no server needs it. "
    "On a disk, delete the file and its backups; in a token, delete the object; at a service, schedule its deletion"
)


@click.command("retire", Command, help=__doc__, examples=EXAMPLES)
@argument("name", metavar="NAME", shell_complete=_complete_pin_file.keys, help="The name of the key in the pin file.")
@_options.file_option
@click.option("--offline", is_flag=True, help="Connect to nothing; decide by the files alone.")
@choice_option(
    "--override",
    "overridden",
    choices=OVERRIDES,
    multiple=True,
    help="Go on although a release pins it (released), a host presents it (served), or a host cannot be read (unread).",
)
@_options.connect_option
@_options.proxy_option
@_options.cafile_option
@_options.timeout_option()
def key_retire(
    *,
    name: str,
    file: Path | None,
    offline: bool,
    overridden: tuple[Override, ...],
    connect: str | None,
    proxy: str | None,
    cafile: Path | None,
    timeout: float,
) -> int:
    """Ask everybody who may need it, and remove it."""
    from pinsmith import pinfile
    from pinsmith.pinfile.releases import Releases
    from pinsmith.rotation import retire
    from pinsmith.rotation.books import Books
    from pinsmith.rotation.named_key import find_key

    path, now = _options.find_pin_file(file), _clock.now()
    policy = pinfile.load(path)
    find_key(policy, name)
    # The lock is not held while this command waits for the network.
    outcomes = None if offline else _rotation.Reach(path, connect, proxy, cafile, timeout).look_everywhere(policy)
    with editing(path):
        books, releases = Books.open(path), Releases.beside(path).alive(now)
        key = find_key(books.policy, name)
        accepted = retire.retire(books, key, releases, outcomes, overridden=overridden, now=now)
        books.save()
    for text in accepted:
        _output.warning(text)
    _output.success(f"{name} is no longer in {path}; {books.journal.path} has the entry")
    _output.note(_DESTROY)
    return ExitCode.OK
