"""
hpkp for Go, ``storage.Add(host, &hpkp.Header{Sha256Pins: ...})``, and tls-client, which hands its map of pins to hpkp.

Source:
    https://pkg.go.dev/github.com/tam7t/hpkp#Header: pins are bare base64. https://pkg.go.dev/github.com/bogdanfinn/tls-client,
    ``WithCertificatePinning``: ``*.`` before a host sets ``IncludeSubDomains``, and the host itself is pinned too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.audit._call import called
from pinsmith.audit._extractor import Extractor, Host, Pinning
from pinsmith.audit._value import position_of, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ast_grep_py import SgNode

    from pinsmith.audit._code import Code

_PINS: Final = "Sha256Pins"
_OPTION: Final = "WithCertificatePinning"


def _find(code: Code) -> Iterator[Pinning]:
    for call in code.find_kinds(code.language.calls):
        name, arguments = called(call, code.language)
        if name == "Add" and len(arguments) == 2:  # noqa: PLR2004 - a host and its header
            yield from _header(code, arguments)
        elif name == _OPTION and "tls-client" in code.text and arguments:
            pairs = code.pairs(arguments[0])
            if pairs is None:
                yield Pinning((), (unknown(arguments[0]),), position_of(arguments[0]))
            for pair in pairs or ():
                yield Pinning(pair.keys, tuple(code.values(pair.value)), pair.at)


def _header(code: Code, arguments: Sequence[SgNode]) -> Iterator[Pinning]:
    host, header = arguments
    literal = code.resolve(header)
    if literal.kind() == "unary_expression":
        literal = code.resolve(literal.children()[-1])
    held = {pair.name: pair.value for pair in code.pairs(literal) or ()}
    if _PINS in held:
        includes = code.flag(held.get("IncludeSubDomains")) is True
        pins = tuple(code.values(held[_PINS]))
        yield Pinning(tuple(code.values(host)), pins, position_of(host), include_subdomains=includes)


def _read_host(text: str) -> Host:
    return Host(text.removeprefix("*."), include_subdomains=True) if text.startswith("*.") else Host(text)


EXTRACTOR: Final = Extractor(
    id="go-hpkp",
    title="hpkp",
    signs=(_PINS, _OPTION),
    formats={"go": "go"},
    find=_find,
    read_host=_read_host,
    style="bare base64",
)
