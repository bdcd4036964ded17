"""
PHP: ``peer_fingerprint`` of stream contexts, a digest of the certificate, and of Symfony, which also takes pins.

Source:
    https://www.php.net/manual/en/context.ssl.php;
    https://github.com/symfony/http-client, ``CurlHttpClient``: the values of ``pin-sha256`` are pins in base64.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from pinsmith.audit._call import called
from pinsmith.audit._extractor import Extractor, Pinning, Remark
from pinsmith.audit._url import host_of
from pinsmith.audit._value import Known, Unknown, position_of, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit._code import Code

_OPTION: Final = "peer_fingerprint"
_PINS: Final = "pin-sha256"


def _find(code: Code) -> Iterator[Pinning]:
    requests: dict[SgNode, SgNode] = {}
    for call in code.find_kinds(code.language.calls):
        _, arguments = called(call, code.language)
        for url, options in itertools.pairwise(arguments):
            requests[code.resolve(options)] = url
    for node in code.maps():
        held = {pair.name: pair.value for pair in code.pairs(node) or ()}
        if _OPTION in held:
            yield _read(code, held, held.get("base_uri", requests.get(node)))


def _read(code: Code, held: dict[str, SgNode], url: SgNode | None) -> Pinning:
    fingerprint = held[_OPTION]
    at, parts = position_of(fingerprint), {pair.name: pair.value for pair in code.pairs(fingerprint) or ()}
    if _PINS in parts:
        host = host_of(url, code) if url is not None else Unknown("the URL", at)
        return Pinning((host,), tuple(code.values(parts[_PINS])), at)
    name = texts(code.values(held["peer_name"])) if "peer_name" in held else []
    other = host_of(url, code) if url is not None else None
    subject = name[0] if len(name) == 1 else other.text if isinstance(other, Known) else None
    text = (
        f"{_OPTION} of {subject or 'a host that this file does not name'} is the digest of a certificate, "
        "and a policy holds those of keys; it is left out"
    )
    return Pinning((), (), at, remarks=(Remark("pins-not-kept", text, at),))


EXTRACTOR: Final = Extractor(
    id="php-peer-fingerprint",
    title="peer_fingerprint in PHP",
    signs=(_OPTION,),
    formats={"php": "php-curl"},
    find=_find,
    style="bare base64",
)
