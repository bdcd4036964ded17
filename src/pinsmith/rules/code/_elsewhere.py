"""Connections in Go and in shell that are opened to compare pins, and closed before another one sends the request."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from pinsmith.audit import program, words
from pinsmith.rules.code._function import FUNCTIONS, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit import Code

_DIALS: Final = re.compile(r"\b(?P<name>\w+)\s*,\s*\w+\s*:?=\s*(?P<at>tls\.Dial(?:WithDialer)?\()")
_LOOKS: Final = r"\.(?:ConnectionState|Close|Handshake|HandshakeContext|VerifyHostname|SetDeadline)\("
_SENDS: Final = re.compile(
    r"\bhttp\.(?:Get|Head|Post|PostForm|DefaultClient)\b|\b\w*[cC]lient\.(?:Do|Get|Head|Post|PostForm)\("
)
_COMPARES: Final = re.compile(r"[pP]in|[fF]ingerprint|sha256|[dD]igest|[hH]ash")
_PINS_ITSELF: Final = re.compile(r"\b(?:VerifyConnection|VerifyPeerCertificate|DialTLS|DialTLSContext)\b")
_HOST: Final = re.compile(r"""["']?(?P<host>[^\s:"']+):\w+""")
_REFUSES: Final = re.compile(r"\b(?:exit|return|die|fail\w*|abort)\b")
_MOST: Final = 20  # connections in a function that a person wrote
_MAX_COMMANDS: Final = 2_000
_NEXT: Final = 50  # requests after a connection
_PINNED: Final = re.compile(r"--pinnedpubkey\b|--config\b|-[a-zA-Z]*K\b")


def elsewhere(code: Code) -> Iterator[int]:
    """Yield where such connections are opened."""
    if code.language.id == "go" and not _PINS_ITSELF.search(code.bare):
        yield from _in_go(code)
    if code.language.id == "bash":
        yield from _in_shell(code)


def _in_go(code: Code) -> Iterator[int]:
    functions = [(function, function.text()) for function in code.of_kinds(FUNCTIONS)]
    able = [(function, text) for function, text in functions if "tls.Dial" in text and _COMPARES.search(text)]
    for function, text in able[:_MOST]:
        begin = function.range().start.index
        for dial in itertools.islice(_DIALS.finditer(text), _MOST):
            uses = re.findall(rf"(?<![.\w]){dial['name']}\b(?!\s*,\s*\w+\s*:?=)(?!\s*[!=]=)(?!{_LOOKS})", text)
            if dial["name"] != "_" and not uses and _is_sent_elsewhere(function, functions):
                yield begin + dial.start("at")


def _is_sent_elsewhere(function: SgNode, functions: list[tuple[SgNode, str]]) -> bool:
    """Say whether a function, or one that calls it, sends a request by a client."""
    name = name_of(function)
    calls = re.compile(rf"\b{name.text()}\(" if name is not None else r"(?!)")
    others = (text for _, text in functions if calls.search(text))
    return any(map(_SENDS.search, (function.text(), *others)))


def _in_shell(code: Code) -> Iterator[int]:
    commands = [(node, words(node, code)) for node in code.of_kinds(frozenset({"command"}))]
    requests = [node for node, given in commands if given and program(given[0]) in ("curl", "wget")]
    begins = [node.range().start.index for node in requests]
    for node, given in commands[:_MAX_COMMANDS]:
        texts = [word.node.text() for word in given]
        if texts[1:2] != ["s_client"] or "-connect" not in texts[:-1]:
            continue
        host, end = _HOST.match(texts[texts.index("-connect") + 1]), node.range().end.index
        address = _address(host["host"].strip("${}")) if host else re.compile(r"(?!)")
        for request in itertools.islice(requests, first := bisect_right(begins, end), first + _NEXT):
            between = code.bare[end : request.range().start.index]
            is_same = address.search(request.text()) is not None
            if is_same and _REFUSES.search(between) and not _PINNED.search(request.text()):
                yield node.range().start.index
                break


def _address(host: str) -> re.Pattern[str]:
    """Return the pattern of URLs of a host, or of a variable with a host."""
    name = rf"\$?\{{?{re.escape(host)}\}}?"
    return re.compile(rf"""https://{name}(?![\w.-])|(?<=\s)["']?{name}(?:/\S*)?["']?(?=\s|\Z)""")
