"""
Propose that the mismatches of a host are only reported, for some days.

For an emergency: the servers present a key that is not pinned, and users are locked out. The policy stays as it is, and
the chain is still verified, but a mismatch with the pins of HOST is reported and not refused. It is signed as every
policy is, ends by itself after at most 30 days, and shows in `check`, in the service, and in the log of each program.

Fix the servers or the pins meanwhile. `pinsmith bundle resume` ends it earlier.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _bundle, _clock, _complete_pin_file, _output
from pinsmith.cli._command import Command, argument
from pinsmith.cli._editing import editing
from pinsmith.cli._options import file_option
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

EXAMPLES: Final = (
    (
        "Suspend the pins of a host until a day:",
        "pinsmith bundle suspend api.example.com --until 2027-01-08 --reason 'the key was replaced after a theft'",
    ),
)


@click.command("suspend", Command, help=__doc__, examples=EXAMPLES)
@argument("host", metavar="HOST", shell_complete=_complete_pin_file.hosts, help="A host that the policy lists.")
@_bundle.bundle_option
@file_option
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]),
    required=True,
    metavar="TIME",
    help="When it ends, UTC: at most 30 days from now.",
)
@click.option("--reason", required=True, metavar="TEXT", help="Why, for those who sign, and for the log of programs.")
def bundle_suspend(*, host: str, bundle: Path | None, file: Path | None, until: datetime, reason: str) -> int:
    """Propose it."""
    from pinsmith.host import canonical_host

    opened = _bundle.open_bundle(file, bundle)
    opened.directory.require_exists()
    from pinsmith.errors.updates import SuspensionError
    from pinsmith.updates.suspension import Suspension, is_suspendable

    name, now = canonical_host(host), _clock.now().replace(microsecond=0)
    with editing(opened.path):
        content = _bundle.latest(opened)
        entry = content.policy.entry_of(name)
        if entry is None or not is_suspendable(entry):
            raise SuspensionError(
                f"the pins of {name} cannot be suspended: the policy has no enforced entry of a verified chain for it",
                hint="name the host of an entry; `pinsmith bundle show` lists them",
            )
        # Clients whose clocks are behind see it at once, too.
        suspension = Suspension(name, now - timedelta(hours=1), until.replace(tzinfo=UTC), reason)
        _bundle.propose_suspensions(opened, content, name, suspension)
    _output.warning(f"until {until:%Y-%m-%d %H:%M} UTC, a wrong key of {name} would be reported and not refused")
    _bundle.tell_progress(opened.directory)
    return ExitCode.OK
