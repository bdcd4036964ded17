"""Attributes are set in the style of the element, and all other characters stay."""

from __future__ import annotations

import pytest

from pinsmith.syntax.xml import parse_xml
from pinsmith.syntax.xml_edit import XMLEdits


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("<a><b/></a>", '<a><b x="1"/></a>'),
        ("<a>\n <b y='2'/>\n</a>", "<a>\n <b y='2' x=\"1\"/>\n</a>"),
        ("<a>\n <b\n   y='2'>t</b>\n</a>", "<a>\n <b\n   y='2'\n   x=\"1\">t</b>\n</a>"),
        ("<a>\r\n <b\r\n   y='2'\r\n   z='>'\r\n />\r\n</a>", None),
        ("<a><b x='0' y='2'/></a>", "<a><b x='1' y='2'/></a>"),
    ],
    ids=["no attribute", "on its line", "on a line of its own", "CRLF", "set already"],
)
def test_an_attribute_is_set_in_the_style_of_the_others(text: str, result: str | None) -> None:
    """A new attribute gets a line of its own if the first one has, and a set one keeps its quotes."""
    document = parse_xml(text)
    edits = XMLEdits(document, mark="mark")
    edits.set_attribute(document.root.children[0], "x", "1")
    assert edits.result() == (result or text.replace("z='>'", "z='>'\r\n   x=\"1\""))
