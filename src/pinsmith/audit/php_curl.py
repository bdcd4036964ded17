"""
curl in PHP: ``CURLOPT_PINNEDPUBLICKEY`` of a handle, of a list of options, or of the option ``curl`` of Guzzle.

Source:
    https://www.php.net/manual/en/function.curl-setopt.php;
    https://docs.guzzlephp.org/en/stable/faq.html: ``curl`` holds options of curl of a client, or of a request.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from pinsmith.audit import _curl
from pinsmith.audit._call import called
from pinsmith.audit._curl import NEW, PREFIX, URL, Option
from pinsmith.audit._extractor import Extractor
from pinsmith.audit._scope import named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ast_grep_py import SgNode

    from pinsmith.audit._code import Code
    from pinsmith.audit._extractor import Pinning
    from pinsmith.audit._value import Pair

_PINS: Final = PREFIX + _curl.PINS


def _find(code: Code) -> Iterator[Pinning]:
    yield from _curl.pinnings(code, _options(code))


def _options(code: Code) -> Iterator[Option]:
    used: set[SgNode] = set()
    for call in code.find_kinds(code.language.calls):
        name, arguments = called(call, code.language)
        if name == "curl_setopt" and len(arguments) == 3:  # noqa: PLR2004 - handle, option, value
            yield _option(arguments[0], arguments[1].text(), arguments[2], call)
        elif name == "curl_setopt_array" and len(arguments) == 2:  # noqa: PLR2004 - handle, options
            used.add(code.resolve(arguments[1]))
            for pair in code.pairs(arguments[1]) or ():
                yield _option(arguments[0], pair.name, pair.value, call)
        elif name == "curl_reset" and arguments:
            yield Option(arguments[0].text(), NEW, None, call)
        else:
            yield from _curl.wrapped(code, call, arguments)
            yield from _guzzle(code, arguments, used)
    for assignment in code.find_kinds(code.language.assignments):
        yield from _assigned(code, assignment)
    for node in code.maps():
        pairs = [] if node in used else code.pairs(node) or []
        around = node.parent()
        is_changed = around is not None and around.kind() in code.language.assignments
        if any(map(_is_pins, pairs)) or is_changed:
            handle = named(around)[0].text() if around is not None and is_changed else _first_line(node)
            for pair in pairs:
                yield Option(handle, _name(pair.name), pair.value, node)


def _option(handle: SgNode, name: str, value: SgNode, at: SgNode) -> Option:
    return Option(handle.text(), _name(name), value, at)


def _name(text: str) -> str:
    return text.lstrip("\\").removeprefix(PREFIX)


def _is_pins(pair: Pair) -> bool:
    return pair.name.lstrip("\\") == _PINS


def _guzzle(code: Code, arguments: Sequence[SgNode], used: set[SgNode]) -> Iterator[Option]:
    """Yield the options of a client, or of a request, whose URL stands before them."""
    for before, argument in itertools.pairwise([None, *arguments]):
        pairs = {pair.name: pair.value for pair in code.pairs(argument) or ()} if argument is not None else {}
        options = code.pairs(pairs["curl"]) if "curl" in pairs else None
        if options is None or argument is None or not any(map(_is_pins, options)):
            continue
        used.add(code.resolve(pairs["curl"]))
        handle = f"{_first_line(argument)}@{argument.range().start.index}"
        url = pairs.get("base_uri", before)
        if url is not None:
            yield Option(handle, URL, url, argument)
        if "verify" in pairs:
            yield Option(handle, "SSL_VERIFYPEER", pairs["verify"], argument)
        for pair in options:
            yield Option(handle, _name(pair.name), pair.value, argument)


def _assigned(code: Code, assignment: SgNode) -> Iterator[Option]:
    """Yield a new handle, with its URL, or an entry of a list of options."""
    parts = named(assignment)
    if len(parts) != 2:  # noqa: PLR2004 - a target and a value
        return
    target, value = parts
    if value.kind() in code.language.calls:
        name, arguments = called(value, code.language)
        if name in ("curl_init", "curl_copy_handle"):
            yield Option(target.text(), NEW, None, assignment)
            if name == "curl_init" and arguments:
                yield Option(target.text(), URL, arguments[0], assignment)
    elif target.kind() == "subscript_expression":
        listed, *keys = named(target)
        if len(keys) == 1 and keys[0].text().lstrip("\\").startswith(PREFIX):
            yield _option(listed, keys[0].text(), value, assignment)


def _first_line(node: SgNode) -> str:
    return node.text().partition("\n")[0][:40]


EXTRACTOR: Final = Extractor(
    id="php-curl",
    title="curl in PHP",
    signs=(_PINS,),
    formats={"php": "php-curl"},
    find=_find,
    style=_curl.STYLE,
)
