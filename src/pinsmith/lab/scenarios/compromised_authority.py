"""
The private key of an intermediate has become public, and somebody uses it. The root above it is pinned.

::

    Lab Root (trusted)                     ◀ pinned
    └── Lab Intermediate       presented   listed as compromised in pins.toml
        └── localhost          presented, another key than the host's

A correct pinner refuses, although a pinned key is in the verified chain, because anybody with the key of the
intermediate can make such a chain for every host. That happened to eight authorities in October 2026. The lab declares
its own intermediate as compromised, in the table `[compromised]` of the pin file. A client without such a list fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import CHAIN_ONLY, Act, Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    pki = stage.pki
    rogue = stage.serve(pki.rekeyed(pki.wrong_key))
    pinning = stage.pinning(pki.root.pin, compromised=(pki.intermediate.pin,))
    return stage.scene(rogue, Act("refuse", pinning, guarded=(rogue,)))


SCENARIO: Final = Scenario(
    "compromised-authority",
    "root pinned, compromised intermediate below it",
    expected="refuse",
    lacks="refuse a chain with a compromised key if another key of it is pinned",
    source="CVE-2026-111943: the keys of eight emSign intermediates, public since October 2026",
    set=_set,
    profiles=CHAIN_ONLY,
    needs=frozenset({"policy"}),
)
