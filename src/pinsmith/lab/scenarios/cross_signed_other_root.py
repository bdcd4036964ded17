"""
An old root is pinned; the server presents it, but the client does not trust it, and has another way.

::

    Lab Root (trusted)                 Old Root (not trusted)  presented   ◀ pinned
    │                                  └── Lab Root            presented, the same name and key
    └── Lab Intermediate       presented
        └── localhost          presented

A correct pinner refuses: OpenSSL builds localhost, Lab Intermediate, Lab Root, from the trust store (seen with 3.0.19,
also if Old Root is trusted as well), and no key of that is pinned. That Old Root is presented proves nothing: anybody
can append a certificate. So whoever pins a root must pin the key in which the path of each client ends: better a key
further down, which all paths have in common.
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
    "cross-signed by a root that is not trusted, that root pinned",
    expected="refuse",
    lacks="leave out of account what is presented beside the verified chain",
    source="CVE-2016-2402; TUM-Dev/Campus-Android#1396: the path ended in ISRG Root X1, pinned was DST Root CA X3",
    set=_set,
    profiles=CHAIN_ONLY,
)
