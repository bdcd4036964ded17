"""What lint makes of a file: its hosts with their lines, what its reader found, or a finding that it is broken."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.audit import _code
from pinsmith.errors import ParseError, UnknownFormatError
from pinsmith.finding import FilePlace, Finding
from pinsmith.rules import RULES, lint, may_have_findings, read, unreadable
from tests.formats.policy import pin

if TYPE_CHECKING:
    from ast_grep_py import SgNode

    from pinsmith.audit.languages import Language

TODAY: Final = date(2027, 1, 1)
OURS, STANDBY = pin("ours"), pin("standby")
PIN_FILE: Final = f"""version = 1
[defaults]
lead-time = 60
[keys.ours]
pin = "{OURS}"
[keys.standby]
pin = "{STANDBY}"
[[host]]
name = "api.example.com"
keys = ["ours", "standby"]
[[host]]
name = "www.example.com"
keys = ["ours", "standby"]
"""


def test_a_pin_file_has_a_line_for_each_host() -> None:
    """Each host of a pin file is placed at its table, and the lead time of the file is known."""
    file = read(PIN_FILE.encode(), "pins.toml", today=TODAY)
    assert [(site.entry.host, site.place) for site in file.sites] == [
        ("api.example.com", FilePlace("pins.toml", 8)),
        ("www.example.com", FilePlace("pins.toml", 11)),
    ]
    assert (file.target, file.lead_time) == (None, timedelta(days=60))


def test_a_pin_file_that_is_broken_has_a_finding_with_its_place() -> None:
    """The finding has the line and column, and a known-bad pin is called that."""
    bad = PIN_FILE.replace(OURS.base64, "A" * 43 + "=")
    with pytest.raises(ParseError) as raised:
        read(bad.encode(), "pins.toml", today=TODAY)
    found = unreadable(raised.value, "pins.toml")
    assert (found.rule, str(found.place)) == ("known-bad-pin", "pins.toml:5:1")
    assert found.message.startswith("keys.ours.pin: ")
    assert "pins.toml" not in found.message


def test_pins_without_a_host_are_looked_at_too() -> None:
    """A file that names no host has the same findings, without a host."""
    (found,) = lint([read(f'pinnedpubkey = "sha256//{OURS.base64}"\n'.encode(), "api.curlrc", today=TODAY)], RULES)
    assert (found.rule, found.host) == ("missing-backup-pin", None)
    assert found.message == "it has one pin, so the loss or change of that key locks all clients out"


def test_what_matters_for_import_alone_is_left_out() -> None:
    """Notes about roles and settings that a policy cannot hold are not findings."""
    text = f'{{"api.example.com": ["{OURS}", "{STANDBY}"]}}'
    assert read(text.encode(), "pins.json", today=TODAY).notes == ()


def test_a_file_without_pins_is_not_recognised() -> None:
    """A file of no format raises, so that a search can skip it."""
    with pytest.raises(UnknownFormatError):
        read(b"<xml/>", "layout.xml", today=TODAY)


@pytest.mark.parametrize("filler", ["// " + "x" * 10_001, "// x\n" * 500_000])
def test_code_that_is_too_long_is_not_passed_over(filler: str) -> None:
    """A long line or a long file hides no mistake: the finding says that no rule was applied."""
    text = f"val open = HostnameVerifier {{ _, _ -> true }}\n{filler}\n"
    (note,) = read(text.encode(), "Net.kt", today=TODAY).notes
    assert note.rule == "code-not-read"
    assert "no rule was applied" in note.message


def test_many_notes_are_not_compared_with_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file in which nothing can be used has thousands of notes, and takes no quadratic time."""
    compared: list[None] = []
    equal = Finding.__eq__

    def compare(one: Finding, other: object) -> bool:
        compared.append(None)
        return equal(one, other)

    monkeypatch.setattr(Finding, "__eq__", compare)
    lines = "".join(f"curl_setopt($h, CURLOPT_PINNEDPUBLICKEY, f({number}));\n" for number in range(300))
    assert len(read(f"<?php\n{lines}".encode(), "a.php", today=TODAY).notes) >= 300
    assert len(compared) < 3_000


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_code_is_read_in_the_encodings_of_editors(encoding: str) -> None:
    """Visual Studio writes UTF-16, in which a mistake is found at the same place."""
    content = "val open = HostnameVerifier { _, _ -> true }\n".encode(encoding)
    assert may_have_findings(content, "Net.kt")
    ((rule, spot),) = read(content, "Net.kt", today=TODAY).spots
    assert (rule, spot.at.line, spot.at.column) == ("certificate-check-off", 1, 12)


@pytest.mark.parametrize(
    ("text", "trees"),
    [
        ('def turn(pin="not "):\n    return len(hash(pin)) or check(pin)\n', 0),
        ("requests.get(url)\n", 1),
        ("requests.get(url)  # not checked\n", 2),
    ],
)
def test_code_is_parsed_only_if_a_rule_may_find_something(
    text: str, trees: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Common words do not make a rule look at a file, and only comments make it look at a second tree."""
    parsed: list[str] = []
    tree = _code._tree

    def parse(text: str, language: Language) -> SgNode:
        parsed.append(text)
        return tree(text, language)

    monkeypatch.setattr(_code, "_tree", parse)
    with suppress(UnknownFormatError):
        read(text.encode(), "client.py", today=TODAY)
    assert len(parsed) == trees
