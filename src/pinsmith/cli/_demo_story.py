"""A story of the demo: its steps run real commands, print what these print, and must behave as they should."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from pinsmith.cli import _output

if TYPE_CHECKING:
    from pinsmith.cli._demo_folder import DemoFolder


class Story:
    """
    Runs the steps in *place*.

    Attributes:
        steps: How many steps there were.
        failures: Those that did not behave, in words.
    """

    def __init__(self, place: DemoFolder) -> None:
        self.place = place
        self.steps = 0
        self.failures: list[str] = []

    def tell(self, heading: str) -> None:
        """Print the heading of a chapter."""
        _output.result("", (_output.Mark(heading, "strong"),), "")

    def note(self, event: str) -> None:
        """Print what happens outside pinsmith."""
        _output.result((_output.Mark("* ", "faint"), event))

    def run(self, command: str, *, expect: str, code: int = 0) -> None:
        """Show *command* and what it prints; it must print *expect* and exit with *code*."""
        self.steps += 1
        _output.result((_output.Mark(f"$ {command}", "good"),))
        outcome = self.place.run(shlex.split(command))
        _output.result(*(f"  {line}" for line in outcome.text.split("\n")))
        if expect not in outcome.text or outcome.code != code:
            wanted = f"{command}: expected exit code {code} and {expect!r}, got exit code {outcome.code}"
            self.failures.append(wanted)

    def expect(self, fact: str, *, holds: bool) -> None:
        """Print *fact*, which must hold."""
        self.steps += 1
        _output.result((_output.Mark("= " if holds else "FAILED: ", "good" if holds else "bad"), fact))
        if not holds:
            self.failures.append(fact)
