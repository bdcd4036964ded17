"""
The trusted root is pinned. The server presents it as signed by an old root, which the client does not trust.

::

    Lab Root (trusted)   ◀ pinned      Old Root (not trusted, not presented)
    │                                  └── Lab Root        presented, the same name and key
    └── Lab Intermediate       presented
        └── localhost          presented

A correct pinner accepts, because there is a path to a trusted root, and it ends in the pinned key. OpenSSL searches the
trust store first, and builds localhost, Lab Intermediate, Lab Root without the cross certificate (always since 1.1.0;
seen with 3.0.19). A client that prefers the presented certificates and follows them to the end finds an unknown issuer.
That happened to OpenSSL 1.0.2 when DST Root CA X3 expired, with ISRG Root X1 in its trust store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.scenario import CHAIN_ONLY, Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    old = Authority.root("Old Root", key=stage.pki.wrong_key)
    identity = stage.pki.genuine()
    presented = (*identity.chain, old.cross_sign(stage.pki.root).certificate)
    return stage.accepted(stage.serve(identity, presented=presented), stage.pki.root.pin)


SCENARIO: Final = Scenario(
    "cross-signed-trusted-root",
    "chain cross-signed by an untrusted root, trusted root pinned",
    expected="accept",
    lacks="match the root of its own verified chain when the server presents a path to another root",
    source="OpenSSL's blog, 13 September 2021: Old Let's Encrypt Root Certificate Expiration and OpenSSL 1.0.2",
    set=_set,
    profiles=CHAIN_ONLY,
)
