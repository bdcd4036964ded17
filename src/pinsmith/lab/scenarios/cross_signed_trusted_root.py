"""
The trusted root is pinned, and the server presents it as an old root signed it, which the client does not trust.

::

    Lab Root (trusted)   ◀ pinned      Old Root (not trusted, not presented)
    │                                  └── Lab Root        presented, the same name and key
    └── Lab Intermediate       presented
        └── localhost          presented

A correct pinner accepts: there is a way to a trusted root, and it ends in the pinned key. OpenSSL looks into the trust
store first, and builds localhost, Lab Intermediate, Lab Root; the cross certificate is no part of it (always since
1.1.0; seen with 3.0.19). Who prefers the presented certificates, and follows them to their end, finds an issuer that it
does not know. OpenSSL 1.0.2 was caught like this when DST Root CA X3 expired, with ISRG Root X1 in its trust store.
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
    "cross-signed by a root that is not trusted, trusted root pinned",
    expected="accept",
    lacks="match the root in which its own path ends, where the presented list goes on to another",
    source="OpenSSL's blog, 13 September 2021: Old Let's Encrypt Root Certificate Expiration and OpenSSL 1.0.2",
    set=_set,
    profiles=CHAIN_ONLY,
)
