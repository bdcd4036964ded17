"""Write chains and pins in words: ``entry("a.test", "site root")`` judges ``chain("site leaf", "rogue root")``."""

from __future__ import annotations

from functools import cache
from typing import Any

from pinsmith.certificate import Chain
from pinsmith.lab.pki.authority import Authority
from pinsmith.policy import HostPins, Key, TrustAnchor

DEPTHS = {"leaf": 0, "intermediate": 1, "root": 2}


@cache
def ders(name: str = "site") -> tuple[bytes, bytes, bytes]:
    """Build a leaf, an intermediate and a root, once per name."""
    root = Authority.root(f"{name} root")
    intermediate = root.intermediate(f"{name} intermediate")
    return intermediate.issue(f"{name}.test").der, intermediate.der, root.der


def chain(*which: str) -> Chain:
    """Make a verified chain, such as ``chain("site leaf", "junk")``; without arguments, the chain of the site."""
    parts = []
    for name in which or ("site leaf", "site intermediate", "site root"):
        owner, _, role = name.partition(" ")
        parts.append(ders(owner)[DEPTHS[role]] if role else b"\x30\x03junk")
    return Chain.of_der(parts)


def key(name: str, **fields: Any) -> Key:  # noqa: ANN401 - fields of Key
    """Make the key of a certificate of `chain`, such as ``site leaf``."""
    certificate = chain(name).leaf
    assert certificate is not None
    return Key(name, certificate.pin, **fields)


def entry(host: str, *keys: str, **fields: Any) -> HostPins:  # noqa: ANN401 - fields of HostPins
    """Make an entry that pins *keys*, in the words of `chain`."""
    return HostPins(host, tuple(map(key, keys)), **fields)


def anchor(name: str) -> TrustAnchor:
    """Make an entry that demands the trust anchor *name*, in the words of `chain`."""
    return TrustAnchor("anchor.pem", key(name).pin)
