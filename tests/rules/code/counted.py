"""Count the lines of the fixtures that rules about code must find, find, miss, and report although they are right."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, TypeAlias

from pinsmith import audit
from pinsmith.rules.code import CODE_RULES
from tests.rules.code.inventory import ALL, MISTAKES

if TYPE_CHECKING:
    from collections.abc import Mapping

    Lines: TypeAlias = set[tuple[int, str]]

BEGIN: Final = "<!-- Counted: written by `UPDATE_CORPUS=1 pytest tests/rules/code`. -->\n"
END: Final = "<!-- End of what was counted. -->\n"


def page(must: Mapping[str, Lines], found: Mapping[str, Lines], text: str) -> str:
    """Put the table into the text of the page: what *must* be found, and what was *found*, by fixture."""
    rules = {rule.id for rule in CODE_RULES}
    wanted = Counter(rule for lines in must.values() for _, rule in lines if rule in rules)
    right = Counter(rule for name in must for _, rule in must[name] & found[name] if rule in rules)
    wrong = Counter(rule for name in must for _, rule in found[name] - must[name] if rule in rules)
    rows = "".join(
        f"| [`{rule}`](reference/rules.md#rule-{rule}) | {wanted[rule]} | {right[rule]} | {wrong[rule]} "
        f"| {_languages(rule)} | {_lab(rule)} |\n"
        for rule in sorted(wanted)
    )
    reasons = "".join(f"* `{rule}`: {mistake.reason}\n" for rule, mistake in MISTAKES.items() if mistake.reason)
    reported = right.total() + wrong.total()
    head, _, rest = text.partition(BEGIN)
    return (
        f"{head}{BEGIN}\nIn {len(must)} files, {wanted.total()} lines have a mistake. The rules found {right.total()} "
        f"of them (recall {right.total() / wanted.total():.1%}).\nOf the {reported} lines that they reported, "
        f"{wrong.total()} had no mistake (precision {right.total() / reported:.1%}).\n\n"
        "| rule | lines with the mistake | found | other lines, reported | languages | scenarios of the lab |\n"
        f"| - | -: | -: | -: | - | - |\n{rows}\nWhy some rules look at some languages only:\n\n{reasons}\n"
        f"{END}{rest.partition(END)[2]}"
    )


def language_of(name: str) -> str:
    """Return the language of a fixture; files with XML in TypeScript count as TypeScript."""
    language = audit.language_of(name.removesuffix(".txt"))
    return (language.id if language else "").replace("tsx", "typescript")


def _languages(rule: str) -> str:
    languages = MISTAKES[rule].languages
    left_out = sorted((TITLES[language] for language in ALL if language not in languages), key=str.lower)
    if len(left_out) <= _MOST_LEFT_OUT:
        return "all but " + ", ".join(left_out) if left_out else "all"
    return ", ".join(sorted((TITLES[language] for language in languages), key=str.lower))


def _lab(rule: str) -> str:
    return ", ".join(f"[{name}](reference/lab-scenarios.md#{name})" for name in MISTAKES[rule].scenarios) or "-"


_MOST_LEFT_OUT: Final = 4
TITLES: Final = {
    "bash": "shell",
    "cpp": "C++",
    "csharp": "C#",
    "dart": "Dart",
    "go": "Go",
    "java": "Java",
    "kotlin": "Kotlin",
    "objc": "Objective-C",
    "php": "PHP",
    "python": "Python",
    "ruby": "Ruby",
    "rust": "Rust",
    "swift": "Swift",
    "typescript": "TypeScript",
}
"""The languages that rules look at."""
