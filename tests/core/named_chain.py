"""Chains and pins in words: ``chain("site leaf", "rogue root")`` is judged by ``entry("a.test", "site root")``."""

from __future__ import annotations

from functools import cache
from typing import Any

from pinsmith.certificate import Chain
from pinsmith.lab.pki.authority import Authority
from pinsmith.policy import HostPins, Key, TrustAnchor

DEPTHS = {"leaf": 0, "intermediate": 1, "root": 2}


@cache
def ders(name: str = "site") -> tuple[bytes, bytes, bytes]:
    """Build leaf <- intermediate <- root, once per name."""
    root = Authority.root(f"{name} root")
    intermediate = root.intermediate(f"{name} intermediate")
    return intermediate.issue(f"{name}.test").der, intermediate.der, root.der


def chain(*which: str) -> Chain:
    """Make a verified chain, such as ``chain("site leaf", "junk", "other root")``; the whole site by default."""
    parts = []
    for name in which or ("site leaf", "site intermediate", "site root"):
        owner, _, role = name.partition(" ")
        parts.append(ders(owner)[DEPTHS[role]] if role else b"\x30\x03junk")
    return Chain.of_der(parts)


def key(name: str, **fields: Any) -> Key:  # noqa: ANN401 - fields of Key
    """Name a key of `chain` in words, such as ``site leaf``."""
    certificate = chain(name).leaf
    assert certificate is not None
    return Key(name, certificate.pin, **fields)


def entry(host: str, *keys: str, **fields: Any) -> HostPins:  # noqa: ANN401 - fields of HostPins
    """Pin *keys*, in the words of `chain`."""
    return HostPins(host, tuple(map(key, keys)), **fields)


def anchor(name: str) -> TrustAnchor:
    """Demand the anchor *name*, in the words of `chain`."""
    return TrustAnchor("anchor.pem", key(name).pin)
