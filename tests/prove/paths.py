"""
Scenarios for clients that verify every path: a pinned key counts in any verified path, and only there.

::

    Lab Root (trusted)
    └── Lab Intermediate ─────────┐ the same name and key, certified twice
    Rogue Root (trusted)          │
    └── Other Intermediate        │
        └── Lab Intermediate ─────┴── localhost
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import CHAIN_ONLY, Scenario

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.x509 import Certificate

    from pinsmith.lab.pki.authority import Authority
    from pinsmith.lab.scenario import Expected, Scene
    from pinsmith.lab.stage import Stage

    Presented = Callable[[Stage, Authority, Authority], tuple[Certificate, ...]]


def _path(name: str, expected: Expected, pinned: str, presented: Presented) -> Scenario:
    def set_(stage: Stage) -> Scene:
        other = stage.pki.rogue_root.intermediate("Other Intermediate", key=stage.pki.wrong_key)
        cross = other.cross_sign(stage.pki.intermediate)
        server = stage.serve(stage.pki.genuine(), presented=presented(stage, other, cross))
        pin = other.pin if pinned == "other" else getattr(stage.pki, pinned).pin
        return stage.accepted(server, pin) if expected == "accept" else stage.refused(server, pin)

    return Scenario(
        name,
        name.replace("-", " "),
        expected,
        "find a pinned key in any path that is verified, and in no other",
        "java.security.cert.CertPathBuilder",
        set_,
        keys=("ec-p256",),
        profiles=CHAIN_ONLY,
    )


def _first(stage: Stage, other: Authority, cross: Authority) -> tuple[Certificate, ...]:
    return (*stage.pki.genuine().chain, cross.certificate, other.certificate)


def _last(stage: Stage, other: Authority, cross: Authority) -> tuple[Certificate, ...]:
    leaf, intermediate = stage.pki.genuine().chain
    return leaf, cross.certificate, other.certificate, intermediate


def _without(stage: Stage, other: Authority, _: Authority) -> tuple[Certificate, ...]:
    return (*stage.pki.genuine().chain, other.certificate)


def _eleven(stage: Stage, other: Authority, cross: Authority) -> tuple[Certificate, ...]:
    return (*stage.pki.genuine().chain, *(cross.certificate, other.certificate) * 4, cross.certificate)


PATHS: Final = (
    _path("first-path-root", "accept", "root", _first),
    _path("first-path-root-presented-last", "accept", "root", _last),
    _path("second-path-intermediate", "accept", "other", _first),
    _path("second-path-intermediate-presented-first", "accept", "other", _last),
    _path("second-path-root", "accept", "rogue_root", _first),
    _path("no-path-intermediate", "refuse", "other", _without),
    _path("no-path-root", "refuse", "rogue_root", _without),
    # So many certificates could form more paths than any client can try.
    _path("eleven-certificates", "refuse", "root", _eleven),
)
