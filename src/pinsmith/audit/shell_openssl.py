"""
openssl in shell: the digest of the key that ``openssl s_client -connect host:443`` shows, compared with a text.

Source:
    https://docs.openssl.org/master/man1/openssl-s_client/
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit._extractor import Extractor, Pinning, Remark
from pinsmith.audit._scope import named
from pinsmith.audit._shell import program, words
from pinsmith.audit._value import Known, Unknown, position_of, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit._code import Code
    from pinsmith.audit._shell import Word
    from pinsmith.audit._value import Value

_PIN: Final = re.compile(r"(?:sha256/+)?[A-Za-z0-9+/]{43}=|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){31}")
_CONNECT: Final = re.compile(r"(?:\w+:)?([\w.-]+):\w+")
_OF_KEY: Final = re.compile(r"-pubkey\b|\bpkey\b|-pubin\b")
_EQUAL: Final = frozenset({"=", "==", "!="})
_COMPARES: Final = ("test", "grep", "egrep", "fgrep")
_MAX_STEPS: Final = 20  # substitutions that take the results of others


def _find(code: Code) -> Iterator[Pinning]:
    for node in code.find_kinds(frozenset({"binary_expression"})):
        sides = named(node)
        signs = {child.text().strip() for child in node.children() if not child.is_named()}
        if len(sides) == 2 and signs <= _EQUAL:  # noqa: PLR2004 - both sides
            yield from _compared(code, sides, sides)
    for node in code.find_kinds(frozenset({"command"})):
        all_words = words(node, code)
        if all_words and program(all_words[0]) in _COMPARES:
            sides = [word.node for word in all_words[1:]]
            pipeline = node.parent()
            is_piped = pipeline is not None and pipeline.kind() == "pipeline"
            yield from _compared(code, sides, [pipeline] if is_piped and pipeline is not None else sides)
    for node in code.find_kinds(frozenset({"case_statement"})):
        of, *items = named(node)
        texts = [part for item in items for part in named(item) if part.kind() in code.language.texts]
        yield from _compared(code, texts, [of])


def _compared(code: Code, sides: list[SgNode], origins: list[SgNode]) -> Iterator[Pinning]:
    """Yield what is pinned if one of *sides* is a pin, and *origins* take a digest from a connection."""
    pins = [value for side in sides for value in code.values(side) if _is_pin(value)]
    if not pins:
        return
    parts = list(_parts(code, origins))
    commands = [words(command, code) for part in parts for command in part.find_all(kind="command")]
    clients = [command for command in commands if [word.text for word in command[1:2]] == ["s_client"]]
    if not clients:
        return
    at = pins[0].at
    hosts = list(dict.fromkeys(_host(client) for client in clients))
    is_one = len({value.text if isinstance(value, Known) else None for value in hosts}) == 1 and len(parts) < _MAX_STEPS
    held = hosts[:1] if is_one else [Unknown("several connections", at)]
    if any(_OF_KEY.search(part.text()) for part in parts):
        yield Pinning(tuple(held), tuple(pins), at)
    else:
        text = "the digest is that of a certificate, and a policy holds those of keys; it is left out"
        yield Pinning(tuple(held), (), at, remarks=(Remark("pins-not-kept", text, at),))


def _is_pin(value: Value) -> bool:
    return isinstance(value, Known) and _PIN.fullmatch(value.text) is not None


def _parts(code: Code, origins: list[SgNode]) -> Iterator[SgNode]:
    """Yield the expressions that *origins* are made of, and what the names in them stand for."""
    waiting = list(origins)
    seen: set[tuple[int, int]] = set()
    while waiting and len(seen) < _MAX_STEPS:
        node = waiting.pop(0)
        span = node.range()
        key = span.start.index, span.end.index
        if key in seen:
            continue
        seen.add(key)
        yield node
        names = [name for kind in sorted(code.language.names) for name in node.find_all(kind=kind)]
        waiting += [made for name in names if (made := code.resolve(name)) != name]


def _host(client: list[Word]) -> Value:
    """Return the host that a command connects to; with another name for the server it is not known."""
    given = {option.text: value for option, value in itertools.pairwise(client) if option.text}
    connect = given.get("-connect")
    if connect is None:
        return unknown(client[0].node)
    found = _CONNECT.fullmatch(connect.text or "")
    name = given.get("-servername")
    if found is None or (name is not None and name.text != found[1]):
        return unknown(connect.node)
    return Known(found[1], position_of(connect.node))


EXTRACTOR: Final = Extractor(
    id="shell-openssl",
    title="openssl",
    signs=("s_client",),
    formats={"bash": "curl-shell"},
    find=_find,
)
