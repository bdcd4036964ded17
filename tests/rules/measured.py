"""Count the files in which a rule finds its defect, and the files without a defect in which it has a finding."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from pinsmith.errors import PinsmithError
from pinsmith.finding import Severity
from pinsmith.rules import PIN_RULES, RULES, Persona, lint, read, unreadable
from pinsmith.rules._read import _OF_IMPORT
from tests.rules.defects import DEFECTS, GOOD, MISSED, File

TODAY: Final = date(2027, 1, 1)
SEVERE: Final = Severity.MEDIUM
# Notes of readers that lint does not show, or that come from code alone.
NOT_OF_LINT: Final = _OF_IMPORT | {"duplicate-entry", "chain-unchecked"}
CORPUS: Final = Path(__file__).parent / "corpus"
BEGIN: Final = "<!-- Measured: written by `UPDATE_CORPUS=1 pytest tests/rules/test_defects.py`. -->\n"
END: Final = "<!-- End of what was measured. -->\n"


def found(file: File) -> list[tuple[str, str]]:
    """Return the rule and the message of every finding of every persona."""
    files = []
    for one in (file, *file.beside):
        try:
            files.append(read(one.text.encode(), one.name, today=TODAY))
        except PinsmithError as error:
            finding = unreadable(error, one.name)
            return [(finding.rule, finding.message)]
    return [(finding.rule, finding.message) for finding in lint(files, RULES, persona=Persona.AUDITOR)]


@dataclass
class Measured:
    """
    What was counted.

    Attributes:
        bad: The files with a defect, by the rule that must find it.
        found: Those in which that rule has a finding.
        good: The files without a defect.
        wrong: Those in which a rule has a finding.
    """

    bad: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    good: int = 0
    wrong: Counter[str] = field(default_factory=Counter)


def measure() -> Measured:
    """Lint the examples of the rules about pins, the tables of defects, and the good ones in the corpus."""
    result = Measured()
    bad = [(rule, file) for file, rule, *_ in DEFECTS.values()]
    good = [*GOOD.values()]
    for rule in PIN_RULES:
        example = rule.example
        beside = tuple(File(name, text) for title, name, text in example.parts if title == "Beside both")
        bad.append((rule.id, File(example.name, example.bad, beside)))
        good.append(File(example.name, example.good, beside))
    good += [File(path.name, path.read_text("utf-8")) for path in sorted((CORPUS / "good").iterdir())]
    for name, file in bad:
        result.bad[name] += 1
        result.found[name] += name in {one for one, _ in found(file)}
    for file, name, _ in MISSED.values():
        result.bad[name] += 1
        result.found[name] += name in {one for one, _ in found(file)}
    for file in good:
        result.good += 1
        result.wrong.update({one for one, _ in found(file)} - {"unknown-format"})
    return result


def page(result: Measured, text: str) -> str:
    """Put the table into the text of the page."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    rules = sorted(result.bad.keys() | result.wrong.keys())
    rows = "".join(
        f"| `{rule}` | {result.bad[rule]} | {result.found[rule]} | {result.bad[rule] - result.found[rule]} "
        f"| {result.wrong[rule]} |\n"
        for rule in rules
    )
    missed = result.bad.total() - result.found.total()
    reasons = "".join(f"* {defect} (`{rule}`): {why}\n" for defect, (_, rule, why) in MISSED.items())
    return (
        f"{head}{BEGIN}\nThe rules found {result.found.total()} of {result.bad.total()} defects, and missed {missed}. "
        f"In {result.good} files without a\ndefect, they had {result.wrong.total()} findings.\n\n"
        f"| rule | files with the defect | found | missed | files without it, reported |\n| - | -: | -: | -: | -: |\n"
        f"{rows}\nMissed are:\n\n{reasons}\n{END}{tail}"
    )
