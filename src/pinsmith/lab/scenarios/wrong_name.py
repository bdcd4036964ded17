"""
The pinned key, in a certificate for another name.

::

    Lab Root (trusted)
    └── Lab Intermediate           presented
        └── another.example.com    presented   ◀ pinned, but not the host that was asked for

Everything is genuine, except that this certificate says nothing about the host. Pins add to the check of the name and
never replace it: one key may serve several names, and a pin of an authority fits every name that it ever certified. It
stands for interfaces where a pin check takes the place of the host-name check.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    return stage.refused(stage.serve(stage.pki.genuine("another.example.com")))


SCENARIO: Final = Scenario(
    "wrong-name",
    "same key, wrong name",
    expected="refuse",
    lacks="check the host name besides the pin",
    source="RFC 7469 section 2.6; Node's checkServerIdentity and aiohttp's Fingerprint replace the name check",
    set=_set,
)
