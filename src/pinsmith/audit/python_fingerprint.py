"""
Python: fingerprints of certificates in urllib3, requests-toolbelt and aiohttp, so their hosts are notes.

Source:
    https://urllib3.readthedocs.io/en/stable/advanced-usage.html#verifying-tls-against-a-different-host:
    ``assert_fingerprint`` compares the certificate of the server, instead of its host name.
    https://docs.aiohttp.org/en/stable/client_reference.html#aiohttp.Fingerprint: the digest of the DER certificate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.audit._call import called, labelled
from pinsmith.audit._extractor import Extractor, Pinning, Remark
from pinsmith.audit._url import host_of
from pinsmith.audit._value import Known, position_of, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit._code import Code
    from pinsmith.audit._value import Value

_ARGUMENT: Final = "assert_fingerprint"
_CLASSES: Final = frozenset({"Fingerprint", "FingerprintAdapter"})
_POOLS: Final = frozenset({"HTTPSConnection", "HTTPSConnectionPool"})
_METHODS: Final = frozenset({"delete", "get", "head", "mount", "patch", "post", "put", "request", "ws_connect"})


def _find(code: Code) -> Iterator[Pinning]:
    is_aiohttp = "aiohttp" in code.text
    for call in code.find_kinds(code.language.calls):
        name, arguments = called(call, code.language)
        labels = labelled(arguments)
        given = labels.get(_ARGUMENT)
        if given is not None and given.kind() != "none":
            yield _remarked(code, call, _ARGUMENT, given)
        elif name in _CLASSES and arguments and (name != "Fingerprint" or is_aiohttp):
            yield _remarked(code, call, name, arguments[0])


def _remarked(code: Code, call: SgNode, name: str, given: SgNode) -> Pinning:
    at = position_of(call)
    if not _is_known(code, given):
        text = f"{name} comes from {unknown(given).source}, and this file does not contain the value"
        return Pinning((), (), at, remarks=(Remark("value-elsewhere", text, at),))
    host = next((host for around in (call, *call.ancestors()) if (host := _host(code, around))), None)
    subject = host.text if isinstance(host, Known) else "a host that this file does not name"
    effect = "and urllib3 does not check the host name" if name != "Fingerprint" else "and aiohttp checks nothing else"
    text = f"{name} compares the certificate of {subject}, {effect}; a policy holds digests of keys"
    return Pinning((host,) if host else (), (), at, remarks=(Remark("pins-not-kept", text, at),))


def _is_known(code: Code, given: SgNode) -> bool:
    """Say whether the file contains a fingerprint, also if a function decodes it."""
    given = code.resolve(given)
    parts = called(given, code.language)[1] if given.kind() in code.language.calls else [given]
    return any(isinstance(value, Known) for part in parts for value in code.values(part))


def _host(code: Code, call: SgNode) -> Value | None:
    """Return the host of a pool of connections, or of the address that a call names."""
    name, arguments = called(call, code.language) if call.kind() in code.language.calls else ("", [])
    labels = labelled(arguments)
    first = labels.get("host", labels.get("0")) if name in _POOLS else None
    if first is not None and len(values := code.values(first)) == 1:
        return values[0]
    url = (
        next((node for node in arguments if isinstance(host_of(node, code), Known)), None) if name in _METHODS else None
    )
    return host_of(url, code) if url is not None else None


EXTRACTOR: Final = Extractor(
    id="python-fingerprint",
    title="a fingerprint",
    signs=(_ARGUMENT, *sorted(_CLASSES)),
    formats={"python": "python-standalone"},
    find=_find,
)
