"""
List the scenarios and their meaning.

With SCENARIO, prints everything that is published about it: a drawing of the chain, what a correct client does, and
why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _output
from pinsmith.cli._command import Command, argument
from pinsmith.cli._complete_members import scenario_ids
from pinsmith.cli._options import format_option
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pinsmith.cli._options import Format

EXAMPLES: Final = (
    ("List the scenarios:", "pinsmith lab list"),
    ("Read about one of them:", "pinsmith lab list wrong-key"),
)


@click.command("list", Command, help=__doc__, examples=EXAMPLES)
@argument(
    "scenarios",
    nargs=-1,
    metavar="SCENARIO",
    shell_complete=scenario_ids,
    help="A scenario to describe; by default all of them, briefly.",
)
@format_option()
def lab_list(*, scenarios: tuple[str, ...], output: Format) -> int:
    """Print the family."""
    from pinsmith.cli._lab_scenario import chosen, description, overview
    from pinsmith.lab.scenarios import SCENARIOS

    named = chosen(scenarios)
    if output == "json":
        from pinsmith.documents.document import encode
        from pinsmith.documents.lab_list import scenario_document

        _output.document(encode(scenario_document(named or SCENARIOS)))
    elif named:
        for scenario in named:
            _output.result(*description(scenario))
    else:
        _output.result(*overview(SCENARIOS))
    return ExitCode.OK
