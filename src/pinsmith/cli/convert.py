"""
Turn one platform's file into another's.

The same as `pinsmith import` and then `pinsmith export`, without a pins.toml in between. If both files are of the same
format, the pins are written into a copy of IN, and everything else in it is kept.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from pinsmith.cli import _output
from pinsmith.cli._formats import AcceptOption, AllowEndingOption, FromOption, HostOption, SetOption, SkipBadOption
from pinsmith.cli._options import DEFAULT_TIMEOUT, CafileOption, ConnectOption, TimeoutOption
from pinsmith.cli._roles import OnlineOption, RoleOption, asker, given_roles
from pinsmith.errors import UsageError
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinsmith.formats import Exported, Format
    from pinsmith.pinfile._document import Option
    from pinsmith.policy import Policy

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
        str | None, typer.Option("--to", metavar="FORMAT", help="What to write, if the name of OUT does not say so.")
    ] = None,
    host: HostOption = None,
    accept_loss: AcceptOption = None,
    allow_ending: AllowEndingOption = False,
    role: RoleOption = None,
    skip_bad: SkipBadOption = False,
    online: OnlineOption = False,
    connect: ConnectOption = None,
    cafile: CafileOption = None,
    timeout: TimeoutOption = DEFAULT_TIMEOUT,
    settings: SetOption = None,
) -> int:
    """Convert, and print a warning for all that is lost."""
    from pinsmith import ending, files, formats
    from pinsmith.cli import _clock, _files, _formats

    ask = asker(online=online, connect=connect, cafile=cafile, timeout=timeout)
    roles = given_roles(role or [])
    policy, found, content = _formats.read_policy(source, known, host or [], skip_bad=skip_bad, roles=roles, ask=ask)
    wanted = formats.find(to) if to else formats.by_name(target.name)
    options = _formats.settings(settings or [], wanted) | {"accept-loss": tuple(accept_loss or ())}
    made = _edited(content, policy, wanted, options, source) if wanted is found else None
    if made is None:
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
    files.write_atomically(target, made.text, exclusive=True)
    _output.note(f"wrote {target}, {wanted.title}, from {found.title}")
    return ExitCode.OK


def _edited(
    content: bytes, policy: Policy, target: Format, options: Mapping[str, Option], source: Path
) -> Exported | None:
    """Write the pins into a copy of the file that they come from, which keeps all else; None if it cannot be edited."""
    from pinsmith import formats
    from pinsmith.errors import FormatError

    try:
        text = formats.decode(content, str(source))
        return formats.export(policy, target, options=options, source=source.name, existing=text, name=str(source))
    except FormatError as error:
        _output.warning(
            f"everything in {source} but the pins is left out, because it cannot be edited: {error.problem}"
        )
        return None
