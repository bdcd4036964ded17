"""
Write the pins in the format of a platform.

If the format cannot express a part of the policy, `export` names that loss, and writes nothing until you accept it with
--accept-loss. It always refuses output that would lock users out or pin nothing. With -o, an existing file is edited in
place: its pinning changes, and the rest stays as it is.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import click

from pinsmith.cli import _complete_pin_file, _formats, _output
from pinsmith.cli._command import PATH, Command, argument, choice_option
from pinsmith.cli._complete_members import format_ids
from pinsmith.cli._editing import editing
from pinsmith.cli._options import file_option, find_pin_file
from pinsmith.cli._signing import signing_options
from pinsmith.errors import UsageError
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pinsmith.cli._signing import SigningKey
    from pinsmith.pinfile import Option, Output

EXAMPLES: Final = (
    ("Write the pins of one host for curl:", "pinsmith export curl --host api.example.com -o api.curlrc"),
    ("Edit the pinning in an existing file:", "pinsmith export curl --host api.example.com -o ~/.curlrc"),
    (
        "Write code, where a platform takes no file:",
        "pinsmith export okhttp-kotlin --set package=com.example.net -o Pins.kt",
    ),
)


@click.command("export", Command, help=__doc__, examples=EXAMPLES)
@argument(
    "name", metavar="FORMAT", shell_complete=format_ids, help="The id of a format; `pinsmith formats` lists them."
)
@file_option
@click.option("-o", "--output", type=PATH, metavar="FILE", help="Write here instead of standard output.")
@click.option(
    "--host",
    "hosts",
    multiple=True,
    metavar="HOST",
    shell_complete=_complete_pin_file.hosts,
    help="Write only this entry; may be repeated.",
)
@choice_option(
    "--roles", choices=("leaf", "ca"), help="Write pins of leaves or of authorities, where a platform takes one kind."
)
@_formats.accept_loss_option
@_formats.drop_foreign_option
@_formats.allow_ending_option
@_formats.set_option
@signing_options
def export(
    *,
    name: str,
    file: Path | None,
    output: Path | None,
    hosts: tuple[str, ...],
    roles: Literal["leaf", "ca"] | None,
    accept_loss: tuple[str, ...],
    drop_foreign: bool,
    allow_ending: bool,
    settings: tuple[str, ...],
    signing: SigningKey,
) -> int:
    """Export, and print a warning for every loss."""
    from pinsmith import formats, pinfile, sync
    from pinsmith.checks import ending
    from pinsmith.cli import _clock, _files
    from pinsmith.pinfile import Output

    target = formats.find(name)
    path = find_pin_file(file)
    options: dict[str, Option] = _formats.settings(settings, target)
    options |= {"hosts": hosts, "accept-loss": accept_loss, "allow-ending": allow_ending}
    if roles is not None:
        options["roles"] = roles
    if output is not None and not _files.is_standard_output(output):
        _files.require_editable(output)
        # Errors name the file as it was typed, where that is correct beside the pin file too.
        typed = output if path.resolve().parent == Path.cwd() else output.absolute()
        return _write(Output(target.id, str(typed), options), path, output, signing, drop_foreign=drop_foreign)
    policy = pinfile.load(path)
    made = sync.export(policy, target, path, options=options, now=_clock.now(), opener=signing.opener)
    if made.attachments:
        raise UsageError(
            f"{target.id} consists of several files, but standard output takes one",
            hint="name the main file with -o FILE",
        )
    if not allow_ending:
        ending.require_lasting(ending.find(policy, made.hosts, now=_clock.now()), target.id)
    _formats.warn_of_losses(made.losses)
    _output.text(made.text)
    return ExitCode.OK


def _write(wanted: Output, path: Path, output: Path, signing: SigningKey, *, drop_foreign: bool) -> int:
    from pinsmith import pinfile
    from pinsmith.cli import _clock
    from pinsmith.sync import Consent, apply, compare_output

    # Under the lock of the pin file, because `sync` writes pins.lock too.
    with editing(path):
        compared = compare_output(pinfile.load(path), wanted, path, now=_clock.now(), opener=signing.opener)
        _formats.warn_of_lock(compared)
        apply(compared, Consent(drop_foreign=drop_foreign))
    for change in compared.changes:
        _formats.warn_of_losses(change.losses)
        where = output if change.path == output.resolve() else change.name
        if change.is_needed:
            _output.note(f"wrote {where}")
        else:
            _output.success(f"{where} is up to date")
    if compared.lock.is_needed:
        _output.note(f"recorded the pins in {compared.lock.name}; commit it with {path.name}")
    return ExitCode.OK
