"""
A leaf names the pinned intermediate as its issuer, but was signed by somebody else.

::

    Lab Root (trusted)
    └── Lab Intermediate       presented   ◀ pinned
        ┊                      issuer name and key identifier match, the signature does not
        localhost              presented first, another key

OpenSSL and others build chains by names and identifiers, and verify signatures afterwards. If verification is off, the
chain is still built, with the pinned intermediate and the trusted root. A pin of an authority proves something only in
a chain whose signatures were verified.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.pki.forge import forged_leaf
from pinsmith.lab.scenario import CHAIN_ONLY, Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    intermediate = stage.pki.intermediate
    forged = forged_leaf(intermediate, stage.pki.host, key=stage.pki.wrong_key)
    return stage.refused(stage.serve(forged), intermediate.pin)


SCENARIO: Final = Scenario(
    "forged-issuer",
    "forged issuer: the pinned intermediate's name, another signature",
    expected="refuse",
    lacks="verify the signatures of the chain in which it finds a pinned authority",
    source="RFC 5280 section 6.1.3 (a)(1); OpenSSL's manual on SSL_get0_verified_chain: invalid unless verified",
    set=_set,
    profiles=CHAIN_ONLY,
)
