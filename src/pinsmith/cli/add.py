"""
Pin more hosts, or more keys of a host, in pins.toml.

A host that is not in the file yet is pinned as by `pinsmith init`, with a backup. For a host that is in the file, `add`
pins the keys that the host presents and that are not pinned yet. If the host presents no pinned key at all, an attacker
may have answered: nothing is written, and the exit code is 3.

With --key, `add` connects to nothing, and adds that key to each HOST. The comments and the order of the file stay as
they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

import click

from pinsmith.cli import _enrol, _output
from pinsmith.cli._command import Command, choice_option
from pinsmith.cli._editing import editing
from pinsmith.cli._options import file_option, find_pin_file
from pinsmith.exit_code import ExitCode
from pinsmith.policy import KeyRole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

EXAMPLES: Final = (
    ("Pin one more host, with a standby key of its own:", "pinsmith add www.example.com --generate-backup"),
    ("Pin one more host, with an existing standby key:", "pinsmith add www.example.com --backup standby.key"),
    ("Pin the new keys that a host presents, too:", "pinsmith add api.example.com"),
    (
        "Pin a key that no server has yet:",
        (
            "pinsmith add api.example.com --role leaf --standby "
            "--key api-2027=sha256/PnXe2UyQyPGndZ66CgZBH8Xhtjd8KCbtvMDvCci3xME="
        ),
    ),
)


@click.command("add", Command, help=__doc__, examples=EXAMPLES)
@_enrol.hosts_argument
@file_option
@click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="NAME=PIN",
    help="Add this key without connecting; NAME alone if the file has the key.",
)
@choice_option(
    "--role",
    choices=get_args(KeyRole),
    default="unknown",
    help="The role of the key of --key: a server's (leaf) or an authority's.",
)
@click.option("--standby", is_flag=True, help="The key of --key was made in advance, and no server presents it yet.")
@click.option("--force", is_flag=True, help="Pin what a host presents, even if none of it was pinned before.")
@_enrol.pinning_options
def add(
    *,
    hosts: tuple[str, ...],
    file: Path | None,
    keys: tuple[str, ...],
    role: KeyRole,
    standby: bool,
    force: bool,
    options: _enrol.Options,
) -> int:
    """Add the given keys, or those that the hosts present."""
    path = find_pin_file(file)
    if keys:
        from pinsmith.cli import _given_key

        _given_key.add(path, hosts, keys, role, standby=standby)
        return ExitCode.OK
    options.require_consistent()
    return _add_live(path, hosts, options, force=force)


def _add_live(path: Path, hosts: Sequence[str], options: _enrol.Options, *, force: bool) -> int:
    from pinsmith.pinfile import Edit, load

    policy = load(path)
    options.require_fit(policy, hosts)
    # The lock is not held while this command waits for the network.
    found = _enrol.look(hosts, options, policy)
    with editing(path):
        edit = Edit.load(path)
        policy = edit.result().policy
        options.require_fit(policy, hosts)
        made = _enrol.make_draft(found, options, policy, path, force=force)
        try:
            is_changed = made.put_into(edit)
            edit.save()
        except BaseException:
            made.discard()
            raise
    if is_changed:
        _enrol.warn_if_strange(made)
        _enrol.report(made, edit.result().policy, path, options)
    else:
        _output.note(f"{path} is unchanged: the hosts present no new key to pin")
    return ExitCode.OK
