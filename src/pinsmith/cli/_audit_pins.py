"""``pinsmith audit --format pins-toml``: the pins that were found, handed over to ``pinsmith import``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click
from click.core import ParameterSource

from pinsmith.cli import _output
from pinsmith.errors import UsageError
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_SHARED: Final = {"paths", "output", "online", "proxy", "cafile", "timeout"}


def print_pins(paths: Sequence[Path], *, online: bool, proxy: str | None, cafile: Path | None, timeout: float) -> int:
    """
    Print the pin file that ``pinsmith import`` prints for *paths*, and return its exit code.

    Raises:
        UsageError: If there is an option that import does not have, or a path that it does not read.
    """
    from pinsmith.cli._audit_packages import is_package
    from pinsmith.cli.import_ import import_

    if package := next(filter(is_package, paths), None):
        raise UsageError(f"{package} is an app package, which cannot be imported", hint="name the source of the app")
    context = click.get_current_context()
    for parameter in context.command.params:
        name = parameter.name or ""
        if name not in _SHARED and context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise UsageError(
                f"{parameter.opts[-1]} does nothing with --format pins-toml",
                hint="leave it out, or run `pinsmith audit` a second time without --format pins-toml",
            )
    code: int = context.invoke(import_, paths=tuple(paths), online=online, proxy=proxy, cafile=cafile, timeout=timeout)
    if code == ExitCode.MISMATCH:
        _output.note("`pinsmith import` takes the same paths, with --prefer or --union, and settles the differences")
    return code
