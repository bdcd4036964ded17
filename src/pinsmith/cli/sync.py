"""
Write every output that pins.toml names, or say which are not true.

All files are written, or none. If the command is killed in the middle, the next one puts the old files back. Missing
directories are made. The differences are printed as a unified diff. With --check nothing is written, and the exit code
is 3 if a file is not what pins.toml says: that is for CI, and --print-ci prints the job.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from pinsmith.cli import _output
from pinsmith.cli._editing import editing
from pinsmith.cli._exit import ExitCode
from pinsmith.cli._options import FileOption

if TYPE_CHECKING:
    from pinsmith.sync import Change

EXAMPLES: Final = (
    ("Write what pins.toml names:", "pinsmith sync"),
    ("Fail if a file was edited by hand, as in CI:", "pinsmith sync --check"),
    ("Print the job that does so:", "pinsmith sync --print-ci github"),
)


def sync(
    *,
    file: FileOption = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit with 3 if a file is not true.")] = False,
    outside: Annotated[bool, typer.Option("--outside", help="Allow outputs outside the repository.")] = False,
    print_ci: Annotated[
        Literal["github", "gitlab", "pre-commit"] | None,
        typer.Option("--print-ci", help="Print a job that runs the check, and do nothing else."),
    ] = None,
) -> int:
    """Compare, and write unless told otherwise."""
    if print_ci is not None:
        from pinsmith.cli._ci import JOBS

        _output.text(JOBS[print_ci])
        return ExitCode.OK
    from pinsmith import pinfile
    from pinsmith.cli._formats import tell_losses
    from pinsmith.cli._options import find_pin_file
    from pinsmith.sync import apply, compare

    path = find_pin_file(file)
    with nullcontext() if check else editing(path):
        pin_file = pinfile.load_file(path)
        if not pin_file.outputs:
            _output.warning(f"{path} names no output: add an [[output]] with format and path")
            return ExitCode.OK
        changes = compare(pin_file, path, outside=outside)
        needed = [change for change in changes if change.is_needed]
        for change in needed:
            _output.result(*change.diff())
        if check:
            return _judge(needed, len(changes), str(path))
        apply(changes, path)
    for change in changes:
        tell_losses(change.losses)
    for change in needed:
        _output.note(f"wrote {change.name}")
    if not needed:
        _output.note(_all_is_well(len(changes), str(path)))
    return ExitCode.OK


def _all_is_well(number: int, path: str) -> str:
    return f"the file is as {path} says" if number == 1 else f"all {number} files are as {path} says"


def _judge(needed: list[Change], number: int, path: str) -> int:
    if not needed:
        _output.note(_all_is_well(number, path))
        return ExitCode.OK
    _output.error(
        "out-of-sync",
        f"not as {path} says: {len(needed)} of {number} {'file' if number == 1 else 'files'}",
        details=[f"{change.name} ({change.format})" for change in needed],
        hint="edit the pin file, not these, and run `pinsmith sync`",
    )
    return ExitCode.MISMATCH
