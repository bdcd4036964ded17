"""Tables for reviewers: their content, and protection against formulas and markup."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date

import pytest

from pinsmith.formats import csv as csv_format, export, find, markdown
from pinsmith.policy import HostPins, Key, Policy
from tests.formats.policy import BACKUP, FULL, LEAF, pin

HOSTILE = Policy(
    (
        HostPins(
            "api.example.com",
            (
                Key("=cmd|' /C calc'!A0", pin("a"), algorithm="+1|<script>\n| x | y", not_after=date(2031, 1, 2)),
                Key("@SUM(1)", pin("b"), algorithm='`-"`,\u202etxt'),
            ),
        ),
    )
)


def _rows(policy: Policy) -> list[list[str]]:
    return list(csv.reader(io.StringIO(export(policy, csv_format.FORMAT).text, newline="")))


def test_every_host_and_key_has_a_row() -> None:
    """The table shows the whole policy, with exempt hosts."""
    rows = _rows(FULL)
    assert rows[0][:7] == ["host", "subdomains", "mode", "expires", "key", "role", "pin"]
    assert rows[1][:7] == ["example.com", "yes", "enforce", "2031-05-01", "leaf", "leaf", str(LEAF.pin)]
    assert [row[0] for row in rows[1:]] == [
        *["example.com"] * 2,
        "static.example.com",
        *["api.example.org"] * 3,
        *["log.example.org"] * 2,
    ]
    assert rows[3][1:6] == ["no", "off", "", "", ""]
    assert rows[-1][2::7] == ["report-only", "https://reports.example.net/pins"]


def test_trust_in_pins_only_is_shown() -> None:
    """Reviewers see where no authority vouches."""
    entry = replace(FULL.hosts[0], trust="pins-only", include_subdomains=False)
    assert _rows(Policy((entry,)))[1][2] == "enforce (pins only)"


def test_a_spreadsheet_finds_no_formula() -> None:
    """A text that begins like a formula gets an apostrophe, and no cell continues on another line."""
    first, second = _rows(HOSTILE)[1:]
    assert first[4] == "'=cmd|' /C calc'!A0"
    assert first[7].startswith("'+1|")
    assert second[4] == "'@SUM(1)"
    assert not any(sign in "".join((*first, *second)) for sign in "\n\u202e")


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", " =1", "\uff1d1", "\n-1"])
def test_every_beginning_of_a_formula_is_recognised(text: str) -> None:
    """Blanks in front do not hide a formula."""
    assert csv_format.cell(text)[0] in {"'", "\N{REPLACEMENT CHARACTER}"}
    assert csv_format.cell("a=1") == "a=1"


def test_the_markdown_in_full() -> None:
    """The table has a remark, a head, and a row for each key with its pin as code."""
    policy = Policy((HostPins("api.example.com", (replace(LEAF, not_after=date(2031, 1, 2)), BACKUP)),))
    assert export(policy, markdown.FORMAT).text == (
        r"The pins here are written by pinsmith from pins.toml. Edit that file and run \`pinsmith sync\`."
        "\n\n"
        "| host | subdomains | mode | expires | key | role | pin | algorithm | not-after | reports |\n"
        "| - | - | - | - | - | - | - | - | - | - |\n"
        f"| `api.example.com` | no | enforce |  | `leaf` | leaf | `{LEAF.pin}` | EC P-256 | 2031-01-02 |  |\n"
        f"| `api.example.com` | no | enforce |  | `standby` | standby leaf | `{BACKUP.pin}` | EC P-256 |  |  |\n"
    )


def test_markdown_cells_stay_cells() -> None:
    """Bars, tags, backquotes and line ends in the name or the algorithm of a key are escaped."""
    text = export(HOSTILE, markdown.FORMAT, source="a|<b>`\n# c").text
    head, _, *rows = text.splitlines()
    assert r"a\|\<b\>\`" in head
    assert len(rows) == 4
    bare = [row.replace(r"\|", "") for row in rows]
    assert {row.count("|") for row in bare} == {11}
    assert "<script>" not in text.replace(r"\<", "")
    assert "\u202e" not in text


def test_tables_are_found_by_name() -> None:
    """Both are formats of the family without a reader."""
    assert find("csv").read is None
    assert find("markdown").read is None
