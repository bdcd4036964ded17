"""
A rogue chain from a trusted authority, with more than 100 kB of certificates behind it and genuine ones among them.

::

    Rogue Root (trusted)
    └── localhost              presented first, another key
        six of ballast         presented after it, 20 kB each
        localhost              presented between them   ◀ pinned, but part of no path
        Lab Intermediate       presented between them   ◀ pinned, but part of no path

No server needs such a list. A TLS library may end the handshake for its size, as OpenSSL does; one that reads on must
not be confused by it: not by certificates that belong to no path, nor by an error that makes the program skip a check.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography import x509

from pinsmith.lab.scenario import Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage

_PIECES: Final = 6
_PIECE_BYTES: Final = 20_000
_BALLAST: Final = x509.ObjectIdentifier("2.25.1")  # an identifier for nobody in particular, X.667


def _set(stage: Stage) -> Scene:
    pki = stage.pki
    ballast = x509.UnrecognizedExtension(_BALLAST, bytes([4, 0x82, *_PIECE_BYTES.to_bytes(2), *bytes(_PIECE_BYTES)]))
    big = pki.rogue_root.issue("ballast.test", key=pki.wrong_key, extensions=((ballast, False),)).certificate
    rogue, genuine = pki.impostor(), pki.genuine()
    half = [big] * (_PIECES // 2)
    server = stage.serve(rogue, presented=(*rogue.chain, *half, *genuine.chain, *half))
    return stage.refused(server, genuine.pin, pki.intermediate.pin)


SCENARIO: Final = Scenario(
    "oversized-list",
    "trusted rogue chain in an oversized certificate list",
    expected="refuse",
    lacks="refuse a rogue that hides among very many certificates",
    source="OpenSSL's manual on SSL_CTX_set_max_cert_list, 100 kB by default; CVE-2016-2402",
    set=_set,
)
