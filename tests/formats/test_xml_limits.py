"""XML that would cost more than any platform's file is refused, and what is just below the limit is read."""

from __future__ import annotations

import pytest

from pinsmith.errors import FormatError
from pinsmith.formats import _xml


def test_the_limits_are_far_above_what_platforms_write() -> None:
    """A file of an app has some hundred elements, a dozen deep."""
    assert (_xml._MAX_DEPTH, _xml._MAX_ELEMENTS) == (100, 50_000)


@pytest.mark.parametrize(("count", "depth"), [(10, 1), (1, 5)], ids=["ten elements", "five deep"])
def test_one_element_more_than_the_limit_is_refused(count: int, depth: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the line of the element that is too many."""
    monkeypatch.setattr(_xml, "_MAX_ELEMENTS", 11)
    monkeypatch.setattr(_xml, "_MAX_DEPTH", 6)
    fits = f"<r>\n{'<a>' * depth}{'</a>' * depth}{'<b/>' * (count - 1)}</r>"
    _xml.parse(fits, "made-up.xml")
    deeper = fits.replace("<a>", "<a><a>", 1).replace("</a>", "</a></a>", 1)
    wider = fits.replace("</r>", "<b/></r>")
    with pytest.raises(FormatError, match=r"made-up\.xml:2: .*too many elements, or too deep"):
        _xml.parse(wider if count > 1 else deeper, "made-up.xml")
