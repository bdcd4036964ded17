"""
Propose other keys, or another threshold, or renew the root.

Without an option, the same keys sign for a longer time. A new root needs the signatures of those who could sign before
it, and of those who can from now on. If a policy is published, it is proposed again, because the signatures under it
may not count any more.

If the online key was stolen, propose another one, sign and publish: programs then forget what the thief has signed. If
an offline key was stolen or lost, remove it and add another one, while the other keys still reach the threshold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _bundle, _clock
from pinsmith.cli._command import PATH, Command, number
from pinsmith.cli._editing import editing
from pinsmith.cli._options import file_option
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES: Final = (
    ("Replace a lost key:", "pinsmith bundle key --remove bo --add dee=dee.pub"),
    ("Replace the online key:", "pinsmith bundle key --online new-online.pub"),
    ("Renew the root:", "pinsmith bundle key"),
)


@click.command("key", Command, help=__doc__, examples=EXAMPLES)
@_bundle.bundle_option
@file_option
@click.option(
    "--add",
    "added",
    multiple=True,
    metavar="NAME=FILE",
    help="A person who may sign from now on, and the file of the offline public key; may be repeated.",
)
@click.option(
    "--remove",
    "removed",
    multiple=True,
    metavar="NAME",
    help="A person who may not sign any more; may be repeated.",
)
@click.option("--threshold", type=number(int, 1, 100), metavar="NUMBER", help="How many must sign from now on.")
@click.option("--online", type=PATH, metavar="FILE", help="The public key that signs freshness from now on.")
@_bundle.days_option(1, 732, 365, "How long the root is valid.")
def bundle_key(
    *,
    bundle: Path | None,
    file: Path | None,
    added: tuple[str, ...],
    removed: tuple[str, ...],
    threshold: int | None,
    online: Path | None,
    days: int,
) -> int:
    """Propose the next root."""
    opened = _bundle.open_bundle(file, bundle)
    from pinsmith.updates.content import write_content
    from pinsmith.updates.proposal import propose_targets
    from pinsmith.updates.root import KeyChange, propose_keys

    keys = _bundle.read_keys(added)
    new_online = None if online is None else _bundle.read_key("online", online)
    change = KeyChange(keys, removed, threshold, new_online)
    with editing(opened.path):
        propose_keys(opened.directory, change, now=_clock.now(), days=days)
        if (content := opened.proposed() or opened.published()) is not None:
            propose_targets(opened.directory, write_content(content), now=_clock.now())
    _bundle.tell_progress(opened.directory)
    return ExitCode.OK
