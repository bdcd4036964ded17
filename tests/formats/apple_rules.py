"""
App Transport Security's rules for pins, re-implemented from Apple's sources: the chains that a device accepts.

Source:
    parseNSPinnedDomains in SecPolicy.c, SecPolicyCheckLeafSPKISHA256 and SecPolicyCheckCAspkiSHA256 in
    SecPolicyServer.c, https://github.com/apple-oss-distributions/Security
"""

from __future__ import annotations

import base64
import binascii
from typing import Any


def accepts(info: dict[str, Any], host: str, chain: list[bytes]) -> bool:
    """Return whether a device accepts a verified chain, leaf first, given as digests of its keys."""
    leaf, authorities = (_identities(info, host, key) for key in ("NSPinnedLeafIdentities", "NSPinnedCAIdentities"))
    if leaf is not None and chain[0] not in leaf:
        return False
    return authorities is None or any(digest in authorities for digest in chain[1:])


def _identities(info: dict[str, Any], host: str, key: str) -> list[bytes] | None:
    """Return the pins of the host and its next parent together, or None if neither has any."""
    domains = info.get("NSAppTransportSecurity", {}).get("NSPinnedDomains", {})
    host = host.removesuffix(".").lower()
    found: list[bytes] | None = None
    for name, domain in domains.items():
        is_parent = domain.get("NSIncludesSubdomains") is True and name.lower() == host.partition(".")[2]
        if (name.lower() != host and not is_parent) or key not in domain:
            continue
        found = found or []
        for identity in domain[key]:
            try:
                found.append(base64.b64decode(identity["SPKI-SHA256-BASE64"], validate=True))
            except (KeyError, binascii.Error):
                continue
    return found
