"""
Propose the root of a new bundle: whose keys count, and how many must sign.

The offline keys sign the root and every policy; keep each of them apart, best in hardware, and let no program use
them. The online key says only that a policy is still fresh, so its theft changes no pin.

Only public keys are read, PEM or DER. Sign the proposal with `pinsmith bundle sign`, and build the published file
metadata/1.root.json into your programs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _bundle, _clock, _output
from pinsmith.cli._command import PATH, Command, number
from pinsmith.cli._editing import editing
from pinsmith.cli._options import file_option
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES: Final = (
    (
        "Let two of three people sign:",
        "pinsmith bundle init --key ada=ada.pub --key bo=bo.pub --key cy=cy.pub --online online.pub",
    ),
)


@click.command("init", Command, help=__doc__, examples=EXAMPLES)
@_bundle.bundle_option
@file_option
@click.option(
    "--key",
    "keys",
    multiple=True,
    required=True,
    metavar="NAME=FILE",
    help="A person, and the file of the offline public key; may be repeated.",
)
@click.option("--online", type=PATH, required=True, metavar="FILE", help="The public key that signs freshness.")
@click.option(
    "--threshold",
    type=number(int, 1, 100),
    metavar="NUMBER",
    help="How many of the offline keys must sign. Default: 2, or 1 if there is one key.",
)
@_bundle.days_option(1, 732, 365, "How long the root is valid.")
def bundle_init(
    *, bundle: Path | None, file: Path | None, keys: tuple[str, ...], online: Path, threshold: int | None, days: int
) -> int:
    """Propose the first root."""
    opened = _bundle.open_bundle(file, bundle)
    from pinsmith.updates.root import propose_first_root

    offline = _bundle.read_keys(keys)
    with editing(opened.path):
        propose_first_root(
            opened.directory,
            offline,
            _bundle.read_key("online", online),
            threshold=threshold or min(2, len(offline)),
            now=_clock.now(),
            days=days,
        )
    if len(offline) == 1 or threshold == 1:
        _output.warning("a single stolen key can change the pins of every program; let two of three people sign")
    if opened.pin_file.updates is None:
        _output.warning(f"{opened.path} has no [updates], so programs do not know where the bundle is published")
    _bundle.tell_progress(opened.directory)
    return ExitCode.OK
