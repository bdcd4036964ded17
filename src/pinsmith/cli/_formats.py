"""The parts that commands about formats share: options, reading a file, and printing losses and notes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from pinsmith.cli import _clock, _output
from pinsmith.cli._complete_members import format_ids
from pinsmith.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from pinsmith.cli._roles import Asker
    from pinsmith.finding import Finding
    from pinsmith.formats import Format
    from pinsmith.importing import PlatformFile
    from pinsmith.pin import Pin
    from pinsmith.pinfile import Option
    from pinsmith.policy import KeyRole, Policy
    from pinsmith.sync import Comparison

accept_loss_option = click.option(
    "--accept-loss", multiple=True, metavar="ID", help="Accept this loss; may be repeated."
)
drop_foreign_option = click.option(
    "--drop-foreign",
    is_flag=True,
    help="Overwrite hosts, pins and settings that are in a file but not in pins.toml.",
)
allow_ending_option = click.option(
    "--allow-ending", is_flag=True, help="Write pins even if they have ended or end within 30 days."
)
host_option = click.option(
    "--host",
    "hosts",
    multiple=True,
    metavar="HOST",
    help="The host of the pins, if the file names none; may be repeated.",
)
from_option = click.option(
    "--from",
    "source_format",
    metavar="FORMAT",
    shell_complete=format_ids,
    help="The format of the file, if pinsmith cannot recognise it.",
)
skip_bad_option = click.option(
    "--skip-bad", is_flag=True, help="Leave out pins and hosts that cannot be used, and name each of them."
)
set_option = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set an option of the format, as in [[output]]; may be repeated.",
)


def read_policy(
    path: Path,
    name: str | None,
    hosts: Sequence[str],
    *,
    skip_bad: bool = False,
    roles: Mapping[Pin, KeyRole] | None = None,
    ask: Asker | None = None,
) -> tuple[Policy, PlatformFile]:
    """
    Read a platform's file, and print a warning for everything that a policy cannot hold.

    Args:
        path: As the user named it; ``-`` is standard input.

        name: The id of the format, or None to recognise it.

        hosts: The hosts of the pins, if the file names none.

        skip_bad: Whether parts that cannot be read are left out.

        roles: The roles that the user gives.

        ask: Returns the roles that live hosts show for the keys of a policy; they win over *roles*.

    Raises:
        UnknownFormatError: If the format is not recognised, or cannot be read.
        FormatError: If the file is broken, or pins no host.
        PolicyError: If a role contradicts the table of known authorities, or belongs to no pin of the file.
        FileError: If the file cannot be opened.
    """
    from pinsmith import importing
    from pinsmith.cli._files import read_bytes
    from pinsmith.limit import MAX_BYTES

    file = importing.read(read_bytes(path, most=MAX_BYTES), str(path), format_id=name)
    make = partial(importing.import_policy, file, today=_clock.now().date(), hosts=hosts, skip_bad=skip_bad)
    imported = make(roles=roles)
    if ask is not None:
        imported = make(roles={**(roles or {}), **ask(imported.policy)})
    for note in imported.notes:
        _output.warning(note.summary)
    return imported.policy, file


def warn_of_losses(losses: Iterable[Finding]) -> None:
    """Print a warning for every accepted loss."""
    for loss in losses:
        _output.warning(str(loss))


def warn_of_lock(compared: Comparison) -> None:
    """Warn if pins.lock could not be used."""
    if compared.lock_problem is not None:
        name = compared.path.with_name(compared.lock.name)
        problem = f"{name} {compared.lock_problem}, so pinsmith cannot know which pins it wrote"
        _output.warning(f"{problem}; `pinsmith sync` writes the file anew")


def settings(texts: Sequence[str], target: Format) -> dict[str, Option]:
    """
    Read ``--set NAME=VALUE`` as ``[[output]]`` would hold it.

    Raises:
        UsageError: If a text has no value.
    """
    kinds = {option.name: option.kind for option in target.options}
    found: dict[str, Option] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"--set {text!r} has no value", hint="write --set NAME=VALUE")
        found[name] = _value(value, kinds.get(name, str))
    return found


def _value(text: str, kind: type) -> Option:
    if kind is bool and text in {"true", "false"}:
        return text == "true"
    if kind is int and text.lstrip("-").isdecimal():
        return int(text)
    return tuple(text.split(",")) if kind is tuple else text
