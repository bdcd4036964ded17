"""
The command line: one file per command, each a thin shell over the library.

`main` is the only place that decides the exit code; `pinsmith.cli._output` is the only module that prints.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

TRACEBACK_VARIABLE = "PINSMITH_TRACEBACK"


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run one command and return the exit code. No exception leaves this function.

    Args:
        arguments: Without the name of the program; by default those of the process.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    from pinsmith.cli import _interrupt, _output

    _output.stand_in()
    try:
        with _interrupt.kept():
            code = _run(words)
            _output.flush()
    except KeyboardInterrupt:
        return _interrupted()
    except BrokenPipeError:
        _output.abandon_stdout()
        return ExitCode.BROKE
    except Exception as error:  # noqa: BLE001 - the last line of defence; it is reported, not hidden
        return _report(error)
    return code


def _run(words: list[str]) -> int:
    # Answered before the parser is even imported: both are asked for all the time.
    if words in (["--version"], ["-V"]):
        import pinsmith
        from pinsmith.cli import _output

        _output.result(f"pinsmith {pinsmith.__version__}")
        return ExitCode.OK
    import warnings

    from pinsmith.cli._app import run

    # About certificates that bend the rules, such as a negative serial number, which some trust anchors of the system
    # have too. They are shown and judged all the same, and nobody at a command line can fix them.
    warnings.filterwarnings("ignore", category=UserWarning, module=r"pinsmith\.(certificate|checks|material)")
    return run(words)


def _report(error: Exception) -> int:
    from pinsmith.cli import _output
    from pinsmith.errors import PinsmithError
    from pinsmith.errors.cause import causes

    # An interrupt may be the cause of another error: of a RuntimeError, which Python before 3.12 makes of whatever
    # interrupts __set_name__, or of what then failed in a clean-up.
    # https://docs.python.org/3/whatsnew/3.12.html#other-language-changes
    if any(isinstance(cause, KeyboardInterrupt) for cause in causes(error)):
        return _interrupted()
    if os.environ.get(TRACEBACK_VARIABLE):
        import traceback

        _output.note(*traceback.format_exception(error))
    if isinstance(error, PinsmithError):
        _output.error(error.code, str(error), details=error.details, hint=error.hint)
        return error.exit_code
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else "the output cannot be written: " if _hint_of(error) else ""
        _output.error("file", f"{where}{error.strerror or error}", hint=_hint_of(error))
        _output.abandon_stdout()
        return ExitCode.BROKE
    _output.error(
        "internal",
        f"{type(error).__name__}: {error}",
        hint=f"this is a bug in pinsmith: run the command again with {TRACEBACK_VARIABLE}=1, and report what it prints",
    )
    return ExitCode.BROKE


def _hint_of(error: OSError) -> str | None:
    import errno

    return "make room on the disk and run it again" if error.errno in (errno.ENOSPC, errno.EDQUOT) else None


def _interrupted() -> int:
    from pinsmith.cli import _output

    _output.abandon_stdout()
    _output.note("interrupted")
    return ExitCode.INTERRUPTED
