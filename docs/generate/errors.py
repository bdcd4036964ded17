"""The page of errors: one section for each stable code."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from docs.generate.docstring import to_markdown
from pinsmith.checks.chain_fault import MEANINGS
from pinsmith.cli._error_code import OF_COMMANDS, classes
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pinsmith import errors

INTRODUCTION = """\
# Errors

Every error of pinsmith is a `pinsmith.errors.PinsmithError`. Its text is one line: subject, verb, fact. `code` is
stable, and the command line prints it in brackets (`pinsmith: error[pin-mismatch]: ...`). `hint` is a possible remedy,
and `details` are further lines. All errors can be pickled. `pinsmith help CODE` prints the meaning of a code.

Clients wrap the errors that they catch: `pinsmith.errors.find(error)` finds pinsmith's own error in any exception.
"""

UNVERIFIED = f"""\
# Codes of chains that do not verify

Clients refuse a chain that does not verify before they look at pins, so it is not a pin mismatch. `pinsmith check`
calls it `not-verified` and gives one of these codes as its `reason` in JSON, as the `type` of a failure in JUnit, and
in brackets on standard error. The command line exits with {int(ExitCode.MISMATCH)}, as for a mismatch, because clients
are refused either way.
"""
COMMANDS = """\
# Codes of commands

Only the command line and the service print these codes. No exception of the Python API has them.
"""


def page() -> str:
    """Describe each class: its code, its place in the tree, when it is raised, and the exit code."""
    unverified = (f"## {code}\n\n{meaning}\n" for code, meaning in MEANINGS.items())
    of_commands = (
        f"## {code}\n\n{meaning} The command line exits with {int(exit_code)}.\n"
        for code, (exit_code, meaning) in OF_COMMANDS.items()
    )
    sections = (_section(error) for error in classes())
    return "\n".join([INTRODUCTION, *sections, UNVERIFIED, *unverified, COMMANDS, *of_commands])


def _section(error: type[errors.PinsmithError]) -> str:
    bases = ", ".join(f"`{base.__name__}`" for base in error.__bases__)
    lines = [
        f"## {error.code}",
        "",
        f"`pinsmith.errors.{error.__name__}`, a kind of {bases}. The command line exits with {int(error.exit_code)}.",
        "",
        to_markdown(inspect.getdoc(error)),
        "",
    ]
    return "\n".join(lines)
