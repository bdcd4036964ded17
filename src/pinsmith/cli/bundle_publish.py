"""
Publish what enough people have signed, and sign that it is fresh.

Then copy the folders `metadata` and `targets` to a web host, and `metadata/timestamp.json` last.

Without a proposal, or with --renew, only the freshness is signed again. Do that often enough, as by cron: programs take
the bundle for fresh for --days, and log a warning afterwards.

The key is the online key. It cannot change a policy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _bundle, _clock, _custody, _output
from pinsmith.cli._command import Command
from pinsmith.cli._editing import editing
from pinsmith.cli._options import file_option
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES: Final = (
    ("Publish what enough people have signed:", "pinsmith bundle publish online.key"),
    ("Say every day that it is fresh:", "pinsmith bundle publish --renew online.key"),
)


@click.command("publish", Command, help=__doc__, examples=EXAMPLES)
@_custody.reference_options()
@_bundle.bundle_option
@file_option
@_bundle.days_option(1, 31, 7, "For how long programs take it for fresh.")
@click.option("--renew", is_flag=True, help="Publish no proposal; only sign that what is published is fresh.")
def bundle_publish(
    *, reference: _custody.Reference, bundle: Path | None, file: Path | None, days: int, renew: bool
) -> int:
    """Publish."""
    opened = _bundle.open_bundle(file, bundle)
    opened.directory.require_exists()
    from pinsmith.files.lock import held
    from pinsmith.updates import publication
    from pinsmith.updates.signing import signer_of

    signer = signer_of(reference.open())
    # `pinsmith serve` may be saying at the same time that the bundle is fresh.
    with editing(opened.path), held(opened.directory.metadata):
        sign = publication.renew if renew else publication.publish
        for path in sign(opened.directory, signer, now=_clock.now(), days=days):
            _output.result(str(path))
    targets = opened.directory.targets_metadata()
    assert targets is not None  # noqa: S101 - it was published just now
    _output.success(
        f"version {targets.signed.version} is published; clients use it until {targets.signed.expires:%Y-%m-%d}, and "
        f"take it for fresh for {days} days"
    )
    return ExitCode.OK
