"""
A rogue chain from a trusted authority, with more than 100 kB of other certificates, some of them genuine.

::

    Rogue Root (trusted)
    └── localhost              presented first, another key
        six times 20 kB        presented after it
        localhost              presented between them   ◀ pinned, not on the path
        Lab Intermediate       presented between them   ◀ pinned, not on the path

No server needs such a list. A TLS library may end the handshake because of its size, as OpenSSL does. If it reads on,
neither the certificates outside of the path nor an error may make the program skip a check.
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
_BALLAST: Final = x509.ObjectIdentifier("2.25.1")  # an identifier without an owner, X.667


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
