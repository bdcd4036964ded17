"""
Verify a bundle as a client does that has nothing but the first root.

The root is the file that [updates] names in the pin file. Nothing is trusted but its keys: every signature, threshold,
version, hash and expiry counts.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _bundle, _clock, _output
from pinsmith.cli._command import PATH, Command, number
from pinsmith.cli._options import file_option
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES: Final = (("Verify what is published:", "pinsmith bundle verify"),)
_ROOT: Final = "metadata/1.root.json"


@click.command("verify", Command, help=__doc__, examples=EXAMPLES)
@_bundle.bundle_option
@file_option
@click.option("--root", type=PATH, metavar="FILE", help="The first root. Default: the file that [updates] names.")
@click.option(
    "--warn-within",
    type=number(int, 0, 366),
    default=2,
    show_default=True,
    metavar="DAYS",
    help="Warn if anything expires within this time.",
)
@click.option("--strict", is_flag=True, help="Exit with 5 after a warning.")
def bundle_verify(*, bundle: Path | None, file: Path | None, root: Path | None, warn_within: int, strict: bool) -> int:
    """Verify."""
    opened = _bundle.open_bundle(file, bundle)
    opened.directory.require_exists()
    from pinsmith import files
    from pinsmith.updates.directory import MAX_METADATA_BYTES
    from pinsmith.updates.verification import verify_directory

    updates = opened.pin_file.updates
    default = opened.path.parent / updates.root if updates is not None else opened.directory.path / _ROOT
    content = files.read(root or default, most_bytes=MAX_METADATA_BYTES)
    found = verify_directory(opened.directory, content, now=_clock.now())
    is_late = False
    for what, end, fix in (
        ("the freshness", found.fresh_until, "pinsmith bundle publish --renew"),
        ("the policy", found.policy_expires, "pinsmith bundle sign"),
        ("the root", found.root_expires, "pinsmith bundle key"),
    ):
        _output.result(f"{what} is valid until {end:%Y-%m-%d %H:%M} UTC")
        if end - _clock.now() <= timedelta(days=warn_within):
            is_late = True
            _output.warning(f"{what} expires on {end:%Y-%m-%d %H:%M} UTC; renew it with `{fix}`")
    _output.success(f"clients accept version {found.version} of the policy")
    return ExitCode.WARNED if is_late and strict else ExitCode.OK
