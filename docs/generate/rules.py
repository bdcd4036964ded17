"""The page of the lint rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.rules import RULES

if TYPE_CHECKING:
    from pinsmith.rules._rule import Rule

INTRODUCTION = """\
# Lint rules

`pinsmith lint` applies these rules to pin files and to the files of platforms, and asks no server. It also reports what
the reader of a format notices: [those rules](formats.md#notes-of-import) are on the page of formats. A file that cannot
be read is a finding too, whose rule is the [code of the error](errors.md).

`--persona` says how much you want to hear: `pedantic` and `auditor` apply more rules. `pinsmith lint --explain RULE`
prints a section of this page.

| rule | severity | finds | persona |
| - | - | - | - |
"""


def page() -> str:
    """Show a table of all rules, and then each of them."""
    rows = "".join(
        f"| [{rule.id}](#rule-{rule.id}) | {rule.severity} | {rule.title} | {rule.persona} |\n" for rule in RULES
    )
    return INTRODUCTION + rows + "\n" + "\n".join(map(_section, RULES))


def _section(rule: Rule) -> str:
    references = f"\nSee {', '.join(rule.references)}.\n" if rule.references else ""
    title = f"{rule.title[0].upper()}{rule.title[1:]}"
    return (
        f"(rule-{rule.id})=\n## {rule.id}\n\n{title}: {rule.severity}. {rule.effect}\n\n"
        f"To mend it, {rule.fix}.\n{references}"
        f"{_example('Bad', rule, rule.example.bad)}{_example('Good', rule, rule.example.good)}"
    )


def _example(title: str, rule: Rule, text: str) -> str:
    language = "xml" if rule.example.name.endswith(".xml") else "toml"
    beside = ", beside a pin file with other pins" if rule.example.beside and title == "Bad" else ""
    return f"\n{title}, in `{rule.example.name}`{beside}:\n\n```{language}\n{text.rstrip()}\n```\n"
