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

from pinsmith.cli import _complete_pin_file, _enrol, _output, _via
from pinsmith.cli._command import Command, choice_option
from pinsmith.cli._editing import editing
from pinsmith.cli._enrol_options import Options, hosts_argument, pinning_options
from pinsmith.cli._options import file_option, find_pin_file
from pinsmith.errors import UsageError
from pinsmith.exit_code import ExitCode
from pinsmith.policy import KeyRole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

EXAMPLES: Final = (
    ("Pin one more host, with a standby key of its own:", "pinsmith add www.example.com --generate-backup"),
    ("Pin one more host, with an existing standby key:", "pinsmith add www.example.com --backup standby.key"),
    ("Pin the new keys that a host presents, too:", "pinsmith add api.example.com"),
    ("Pin the key of the next certificate before it is deployed:", "pinsmith add api.example.com --key next.pem"),
    (
        "Pin a key that no server has yet:",
        (
            "pinsmith add api.example.com --role leaf --standby "
            "--key api-2027=sha256/PnXe2UyQyPGndZ66CgZBH8Xhtjd8KCbtvMDvCci3xME="
        ),
    ),
)


@click.command("add", Command, help=__doc__, examples=EXAMPLES)
@hosts_argument
@file_option
@click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="[NAME=]PIN|FILE",
    shell_complete=_complete_pin_file.keys_or_files,
    help=(
        "Add this key without connecting: NAME=PIN, or a certificate, request or key, with or without a name. "
        "NAME alone is enough if the pin file already has the key. May be repeated."
    ),
)
@choice_option(
    "--role",
    choices=get_args(KeyRole),
    default="unknown",
    help="The role of the key that --key adds: leaf for a server's key, intermediate or root for an authority's.",
)
@click.option("--standby", is_flag=True, help="The key of --key was made in advance, and no server presents it yet.")
@click.option("--force", is_flag=True, help="Pin what a host presents, even if none of it was pinned before.")
@pinning_options
def add(
    *,
    hosts: tuple[str, ...],
    file: Path | None,
    keys: tuple[str, ...],
    role: KeyRole,
    standby: bool,
    force: bool,
    options: Options,
) -> int:
    """Add the given keys, or those that the hosts present."""
    path = find_pin_file(file)
    if keys:
        if not hosts or options.from_file or options.certificate:
            raise UsageError("--key needs the hosts on the command line", hint="pass --key KEY HOST...")
        _require_effect(options.needing_chains() + (["--force"] if force else []))
        from pinsmith.cli import _given_key

        _given_key.add(path, hosts, keys, role, standby=standby)
        return ExitCode.OK
    if standby or role != "unknown":
        raise UsageError(f"{'--standby' if standby else '--role'} needs --key", hint="pass the key: --key KEY")
    options.require_consistent()
    return _add_found(path, hosts, options, force=force)


def _require_effect(given: Sequence[str]) -> None:
    """Raise if an option is given that would do nothing, because the user relies on it."""
    if given:
        raise UsageError(
            f"{given[0]} has no effect with --key, which adds that key and nothing else",
            hint=f"leave out {given[0]}, and run `pinsmith add` a second time with it",
        )


def _add_found(path: Path, hosts: Sequence[str], options: Options, *, force: bool) -> int:
    from pinsmith.pinfile import Edit, load

    policy, skips = load(path), _enrol.Skips()
    targets = _enrol.find_targets(hosts, options, policy, skips, path.parent)
    options.require_fit(policy, targets)
    # The lock is not held while this command waits for the network.
    candidates = _enrol.look(targets, options)
    if options.certificate is None:
        _via.report(policy, targets, options.connect)
    with editing(path):
        edit = Edit.load(path)
        policy = edit.result().policy
        options.require_fit(policy, targets)
        made = _enrol.make_draft(candidates, options, policy, path, skips, force=force)
        try:
            is_changed = made.put_into(edit)
            edit.save()
        except BaseException:
            made.discard(path)
            raise
    _enrol.note_kept(made)
    if is_changed:
        _enrol.warn_if_strange(made, options)
        _enrol.report(made, edit.result().policy, path, options)
        skips.summarize(len(made.enrolments))
    elif made.enrolments:
        _output.success(f"there is no new key to pin, so {path} is unchanged")
    else:
        _output.note(f"{path} is unchanged, because no host can be pinned")
    return skips.exit_code
