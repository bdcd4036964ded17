"""
Verify a bundle as a client does that has nothing but the first root.

The root is the file that [updates] names in the pin file. Nothing is trusted but its keys: every signature, threshold,
version, hash and expiry counts. With --live, each address of [updates] is asked as a program does, with the pins of the
pin file, so that a host that serves an old copy is seen.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _bundle, _clock, _options, _output
from pinsmith.cli._command import PATH, Command, number
from pinsmith.errors import UsageError
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinsmith.cli._bundle import Opened
    from pinsmith.updates.verification import Verified

EXAMPLES: Final = (
    ("Verify the folder:", "pinsmith bundle verify"),
    ("Verify what the web hosts serve, as by cron:", "pinsmith bundle verify --live --strict"),
)
_ROOT: Final = "metadata/1.root.json"


@click.command("verify", Command, help=__doc__, examples=EXAMPLES)
@_bundle.bundle_option
@_options.file_option
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
@click.option("--live", is_flag=True, help="Verify what the addresses of [updates] serve, and not the folder.")
@_options.cafile_option
def bundle_verify(
    *,
    bundle: Path | None,
    file: Path | None,
    root: Path | None,
    warn_within: int,
    strict: bool,
    live: bool,
    cafile: Path | None,
) -> int:
    """Verify."""
    opened = _bundle.open_bundle(file, bundle)
    from pinsmith import files
    from pinsmith.updates.directory import MAX_METADATA_BYTES
    from pinsmith.updates.verification import verify_directory

    updates = opened.pin_file.updates
    default = opened.path.parent / updates.root if updates is not None else opened.directory.path / _ROOT
    if not live:
        opened.directory.require_exists()
    content = files.read(root or default, most_bytes=MAX_METADATA_BYTES)
    is_late = False
    if live:
        for address, found in _verified(opened, content, cafile):
            _output.result(address)
            is_late |= _tell(found, warn_within)
    else:
        is_late = _tell(verify_directory(opened.directory, content, now=_clock.now()), warn_within)
    return ExitCode.WARNED if is_late and strict else ExitCode.OK


def _verified(opened: Opened, root: bytes, cafile: Path | None) -> Iterator[tuple[str, Verified]]:
    """Verify each address of the pin file."""
    from pinsmith.updates.fetcher import Fetcher
    from pinsmith.updates.verification import verify

    if opened.pin_file.updates is None:
        raise UsageError(f"{opened.path} has no [updates], so there is no address", hint="leave out --live")
    for address in opened.pin_file.updates.addresses:
        yield address, verify(Fetcher(opened.pin_file.policy, cafile=cafile), address, root, now=_clock.now())


def _tell(found: Verified, warn_within: int) -> bool:
    """Print until when all is valid; return whether anything expires within as many days."""
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
    return is_late
