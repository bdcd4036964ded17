"""
Turn one platform's file into another's.

`convert` works like `pinsmith import` followed by `pinsmith export`, without a pins.toml in between. If both files have
the same format, the pins are written into a copy of IN, and everything else in it is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _formats, _output
from pinsmith.cli._command import PATH, Command, argument
from pinsmith.cli._complete_members import format_ids
from pinsmith.cli._options import cafile_option, connect_option, proxy_option, timeout_option
from pinsmith.cli._roles import asker, given_roles, online_option, role_option
from pinsmith.errors import UsageError
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES: Final = (
    (
        "Turn an Android configuration into curl's:",
        "pinsmith convert network_security_config.xml - --to curl",
    ),
)


@click.command("convert", Command, help=__doc__, examples=EXAMPLES)
@argument("source", type=PATH, metavar="IN", help='The file to read; "-" is standard input.')
@argument("target", type=PATH, metavar="OUT", help='The file to write; "-" is standard output.')
@_formats.from_option
@click.option(
    "--to",
    metavar="FORMAT",
    shell_complete=format_ids,
    help="The format to write, if the name of OUT does not show it.",
)
@_formats.host_option
@_formats.accept_loss_option
@_formats.allow_ending_option
@role_option
@_formats.skip_bad_option
@online_option
@connect_option
@proxy_option
@cafile_option
@timeout_option()
@_formats.set_option
def convert(
    *,
    source: Path,
    target: Path,
    source_format: str | None,
    to: str | None,
    hosts: tuple[str, ...],
    accept_loss: tuple[str, ...],
    allow_ending: bool,
    roles: tuple[str, ...],
    skip_bad: bool,
    online: bool,
    connect: str | None,
    proxy: str | None,
    cafile: Path | None,
    timeout: float,
    settings: tuple[str, ...],
) -> int:
    """Convert, and print a warning for every loss."""
    from pinsmith import files, formats, importing
    from pinsmith.checks import ending
    from pinsmith.cli import _clock, _files

    ask = asker(online=online, connect=connect, proxy=proxy, cafile=cafile, timeout=timeout)
    policy, file = _formats.read_policy(
        source, source_format, hosts, skip_bad=skip_bad, roles=given_roles(roles), ask=ask
    )
    wanted = formats.find(to) if to else formats.by_name(target.name)
    options = _formats.settings(settings, wanted) | {"accept-loss": accept_loss}
    converted = importing.convert(file, policy, wanted, options=options, name=str(target))
    made = converted.made
    if converted.problem is not None:
        why = f"because that file cannot be edited: {converted.problem}"
        _output.warning(f"only the pins of {source} are written, {why}")
    if not allow_ending:
        ending.require_lasting(ending.find(policy, made.hosts, now=_clock.now()), str(target))
    if made.attachments:
        raise UsageError(
            f"{wanted.id} consists of several files, but `pinsmith convert` writes one",
            hint="run `pinsmith import`, and then `pinsmith export -o FILE`",
        )
    _formats.warn_of_losses(made.losses)
    if _files.is_standard_output(target):
        _output.text(made.text)
        return ExitCode.OK
    files.write_atomically(target, made.text, exclusive=True)
    _output.note(f"wrote {target}, {wanted.title}, from {file.target.title}")
    return ExitCode.OK
