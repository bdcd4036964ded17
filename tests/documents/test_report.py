"""A report is one file that nothing in it can break, that loads nothing, and that everybody can read."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith._clean import clean
from pinsmith.documents.report import MAX_ROWS, MAX_TEXT, Cell, Fault, Reference, Report, Skipped, Table, report_html

if TYPE_CHECKING:
    from collections.abc import Iterator

VOID: Final = {"meta", "br"}


class Page(HTMLParser):
    """
    The elements of a page, and its text.

    Attributes:
        elements: The name and the attributes of each element, in order.
        texts: The text in each of them.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[int] = []
        self.feed(html)
        self.close()
        assert self._open == [], "an element is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self._open.append(len(self.elements))
        self.elements.append((tag, dict(attrs)))
        self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.elements[self._open.pop()][0] == tag

    def handle_data(self, data: str) -> None:
        for number in self._open:
            self.texts[number] += data

    def texts_of(self, tag: str) -> list[str]:
        """Return the texts of all elements of a kind."""
        return [text for (name, _), text in zip(self.elements, self.texts, strict=True) if name == tag]


def report_of(text: str) -> Report:
    """Make a report with *text* in every place."""
    cell = Cell(text, "bad", is_code=True, id=text)
    return Report(
        text,
        text,
        text,
        "bad",
        text,
        (text,),
        ((text, cell),),
        (Fault(text, text, "bad", (text,), (text,)),),
        (Table(text, (text, text), ((cell, Cell(text)),), text), Table("empty", ("a",), ())),
        (Skipped(text, (text, text)),),
        (text,),
        (Reference(text, text, text, text),),
    )


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "\"'><img src=x onerror=alert(1)>",
        "</style><style>*{}",
        "{{ 7 * 7 }}{% raw %}",
        "\u202etxt.exe\u2066\u200b\x1b[2J\x00\x85\ud800\U000e0041",
        "a\nb\rc",
    ],
    ids=["script", "attribute", "style", "template", "bidi", "lines"],
)
def test_no_text_changes_the_page(text: str) -> None:
    """A text adds no element and no attribute, and hostile characters are shown as escapes."""
    html = report_html(report_of(text))
    page, plain = Page(html), Page(report_html(report_of("x" * len(text))))
    assert [(tag, set(attributes)) for tag, attributes in page.elements] == [
        (tag, set(attributes)) for tag, attributes in plain.elements
    ]
    assert page.elements[0] == plain.elements[0]
    assert all(character.isprintable() or character == "\n" for character in html)
    assert html.encode()
    assert page.texts_of("h1") == [clean(text)]


def test_a_long_text_is_cut() -> None:
    """Ten megabytes of text make a page of a few hundred kilobytes, which states how much is missing."""
    text = "é" * (10 * 1024 * 1024)
    html = report_html(report_of(text))
    assert len(html) < 30 * (MAX_TEXT + 1000)
    assert f"({len(text) - MAX_TEXT} more characters)" in html


def test_a_long_table_is_cut() -> None:
    """A table of many rows shows the first of them, and states how many are missing."""
    rows = [(Cell(f"row {number}."),) for number in range(MAX_ROWS + 7)]
    html = report_html(replace(report_of("text"), tables=(Table("Hosts", ("Host",), rows),)))
    assert f"row {MAX_ROWS - 1}." in html
    assert f"row {MAX_ROWS}." not in html
    assert "<p>7 more are left out here." in html


def test_the_page_loads_nothing() -> None:
    """No element refers to another file, there is no script, and the policy allows the style of the page alone."""
    page = Page(report_html(report_of("text")))
    names = {name for _, attributes in page.elements for name in attributes}
    assert not names & {"src", "srcset", "style", "action"}
    assert {tag for tag, attributes in page.elements if "href" in attributes} == {"a"}
    assert not {"script", "link", "iframe", "object", "base", "form"} & {tag for tag, _ in page.elements}
    (style,) = page.texts_of("style")
    assert "url(" not in style
    assert "@import" not in style
    policy = next(attributes["content"] for _, attributes in page.elements if "http-equiv" in attributes)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_the_page_can_be_read_without_eyes() -> None:
    """It has a language and a title, headings without gaps, and tables with a name and headings in both directions."""
    page = Page(report_html(report_of("text")))
    assert next(attributes for tag, attributes in page.elements if tag == "html") == {"lang": "en"}
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    (table,) = [attributes for tag, attributes in page.elements if tag == "table"]
    assert table["aria-labelledby"] in {attributes.get("id") for tag, attributes in page.elements if tag == "h2"}
    assert [attributes["scope"] for tag, attributes in page.elements if tag == "th"] == ["col", "col", "row"]
    assert all(attributes["data-column"] for tag, attributes in page.elements if tag == "td")


def _colours(style: str) -> Iterator[dict[str, str]]:
    """Yield the colours of the light page and of the dark page."""
    for block in re.findall(r":root \{([^}]*--text[^}]*)\}", style):
        yield dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", block))


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_text_has_contrast() -> None:
    """
    Each colour of a text has at least the contrast 4.5 to each ground on which it stands, light and dark.

    Success criterion 1.4.3 of WCAG 2.2 demands it.
    """
    (style,) = Page(report_html(report_of("text"))).texts_of("style")
    schemes = list(_colours(style))
    assert len(schemes) == 2
    for colours in schemes:
        for text in ("text", "faint", "good", "bad", "warn", "link"):
            own = f"{text}-panel"
            for ground in ("paper", "panel", *([own] if own in colours else [])):
                one, other = sorted((_luminance(colours[text]), _luminance(colours[ground])))
                assert (other + 0.05) / (one + 0.05) >= 4.5, (text, ground, colours[text])
