"""Show the keys, the policy in force, and what waits for signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

import click

from pinsmith.cli import _bundle, _clock, _output
from pinsmith.cli._command import Command
from pinsmith.cli._options import file_option, format_option
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinsmith.documents.bundle import PolicyOut, RootOut

Output = Literal["text", "json"]
EXAMPLES: Final = (("Show the bundle beside the pin file:", "pinsmith bundle show"),)


@click.command("show", Command, help=__doc__, examples=EXAMPLES)
@_bundle.bundle_option
@file_option
@format_option(*get_args(Output))
def bundle_show(*, bundle: Path | None, file: Path | None, output: Output) -> int:
    """Print it."""
    opened = _bundle.open_bundle(file, bundle)
    opened.directory.require_exists()
    from pinsmith.documents.bundle import bundle_document
    from pinsmith.documents.document import encode

    document = bundle_document(opened.directory, opened.published())
    if output == "json":
        _output.document(encode(document))
        return ExitCode.OK
    if document.root is None:
        _output.result("no root is published")
    else:
        _output.result(*_root(document.root))
    if document.policy is None:
        _output.result("no policy is published")
    else:
        _output.result(*_policy(document.policy))
    if document.proposals:
        _bundle.tell_progress(opened.directory)
    return ExitCode.OK


def _root(root: RootOut) -> Iterator[str]:
    yield f"root {root.root_version}, until {root.expires}"
    keys = ", ".join(f"{signer.name} ({signer.scheme}, {signer.key_id[:8]})" for signer in root.offline)
    yield f"  {root.threshold} of {len(root.offline)} must sign: {keys}"
    yield f"  online: {', '.join(f'{signer.name} ({signer.scheme}, {signer.key_id[:8]})' for signer in root.online)}"


def _policy(policy: PolicyOut) -> Iterator[str]:
    from pinsmith.documents.moment import moment_text

    yield f"policy {policy.policy_version}, until {policy.expires}, fresh until {policy.fresh_until or 'never'}"
    yield f"  hosts: {', '.join(policy.hosts)}"
    now = moment_text(_clock.now())
    for suspension in policy.suspensions:
        state = "suspended" if suspension.until > now else "was suspended"
        yield f"  {suspension.host} {state} until {suspension.until}: {suspension.reason}"
