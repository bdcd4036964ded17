"""
Ruby: hashes of hosts and pins in files that check certificates, as in ``verify_callback`` of ``Net::HTTP``.

Source:
    https://docs.ruby-lang.org/en/master/OpenSSL/SSL/SSLContext.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit import _table
from pinsmith.audit._extractor import Extractor
from pinsmith.audit._hosts import holds_secrets
from pinsmith.audit._scope import named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit._code import Code
    from pinsmith.audit._extractor import Pinning

_CHECKS: Final = ("verify_callback", "peer_cert", "X509::Certificate")
_OF_CERTIFICATE: Final = re.compile(r"digest\(\s*[\w.@]*(?:cert|leaf|peer)\w*\.to_der")
_OF_KEY: Final = re.compile(r"public_key|pubkey|spki", re.IGNORECASE)


def _find(code: Code) -> Iterator[Pinning]:
    hashes = _OF_CERTIFICATE.search(code.text) is not None and not _OF_KEY.search(code.text)
    found = list(_table.pinned(code, _rows(code), of_certificates=hashes))
    yield from found
    check = next(check for check in _CHECKS if check in code.text)
    yield from _table.alone(code, found, check, of_certificates=hashes)


def _rows(code: Code) -> Iterator[tuple[SgNode, SgNode]]:
    for node in code.find_kinds(frozenset({"pair"})):
        around = node.parent()
        if len(halves := named(node)) > 1 and not (around and holds_secrets(code, around)):
            yield halves[0], halves[-1]
            pins = [pair.value for pair in code.pairs(halves[-1]) or () if _table.are_pins(code.values(pair.value))]
            if len(pins) == 1:
                yield halves[0], pins[0]
    for node in code.find_kinds(frozenset({"when"})):
        *patterns, body = named(node)
        results = named(body) if body.kind() == "then" else []
        if len(results) == 1:
            yield from ((named(pattern)[0], results[0]) for pattern in patterns if named(pattern))


EXTRACTOR: Final = Extractor(
    id="ruby-openssl",
    title="OpenSSL in Ruby",
    signs=_CHECKS,
    formats={"ruby": "ruby-net-http"},
    find=_find,
)
