"""Small edits of an XML text: an attribute, the text of an element, an element as a whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.syntax.edit import Splice

if TYPE_CHECKING:
    from pinsmith.syntax.xml import Element

_NAME: Final = re.compile(r"<[^\s/>]+")
# Only the first of many blanks can begin a match, so that their number does not matter.
_ATTRIBUTE: Final = re.compile(r"""(?<!\s)\s++([^\s=/>]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def set_attribute(text: str, element: Element, name: str, value: str) -> Splice:
    """Give an attribute without a prefix another value, or add it. *value* needs no escapes."""
    for found in _ATTRIBUTE.finditer(text, element.start, element.open_end):
        if found[1] == name:
            start, end = found.span(2 if found[2] is not None else 3)
            return Splice(start, end, value)
    tag = _NAME.match(text, element.start)
    end = tag.end() if tag else element.start
    return Splice(end, end, f' {name}="{value}"')


def set_text(element: Element, value: str) -> tuple[Splice, ...]:
    """
    Replace the text of an element. *value* needs no escapes.

    Returns:
        Empty if the element contains anything besides plain text, such as a comment or an entity.
    """
    if len(element.runs) != 1 or len(element.runs[0]) != element.close - element.open_end:
        return ()
    return (Splice(element.open_end, element.close, value),)


def remove(element: Element) -> Splice:
    """Remove an element."""
    return Splice(element.start, element.end, "")
