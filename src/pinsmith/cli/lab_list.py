"""
List the scenarios, and what each stands for.

With SCENARIO, everything that is published about it: the chain drawn, what a correct pinner does, and why.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import typer

from pinsmith.cli import _output
from pinsmith.exit_code import ExitCode

EXAMPLES: Final = (
    ("See what is tried:", "pinsmith lab list"),
    ("Read about one of them:", "pinsmith lab list wrong-key"),
)


def lab_list(
    scenarios: Annotated[
        list[str] | None, typer.Argument(metavar="SCENARIO", help="What to describe; all, briefly, by default.")
    ] = None,
    *,
    output: Annotated[Literal["text", "json"], typer.Option("--format", help="How to print the result.")] = "text",
) -> int:
    """Print the family."""
    from pinsmith.cli._lab_scenario import chosen, description, document, overview
    from pinsmith.lab.scenarios import SCENARIOS

    named = chosen(scenarios or [])
    if output == "json":
        from pinsmith.cli._documents import encode

        _output.document(encode(document(named or SCENARIOS)))
    elif named:
        for each in named:
            _output.result(*description(each))
    else:
        _output.result(*overview(SCENARIOS))
    return ExitCode.OK
