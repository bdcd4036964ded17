"""
Write every output listed in pins.toml, or report which are out of date.

All files are written, or none. If the command is killed in the middle, the next one puts the old files back. Missing
directories are made. The differences are printed as a patch that `git apply` takes. With --check nothing is written,
and the exit code is 3 if a file is not what pins.toml says: that is for CI, and --print-ci prints the job.

What sync wrote is recorded in pins.lock, beside pins.toml: commit it. A file that pins anything else is not
overwritten until its pins are in pins.toml, or --drop-foreign is given. Pins that have ended, or end within 30 days,
are not written without --allow-ending.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Final, Literal, get_args

import click

from pinsmith.cli import _output
from pinsmith.cli._command import Command, choice_option
from pinsmith.cli._editing import editing
from pinsmith.cli._formats import allow_ending_option, drop_foreign_option
from pinsmith.cli._options import file_option, find_pin_file
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.pinfile import PinFile
    from pinsmith.sync import Change

System = Literal["github", "gitlab", "pre-commit"]
EXAMPLES: Final = (
    ("Write what pins.toml names:", "pinsmith sync"),
    ("Fail if a file was edited by hand, as in CI:", "pinsmith sync --check"),
    ("Print the job that does so:", "pinsmith sync --print-ci github"),
)


@click.command("sync", Command, help=__doc__, examples=EXAMPLES)
@file_option
@click.option("--check", is_flag=True, help="Write nothing; exit with 3 if a file is out of date.")
@click.option("--outside", is_flag=True, help="Allow outputs outside the repository.")
@drop_foreign_option
@allow_ending_option
@choice_option("--print-ci", choices=get_args(System), help="Print a job that runs the check, and do nothing else.")
def sync(
    *,
    file: Path | None,
    check: bool,
    outside: bool,
    drop_foreign: bool,
    allow_ending: bool,
    print_ci: System | None,
) -> int:
    """Compare, and write unless told otherwise."""
    if print_ci is not None:
        from pinsmith.cli._ci import JOBS

        _output.text(JOBS[print_ci])
        return ExitCode.OK
    from pinsmith import pinfile
    from pinsmith.cli._formats import tell_losses
    from pinsmith.sync import apply, require_consent

    path = find_pin_file(file)
    consent = {"drop_foreign": drop_foreign, "allow_ending": allow_ending}
    with nullcontext() if check else editing(path):
        pin_file = pinfile.load_file(path)
        if not pin_file.outputs:
            _output.warning(f"{path} names no output: add an [[output]] with format and path")
            return ExitCode.OK
        *changes, lock = _compare(pin_file, path, outside=outside)
        needed = [change for change in changes if change.is_needed]
        if check:
            _show(needed)
            return _judge(changes, lock, str(path), **consent)
        require_consent(changes, source=str(path), **consent)
        _show(needed)
        apply([*changes, lock], path, source=str(path), **consent)
    for change in changes:
        tell_losses(change.losses)
    for change in needed:
        _output.note(f"wrote {change.name}")
    if not needed:
        _output.note(_all_is_well(len(changes), str(path)))
    if lock.is_needed:
        _output.note(f"recorded the pins in {lock.name}; commit it with {path.name}")
    return ExitCode.OK


def _compare(pin_file: PinFile, path: Path, *, outside: bool) -> list[Change]:
    from pinsmith.cli import _clock
    from pinsmith.cli._formats import load_lock
    from pinsmith.errors import LossError
    from pinsmith.sync import compare

    try:
        return compare(pin_file, path, outside=outside, now=_clock.now(), lock=load_lock(path))
    except LossError as error:
        ids = ", ".join(f'"{each}"' for each in dict.fromkeys(loss.id for loss in error.losses))
        error.hint = f"if that is right for this platform, write accept-loss = [{ids}] into its [[output]]"
        raise


def _show(needed: list[Change]) -> None:
    """Print the differences: for eyes on a terminal, elsewhere byte for byte."""
    for change in needed:
        if _output.is_terminal():
            _output.result(*change.diff())
        else:
            _output.octets(change.git_patch())


def _all_is_well(number: int, path: str) -> str:
    return f"the file is as {path} says" if number == 1 else f"all {number} files are as {path} says"


def _judge(changes: list[Change], lock: Change, path: str, *, drop_foreign: bool, allow_ending: bool) -> int:
    """Say everything that is wrong, not only the first."""
    from pinsmith.errors import ExportError
    from pinsmith.sync import require_consent

    needed = [change for change in changes if change.is_needed]
    code = ExitCode.OK
    for more in ({"allow_ending": True}, {"drop_foreign": True}):
        given = {"drop_foreign": drop_foreign, "allow_ending": allow_ending} | more
        try:
            require_consent(changes, source=path, **given)
        except ExportError as error:
            _output.error(error.code, str(error), details=error.details, hint=error.hint)
            code = ExitCode.MISMATCH
    if needed:
        _output.error(
            "out-of-sync",
            f"not as {path} says: {len(needed)} of {len(changes)} {'file' if len(changes) == 1 else 'files'}",
            details=[f"{change.name} ({change.format})" for change in needed],
            hint="edit the pin file, not these, and run `pinsmith sync`",
        )
        return ExitCode.MISMATCH
    if code == ExitCode.OK:
        _output.note(_all_is_well(len(changes), path))
        if lock.is_needed:
            _output.warning(f"{lock.name} does not have these pins: run `pinsmith sync`, and commit {lock.name}")
    return code
