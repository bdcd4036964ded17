"""Only a comment accepts a finding, and not a string that looks like one."""

from __future__ import annotations

from datetime import date
from typing import Final

import pytest

from pinsmith.rules import RULES, Persona, lint, read
from pinsmith.rules._allow import comments

ALLOW: Final = "pinsmith: allow[missing-backup-pin] later"
# The name of a file, its text, and the lines of its comments. A # stands for the text that would accept.
FILES: Final = {
    "Kotlin": ("a.kt", 'val a = "// #" /* # */\n// #\nval b = """\n// #\n""" // #\n', [1, 2, 5]),
    "Python": ("a.py", '"""\n## #\n"""\na = "## #"  ## #\n', [4]),
    "shell": ("a.sh", 'a="## #"\ncat <<END\n## #\nEND\n## #\n', [5]),
    "TypeScript": ("a.ts", "const a = `\n// #\n`; // #\n", [3]),
    "Objective-C": ("a.m", 'NSString *a = @"// #";\n// #\n', [2]),
    "XML": ("a.xml", '<a b="#">#\n<![CDATA[<!-- # -->]]><!--\n# --></a>\n', [3]),
    "TOML": ("a.toml", "a = 'x\\' ## #\nb = \"## #\"\nc = '''\n## #\n'''\nd = '\\## #'\n", [1]),
    "YAML": ("a.yaml", "a: it's ## #\nb: '## #'\nc: https://example.com/## #\n", [1]),
    "JSON": ("a.json", '{"//": "// #",\n"a": "#"}\n', []),
    "JSON with comments": ("a.json", '{"a": "// #",\n// #\n"b": 1 /* # */}\n', [2, 3]),
    "Gradle": ("build.gradle", "a 'b' // #\nc '\\'// #'\nd \"// #\"\n", [1]),
    "zone": ("example.zone", '@ TXT "; #"\n@ A 192.0.2.1 ; #\n', [2]),
}


@pytest.mark.parametrize(("name", "text", "lines"), FILES.values(), ids=FILES)
def test_a_string_is_no_comment(name: str, text: str, lines: list[int]) -> None:
    """In each syntax, only real comments accept findings."""
    text = text.replace("##", "\0").replace("#", ALLOW).replace("\0", "#")
    assert [comment.place.line for comment in comments(text, name)] == lines


@pytest.mark.parametrize(("note", "number"), [('log("{}")', 1), ("// {}", 0)])
def test_a_finding_is_not_hidden_by_a_string(note: str, number: int) -> None:
    """The text in a string of the line above hides nothing, and in a comment it accepts the finding."""
    text = note.format("pinsmith: allow[certificate-check-off] a test") + "\nconst a = { rejectUnauthorized: false };\n"
    found = lint([read(text.encode(), "agent.ts", today=date(2027, 1, 1))], RULES, persona=Persona.AUDITOR)
    assert [finding.rule for finding in found] == ["certificate-check-off"] * number
