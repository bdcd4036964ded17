"""
Rust: tables of hosts and pins in files that verify certificates for rustls, reqwest, native-tls or OpenSSL.

Source:
    https://docs.rs/rustls/latest/rustls/client/danger/trait.ServerCertVerifier.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit import _table
from pinsmith.audit._call import called
from pinsmith.audit._extractor import Extractor
from pinsmith.audit._scope import named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit._code import Code
    from pinsmith.audit._extractor import Pinning

_CHECKS: Final = ("ServerCertVerifier", "peer_certificate", "set_verify_callback")
_OF_CERTIFICATE: Final = re.compile(r"(?:digest|hash|update)\([^;]{0,80}(?:cert|end_entity|to_der)")
_OF_KEY: Final = re.compile(r"spki|subject_public_key|subject_pki|public_key|pubkey", re.IGNORECASE)
_PAIR: Final = 2


def _find(code: Code) -> Iterator[Pinning]:
    hashes = _OF_CERTIFICATE.search(code.text) is not None and not _OF_KEY.search(code.text)
    found = list(_table.pinned(code, _rows(code), of_certificates=hashes))
    yield from found
    check = next((check for check in _CHECKS if check in code.text), None)
    if check is not None:
        yield from _table.alone(code, found, check, of_certificates=hashes)


def _rows(code: Code) -> Iterator[tuple[SgNode, SgNode]]:
    for node in code.find_kinds(frozenset({"tuple_expression"})):
        if len(parts := named(node)) == _PAIR:
            yield parts[0], parts[1]
    for node in code.find_kinds(code.language.calls):
        name, arguments = called(node, code.language)
        if name == "insert" and len(arguments) == _PAIR:
            yield arguments[0], arguments[1]
    yield from _arms(code)
    yield from _structs(code)


def _arms(code: Code) -> Iterator[tuple[SgNode, SgNode]]:
    """Yield the texts of patterns, and the values of their branches."""
    for node in code.find_kinds(frozenset({"match_arm"})):
        pattern, *others = named(node)
        for part in named(pattern):
            for text in named(part) if part.kind() == "or_pattern" else [part]:
                if text.kind() in code.language.texts and others:
                    yield text, others[-1]


def _structs(code: Code) -> Iterator[tuple[SgNode, SgNode]]:
    """Yield the texts in literals of structs with one list of pins."""
    for node in code.find_kinds(frozenset({"field_initializer_list"})):
        values = [named(field)[-1] for field in named(node) if field.kind() == "field_initializer"]
        hosts = [value for value in values if not _table.are_pins(code.values(value))]
        pins = [value for value in values if _table.are_pins(code.values(value))]
        if len(pins) == 1:
            yield from ((host, pins[0]) for host in hosts)


EXTRACTOR: Final = Extractor(
    id="rust-tls",
    title="Rust",
    signs=("ServerCertVerifier", "rustls", "reqwest", "native_tls", "openssl::"),
    formats={"rust": "rust-rustls"},
    variants=(("reqwest", "rust", "rust-reqwest"),),
    find=_find,
)
