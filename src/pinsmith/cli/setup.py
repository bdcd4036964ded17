"""
Find the apps and programs beside pins.toml, and add the outputs that pin them.

`setup` looks for projects of Android, iOS, React Native, Expo, Flutter, Cordova, Capacitor, WaveMaker, Node, Python and
other languages, and prints where it found them. On a terminal it asks how to pin each of them. --yes chooses the
recommended format, and --prefer another one. It adds [[output]] entries to pins.toml, but none that `pinsmith sync`
would refuse: a loss needs --accept-loss, and pins that a file already has must be imported first.

Then it checks that each output is wired, which means that its project uses the file. For example, the Android manifest
must name the file, Xcode must build the Info.plist, and packages must be listed. --fix adds what is missing, in place.
It changes nothing that is there: if an app names another file, you decide.

The exit code is 3 if an output would be refused. With --check nothing is written, and the exit code is also 3 if a
project has no output or an output is not wired. Links are not followed, and directories of tools and of other people's
code, such as node_modules and Pods, are skipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _formats, _output
from pinsmith.cli._command import PATH, Command, argument
from pinsmith.cli._complete_members import format_ids
from pinsmith.cli._editing import editing
from pinsmith.cli._options import file_option, find_pin_file, format_option
from pinsmith.errors import FileError, UsageError
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pinsmith.cli._options import Format

EXAMPLES: Final = (
    ("Find the projects, and choose how to pin each of them:", "pinsmith setup"),
    ("Pin each project as recommended, and edit manifests in place:", "pinsmith setup --yes --fix"),
    ("Fail if an app does not use its pins, as in CI:", "pinsmith setup --check"),
)


@click.command("setup", Command, help=__doc__, examples=EXAMPLES)
@argument(
    "directories", type=PATH, nargs=-1, metavar="DIRECTORY", help="Search here. Default: the directory of pins.toml."
)
@file_option
@click.option("--yes", is_flag=True, help="Pin each project as recommended, without a question.")
@click.option(
    "--prefer",
    multiple=True,
    metavar="FORMAT",
    shell_complete=format_ids,
    help="Choose this format for every project that can use it; may be repeated.",
)
@click.option("--fix", is_flag=True, help="Add what is missing to manifests and configurations, in place.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 3 if something is missing.")
@_formats.accept_loss_option
@format_option()
def setup(
    *,
    directories: tuple[Path, ...],
    file: Path | None,
    yes: bool,
    prefer: tuple[str, ...],
    fix: bool,
    check: bool,
    accept_loss: tuple[str, ...],
    output: Format,
) -> int:
    """Look, choose, write, and print what is missing."""
    if check and (yes or fix):
        raise UsageError(f"--check and {'--yes' if yes else '--fix'} exclude each other")
    _require_losses(accept_loss)
    from pinsmith.cli import _clock, _setup_result
    from pinsmith.cli._setup_choice import chooser
    from pinsmith.files.transaction import write_all
    from pinsmith.formats import find
    from pinsmith.pinfile._edit_outputs import OutputEdit
    from pinsmith.setup import Tree, examine

    path = _pin_file(file, directories)
    edit = OutputEdit.load(path)
    tree = Tree(path.parent, _starts(directories, path))
    choose = chooser([find(name).id for name in prefer], takes_recommended=yes or check)
    # The lock is not held while somebody thinks: a file that changes meanwhile is noticed when all are written.
    examined = examine(edit, tree, path, choose, now=_clock.now(), accept_loss=accept_loss, fix=fix)
    if examined.contents and not check:
        with editing(path):
            write_all(path, examined.contents)
    is_complete = examined.is_complete and not (check and examined.has_new)
    if output == "json":
        from pinsmith.documents.document import encode
        from pinsmith.documents.setup import setup_document

        _output.document(encode(setup_document(examined, complete=is_complete)))
    else:
        _setup_result.show(examined, path, is_check=check)
        _setup_result.conclude(examined, path, is_check=check, has_fixed=fix)
    return ExitCode.MISMATCH if examined.is_refused or (check and not is_complete) else ExitCode.OK


def _require_losses(names: Sequence[str]) -> None:
    from pinsmith._closest import closest
    from pinsmith.formats import LOSSES

    for name in names:
        if name not in LOSSES:
            near = closest(name, LOSSES)
            hint = f"did you mean {near}?" if near else "docs/reference/formats.md lists the losses"
            raise UsageError(f"there is no loss {name!r}", hint=hint)


def _pin_file(given: Path | None, directories: Sequence[Path]) -> Path:
    """Find the pin file. Without one, say which files it can be made from."""
    try:
        return find_pin_file(given)
    except FileError as error:
        from pathlib import Path

        from pinsmith.setup import Tree, without_pin_file

        standing = without_pin_file(Tree(Path(), directories)) if given is None else []
        if standing:
            error.details = tuple(finding.summary for finding in standing)
            error.hint = (
                "create one from these pins with `pinsmith import FILE > pins.toml`, or with `pinsmith init HOST`"
            )
        raise


def _starts(directories: Sequence[Path], path: Path) -> list[Path]:
    """Return the directories to search, which must belong to the repository of the pin file."""
    from pinsmith.sync.read import place_of

    repository = place_of(path, outside=False).repository
    for directory in directories:
        if not directory.is_dir():
            raise UsageError(f"{directory} is not a directory", hint="name a directory with apps, or none")
        if not directory.resolve().is_relative_to(repository):
            raise UsageError(f"{directory} is outside {repository}", hint="name a directory of the repository")
    return [directory.resolve() for directory in directories]
