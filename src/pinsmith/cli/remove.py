"""
Remove a host, or a key of a host, from pins.toml.

Before a key is removed, the live host is asked. If the host would no longer present a pinned key, clients would be
locked out, so the key stays. If the host cannot be reached, or if a proxy may have replaced its certificate, the key
stays too. So does the last backup, unless --no-backup is given, and a key that an open rotation needs. With --offline,
only the file decides; with --force, nothing is checked.

If a release in pins.releases.toml then pins no key of the host that the file pins, `remove` warns: the release needs
that key until nobody uses it.

A key that no host uses any longer is removed from the file. The comments and the order of the file stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _clock, _complete_pin_file, _options, _output, _via
from pinsmith.cli._command import Command, argument, choice_option
from pinsmith.cli._editing import editing
from pinsmith.cli._enrol import show_entry
from pinsmith.cli._starttls import starttls_option
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.policy import Policy
    from pinsmith.release import Release

EXAMPLES: Final = (
    ("Remove an old key, after asking the live host:", "pinsmith remove api.example.com --key api-2025"),
    ("Remove a host:", "pinsmith remove old.example.com"),
    ("Remove a key where the host cannot be reached:", "pinsmith remove api.example.com --key api-2025 --offline"),
)


@click.command("remove", Command, help=__doc__, examples=EXAMPLES)
@argument("host", metavar="HOST[:PORT]", shell_complete=_complete_pin_file.hosts, help="The host to change.")
@_options.file_option
@click.option(
    "--key",
    metavar="NAME",
    shell_complete=_complete_pin_file.keys,
    help="The key to remove; without it, the host is removed.",
)
@click.option("--force", is_flag=True, help="Remove it, even if clients are locked out.")
@click.option("--no-backup", is_flag=True, help="Remove the last backup key, too.")
@click.option("--offline", is_flag=True, help="Connect to nothing; decide by the file alone.")
@_options.connect_option
@starttls_option
@_options.proxy_option
@choice_option(
    "--accept",
    "accepted",
    choices=("inspected",),
    multiple=True,
    help="inspected: believe what a proxy shows, although it may have replaced the certificate.",
)
@_options.cafile_option
@_options.timeout_option()
def remove(
    *,
    host: str,
    file: Path | None,
    key: str | None,
    force: bool,
    no_backup: bool,
    offline: bool,
    connect: str | None,
    starttls: str | None,
    proxy: str | None,
    accepted: tuple[str, ...],
    cafile: Path | None,
    timeout: float,
) -> int:
    """Change the file if that locks no client out."""
    from pinsmith.checks.apart import left_alone
    from pinsmith.pinfile import Edit
    from pinsmith.pinfile.releases import Releases
    from pinsmith.probe import parse_target
    from pinsmith.probe.proxy import through
    from pinsmith.probe.survey import survey
    from pinsmith.probe.target import policy_targets
    from pinsmith.rotation import removal
    from pinsmith.rotation.journal import Journal

    path = _options.find_pin_file(file)
    address, connect_port = _options.parse_connect(connect)
    with editing(path):
        edit = Edit.load(path)
        before, releases = edit.result().policy, Releases.beside(path).alive(_clock.now())
        name = parse_target(host).host
        entry = before.entry_of(name)
        orphans = removal.remove(edit, name, key)
        after = edit.result().policy
        if not force:
            removal.require_no_rotation(before, Journal.beside(path), name, key)
        outcomes = None
        if not force and offline:
            removal.require_served_by_name(after, name)
        elif not force and after.find(name) is not None:
            folder = path.parent if cafile is None else None
            found = policy_targets(
                before, [host], address=address, connect_port=connect_port, starttls=starttls, folder=folder
            )
            targets = [through(target, proxy) for target in found]
            (outcomes,) = survey(targets, trust=_options.trust_of(cafile), timeout_seconds=timeout)
            _via.report(before, targets, connect, say=_output.warning)
            removal.require_match(after, outcomes, now=_clock.now(), accepts_inspected="inspected" in accepted)
        if not force and not no_backup:
            removal.require_backup(entry, after.entry_of(name), outcomes)
        edit.save()
    _tell(after, name, orphans)
    if entry is not None and entry.has_backup and (left := after.entry_of(name)) and not left.has_backup:
        _output.warning(f"{name} no longer has a backup key: if the pinned key is lost, all clients are locked out")
    for release in left_alone(name, releases, before, after):
        _warn_of(release, name)
    _output.note(f"wrote {path}")
    return ExitCode.OK


def _tell(after: Policy, host: str, orphans: list[str]) -> None:
    entry = after.find(host)
    if entry is None:
        _output.note(f"{host} is no longer pinned: clients accept every trusted certificate for it")
    elif entry.host != host:
        _output.note(f"the pins of {entry.host} now apply to {host}")
    else:
        show_entry(entry)
    if orphans:
        which = "key" if len(orphans) == 1 else "keys"
        _output.note(f"removed the {which} {', '.join(orphans)}, which no other host uses")


def _warn_of(release: Release, host: str) -> None:
    released = release.find(host)
    if released is not None:
        keys = " or ".join(released.pins)
        _output.warning(
            f"{release.who} still needs a key that is no longer pinned: while anybody uses it, {host} must present "
            f"{keys}; if nobody does, run `pinsmith release end {release.app} {release.version}`"
        )
