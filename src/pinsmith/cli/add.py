"""
Pin more hosts, or more keys of a host, in pins.toml.

A host that is not in the file yet is looked at and pinned as by `pinsmith init`, backup included. To one that is in it,
the keys are added that it presents and that are not pinned yet. If it presents no pinned key at all, it may be somebody
in between: nothing is written, and the exit code is 3.

With --key nothing is dialled: the key is added to each HOST as it is given. Comments and order of the file stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from pinsmith.cli import _enrol, _output
from pinsmith.cli._editing import editing
from pinsmith.cli._enrol import (
    BackupDirOption,
    BackupOption,
    GenerateOption,
    HostsArgument,
    KeyTypeOption,
    NoBackupOption,
    PinsOnlyOption,
    StrategyOption,
    SubdomainsOption,
)
from pinsmith.cli._options import DEFAULT_TIMEOUT, CafileOption, ConnectOption, FileOption, TimeoutOption
from pinsmith.cli._starttls import StartTLSOption
from pinsmith.exit_code import ExitCode
from pinsmith.policy import KeyRole

if TYPE_CHECKING:
    from pathlib import Path


EXAMPLES: Final = (
    ("Pin one more host, with a standby key of its own:", "pinsmith add www.example.com --generate-backup"),
    ("Pin it with a standby key that is there already:", "pinsmith add www.example.com --backup standby.key"),
    ("Pin what a host presents besides what is pinned:", "pinsmith add api.example.com"),
    (
        "Pin a key that no server has yet:",
        (
            "pinsmith add api.example.com --role leaf --standby "
            "--key api-2027=sha256/PnXe2UyQyPGndZ66CgZBH8Xhtjd8KCbtvMDvCci3xME="
        ),
    ),
)


def add(
    hosts: HostsArgument,
    *,
    file: FileOption = None,
    key: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=PIN", help="Add this key and dial nothing; NAME alone if it is known."),
    ] = None,
    role: Annotated[
        KeyRole, typer.Option(help="What the key of --key is: of a server or of an authority.")
    ] = "unknown",
    standby: Annotated[
        bool, typer.Option("--standby", help="The key of --key was made in advance, and no server presents it yet.")
    ] = False,
    strategy: StrategyOption = "own-key",
    generate_backup: GenerateOption = False,
    backup: BackupOption = None,
    no_backup: NoBackupOption = False,
    backup_dir: BackupDirOption = None,
    key_type: KeyTypeOption = "ec-p256",
    include_subdomains: SubdomainsOption = False,
    pins_only: PinsOnlyOption = False,
    connect: ConnectOption = None,
    starttls: StartTLSOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Pin a host though it presents no key that is pinned for it.")
    ] = False,
    cafile: CafileOption = None,
    timeout: TimeoutOption = DEFAULT_TIMEOUT,
) -> int:
    """Add what is given, or look and add what is found."""
    from pinsmith.cli._options import find_pin_file

    path = find_pin_file(file)
    if key:
        from pinsmith.cli import _given_key

        _given_key.add(path, hosts, key, role, standby=standby)
        return ExitCode.OK
    options = _enrol.Options(
        strategy=strategy,
        generate=generate_backup,
        backups=backup or [],
        no_backup=no_backup,
        backup_dir=backup_dir,
        key_type=key_type,
        pins_only=pins_only,
        include_subdomains=include_subdomains,
        connect=connect,
        starttls=starttls,
        cafile=cafile,
        timeout=timeout,
        force=force,
    )
    options.require_consistent()
    return _add_live(path, hosts, options)


def _add_live(path: Path, hosts: list[str], options: _enrol.Options) -> int:
    from pinsmith.pinfile import Edit, load

    policy = load(path)
    options.require_fit(policy, hosts)
    # Nobody waits for the lock while this command waits for the network.
    found = _enrol.look(hosts, options, policy)
    with editing(path):
        edit = Edit.load(path)
        policy = edit.result().policy
        options.require_fit(policy, hosts)
        made = _enrol.draft(found, options, policy, path)
        try:
            added = [_enrol.put(edit, policy, each.entry) for each in made.enrolments]
            edit.save()
        except BaseException:
            made.discard()
            raise
    if any(added):
        for each in made.enrolments:
            _enrol.warn_if_strange(policy, each)
        _enrol.report(made, policy, edit.result().policy, path, options)
    else:
        _output.note(f"{path} is as it was: everything that is presented is pinned already")
    return ExitCode.OK
