"""
libcurl in C and C++: ``curl_easy_setopt(handle, CURLOPT_PINNEDPUBLICKEY, list)``.

Source:
    https://curl.se/libcurl/c/curl_easy_setopt.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.audit import _curl
from pinsmith.audit._call import called
from pinsmith.audit._curl import NEW, PREFIX, Option
from pinsmith.audit._extractor import Extractor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit._code import Code
    from pinsmith.audit._extractor import Pinning

_PINS: Final = PREFIX + _curl.PINS
_MAKERS: Final = frozenset({"curl_easy_duphandle", "curl_easy_init"})


def _find(code: Code) -> Iterator[Pinning]:
    yield from _curl.pinnings(code, _options(code))


def _options(code: Code) -> Iterator[Option]:
    for call in code.find_kinds(code.language.calls):
        name, arguments = called(call, code.language)
        if name == "curl_easy_setopt" and len(arguments) == 3:  # noqa: PLR2004 - handle, option, value
            yield Option(arguments[0].text(), arguments[1].text().removeprefix(PREFIX), arguments[2], call)
        elif name == "curl_easy_reset" and arguments:
            yield Option(arguments[0].text(), NEW, None, call)
        elif name in _MAKERS and (handle := _assigned(call)):
            yield Option(handle, NEW, None, call)
        else:
            yield from _curl.wrapped(code, call, arguments)


def _assigned(call: SgNode) -> str | None:
    """Return the name that gets the result of a call."""
    around = call.parent()
    if around is None or around.kind() not in ("assignment_expression", "init_declarator"):
        return None
    return around.children()[0].text().lstrip("* ")


EXTRACTOR: Final = Extractor(
    id="libcurl",
    title="libcurl",
    signs=(_PINS,),
    formats={"cpp": "curl"},
    find=_find,
    style=_curl.STYLE,
)
