"""
An old root is pinned. The server presents it, but the client does not trust it and finds another path.

::

    Lab Root (trusted)                 Old Root (not trusted)  presented   ◀ pinned
    │                                  └── Lab Root            presented, the same name and key
    └── Lab Intermediate       presented
        └── localhost          presented

A correct pinner refuses. OpenSSL builds localhost, Lab Intermediate, Lab Root from the trust store (seen with 3.0.19,
even if Old Root is also trusted), and none of these keys is pinned. The presented Old Root proves nothing, because
anybody can append a certificate. If you pin a root, pin the one in which the path of every client ends, or better a key
further down that all paths share.
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
    presented = (*identity.chain, old.cross_sign(stage.pki.root).certificate, old.certificate)
    return stage.refused(stage.serve(identity, presented=presented), old.pin)


SCENARIO: Final = Scenario(
    "cross-signed-other-root",
    "chain cross-signed by an untrusted root, which is pinned",
    expected="refuse",
    lacks="ignore certificates that are presented beside the verified chain",
    source="CVE-2016-2402; TUM-Dev/Campus-Android#1396: the path ended in ISRG Root X1, but DST Root CA X3 was pinned",
    set=_set,
    profiles=CHAIN_ONLY,
)
