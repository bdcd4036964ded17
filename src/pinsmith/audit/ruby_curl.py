"""
curl in Ruby: ``pinnedpublickey`` of Typhoeus, Ethon and curb.

Source:
    https://github.com/typhoeus/ethon/pull/177; https://github.com/taf2/curb, ``Curl::Easy#setopt`` and ``#set``
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.audit import _curl
from pinsmith.audit._call import called
from pinsmith.audit._curl import NEW, PINS, URL, Option
from pinsmith.audit._extractor import Extractor
from pinsmith.audit._scope import named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ast_grep_py import SgNode

    from pinsmith.audit._code import Code
    from pinsmith.audit._extractor import Pinning

_PAIR: Final = 2


def _find(code: Code) -> Iterator[Pinning]:
    yield from _curl.pinnings(code, _options(code))


def _options(code: Code) -> Iterator[Option]:
    for call in code.find_kinds(code.language.calls):
        name, arguments = called(call, code.language)
        if name in ("set", "setopt") and len(arguments) == _PAIR:
            value = None if arguments[1].kind() == "nil" else arguments[1]
            yield Option(named(call)[0].text(), _name(arguments[0]), value, call)
        else:
            yield from _request(code, call, arguments)
    for assignment in code.find_kinds(code.language.assignments):
        target, *_, value = named(assignment)
        if target.kind() == "call":
            handle, *names = named(target)
            yield Option(handle.text(), names[-1].text().upper() if names else "", value, assignment)
        elif value.kind() == "call" and "Curl::Easy" in value.text()[:40]:
            yield Option(target.text(), NEW, None, assignment)
            _, arguments = called(value, code.language)
            yield from (Option(target.text(), URL, url, assignment) for url in arguments[:1])


def _request(code: Code, call: SgNode, arguments: Sequence[SgNode]) -> Iterator[Option]:
    """Yield the options of a request, whose URL is the first argument or an option."""
    entries = [part for argument in arguments for part in _entries(code, argument)]
    options = [(_name(key), value) for key, value in entries]
    if any(name == PINS for name, _ in options):
        handle = f"a request@{call.range().start.index}"
        if all(name != URL for name, _ in options):
            yield Option(handle, URL, arguments[0], call)
        yield from (Option(handle, name, value, call) for name, value in options)


def _entries(code: Code, argument: SgNode) -> Iterator[tuple[SgNode, SgNode]]:
    resolved = code.resolve(argument)
    for pair in named(resolved) if resolved.kind() in code.language.maps else [argument]:
        if pair.kind() == "pair" and len(halves := named(pair)) == _PAIR:
            yield halves[0], halves[1]


def _name(key: SgNode) -> str:
    return key.text().rpartition(":")[2].upper().removeprefix("CURLOPT_")


EXTRACTOR: Final = Extractor(
    id="ruby-curl",
    title="curl in Ruby",
    signs=("pinnedpublickey", "PINNEDPUBLICKEY"),
    formats={"ruby": "ruby-net-http"},
    find=_find,
    style=_curl.STYLE,
)
