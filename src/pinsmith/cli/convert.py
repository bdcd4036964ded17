"""
Turn one platform's file into another's.

The same as `pinsmith import` and then `pinsmith export`, without a pins.toml in between.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from pinsmith.cli import _output
from pinsmith.cli._exit import ExitCode
from pinsmith.cli._formats import AcceptOption, AllowEndingOption, FromOption, HostOption, SetOption
from pinsmith.cli._options import UsageError

EXAMPLES: Final = (
    (
        "Turn an Android configuration into curl's:",
        "pinsmith convert network_security_config.xml - --to curl",
    ),
)


def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help='What to read; "-" is standard input.')],
    target: Annotated[Path, typer.Argument(metavar="OUT", help='What to write; "-" is standard output.')],
    *,
    known: FromOption = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="FORMAT", help="What to write, if OUT does not tell by its end.")
    ] = None,
    host: HostOption = None,
    accept_loss: AcceptOption = None,
    allow_ending: AllowEndingOption = False,
    settings: SetOption = None,
) -> int:
    """Convert, and tell what was lost."""
    from pinsmith import _file, ending, formats
    from pinsmith.cli import _clock, _files, _formats

    policy, of = _formats.read_policy(source, known, host or [])
    wanted = formats.find(to) if to else formats.by_name(target.name)
    options = _formats.settings(settings or [], wanted) | {"accept-loss": tuple(accept_loss or ())}
    made = formats.export(policy, wanted, options=options, source=source.name)
    if not allow_ending:
        ending.require_lasting(ending.find(policy, made.hosts, now=_clock.now()), str(target))
    if made.attachments:
        raise UsageError(
            f"{wanted.id} needs further files beside its own",
            hint="use `pinsmith import`, and then `pinsmith export -o`",
        )
    _formats.tell_losses(made.losses)
    if _files.is_standard_output(target):
        _output.text(made.text)
        return ExitCode.OK
    _file.write_atomically(target, made.text, exclusive=True)
    _output.note(f"wrote {target}, {wanted.title}, from {of.title}")
    return ExitCode.OK
