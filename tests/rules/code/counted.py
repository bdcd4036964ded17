"""Count the lines of the fixtures that rules about code must find, find, miss, and report although they are right."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, TypeAlias

from pinsmith import audit
from pinsmith.rules.code import CODE_RULES

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
    languages: dict[str, set[str]] = {}
    for name, lines in must.items():
        language = audit.language_of(name.removesuffix(".txt"))
        for _, rule in lines:
            languages.setdefault(rule, set()).add(_TITLES[language.id if language else ""])
    rows = "".join(
        f"| `{rule}` | {wanted[rule]} | {right[rule]} | {wanted[rule] - right[rule]} | {wrong[rule]} "
        f"| {', '.join(sorted(languages[rule], key=str.lower))} |\n"
        for rule in sorted(wanted)
    )
    reported = right.total() + wrong.total()
    head, _, rest = text.partition(BEGIN)
    return (
        f"{head}{BEGIN}\nIn {len(must)} files, {wanted.total()} lines have a mistake. The rules found {right.total()} "
        f"of them (recall {right.total() / wanted.total():.1%}).\nOf the {reported} lines that they reported, "
        f"{wrong.total()} had no mistake (precision {right.total() / reported:.1%}).\n\n"
        "| rule | lines with the mistake | found | missed | other lines, reported | languages |\n"
        f"| - | -: | -: | -: | -: | - |\n{rows}\n{END}{rest.partition(END)[2]}"
    )


_TITLES: Final = {
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
    "tsx": "TypeScript",
    "typescript": "TypeScript",
}
