"""XML elements have places, and their number and depth are limited."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from pinsmith.syntax import xml
from pinsmith.syntax.position import SyntaxFaultError, position_at

_inner = st.recursive(
    st.sampled_from(
        ["", " ", "\r\n", "\U0001f600\u00e9", "<!-- \u00e9\n\u2028 -->", "&amp;", "<?p \u00e9?>", "<![CDATA[<x>]]>"]
    ),
    lambda inner: st.builds(
        "<{0}{1}>{2}</{0}\t>{3}<{0}/>".format,
        st.sampled_from(["a", "\u00e9", "n:b"]),
        st.sampled_from(["", " c='/>'", '\n\tc="\U0001f600>"']),
        inner,
        inner,
    ),
)


@given(inner=_inner)
def test_places_are_those_of_characters(inner: str) -> None:
    """Offset, line and column of elements and comments count characters, whatever stands before them."""
    text = f'\ufeff<r xmlns:n="u">\n{inner}</r>'
    document = xml.parse_xml(text)
    for comment in document.comments:
        assert text[comment.start : comment.end] == f"<!--{comment.text}-->"
        assert (comment.line, comment.column) == position_at(text, comment.start)
    waiting = [document.root]
    while waiting:
        element = waiting.pop()
        waiting += element.children
        assert text[element.start : element.open_end].startswith("<")
        assert text[element.start : element.end].endswith(">")
        assert text[element.close : element.end].startswith("</") or element.close == element.open_end == element.end
        if element.line > 1:  # expat does not count the byte order mark
            assert element.position == position_at(text, element.start)


@pytest.mark.parametrize(("count", "depth"), [(10, 1), (1, 5)], ids=["ten elements", "five deep"])
def test_one_element_more_than_the_limit_is_refused(count: int, depth: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the line of the element that is too many."""
    monkeypatch.setattr(xml, "MAX_VALUES", 11)
    monkeypatch.setattr(xml, "_MAX_DEPTH", 6)
    fits = f"<r>\n{'<a>' * depth}{'</a>' * depth}{'<b/>' * (count - 1)}</r>"
    xml.parse_xml(fits)
    deeper = fits.replace("<a>", "<a><a>", 1).replace("</a>", "</a></a>", 1)
    wider = fits.replace("</r>", "<b/></r>")
    with pytest.raises(SyntaxFaultError, match="too many elements, or nests") as caught:
        xml.parse_xml(wider if count > 1 else deeper)
    assert caught.value.line == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<a>\n<b>\n</a>", "<b> of line 2 is not closed before </a>"),
        ("<a>\n<b></b>", "the file ends before <a> of line 1 is closed"),
        ("<a>ä & b</a>", "a & begins no entity, and must be written as &amp;"),
        ("<a>&nbsp;</a>", "undefined entity 'nbsp'"),
        ("<a b='' b=''/>", "duplicate attribute 'b'"),
        ("<a b=1/>", "'1' is not allowed here"),
        ("<a/><b/>", "junk after document element"),
    ],
)
def test_a_text_that_is_not_well_formed_has_a_reason(text: str, reason: str) -> None:
    """The error names the tag, the character or the name that is wrong."""
    with pytest.raises(SyntaxFaultError) as raised:
        xml.parse_xml(text)
    assert raised.value.problem == f"it is not well-formed XML: {reason}"
