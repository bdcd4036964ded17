"""
TrustKit's rules, re-implemented from its sources: the configurations that end the app, and the pins of each host.

Source:
    parse_configuration.m, configuration_utils.m and ssl_pin_verifier.m, https://github.com/datatheorem/TrustKit
"""

from __future__ import annotations

import base64
import binascii
from datetime import date
from typing import Any

from publicsuffixlist import PublicSuffixList

EXCLUDE = "kSKExcludeSubdomainFromParentPolicy"
_LIST = PublicSuffixList(accept_unknown=False)


class TrustKitError(Exception):
    """An exception at the start of the app."""


def require_valid(configuration: dict[str, Any]) -> None:
    """Raise an error for a configuration that TrustKit refuses."""
    domains = configuration.get("TSKPinnedDomains") or {}
    _require(bool(domains), "no pinned domains")
    for name, domain in domains.items():
        suffix = _LIST.publicsuffix(name)
        _require(suffix is not None, f"invalid domain {name}")
        if domain.get(EXCLUDE):
            _require(len(domain) == 1, f"{name} is excluded and has other keys")
            continue
        _require(not domain.get("TSKIncludeSubdomains") or suffix != name, f"{name} is a suffix")
        _require(all(":" in uri for uri in domain.get("TSKReportUris", ())), f"report URIs of {name}")
        pins = {_digest(text) for text in domain.get("TSKPublicKeyHashes", ())}
        _require(len(pins) >= (2 if domain.get("TSKEnforcePinning", True) else 1), f"less pins than needed for {name}")
    for name, domain in domains.items():
        if domain.get(EXCLUDE):
            _require(noted(configuration, "a" + name) is not None, f"no parent of {name}")


def noted(configuration: dict[str, Any], host: str) -> str | None:
    """Return the domain whose entry decides for a host."""
    domains = configuration["TSKPinnedDomains"]
    if host in domains:
        return host
    return next(
        (
            name
            for name in sorted(domains, key=len, reverse=True)
            if domains[name].get("TSKIncludeSubdomains")
            and host.endswith(f".{name}")
            and _LIST.publicsuffix(host) == _LIST.publicsuffix(name)
        ),
        None,
    )


def blocks(configuration: dict[str, Any], host: str, chain: list[bytes], today: date) -> bool:
    """Return whether TrustKit refuses a verified chain, given as digests of keys that it can hash."""
    name = noted(configuration, host)
    domain = configuration["TSKPinnedDomains"].get(name, {EXCLUDE: True})
    if domain.get(EXCLUDE) or not domain.get("TSKEnforcePinning", True):
        return False
    expires = domain.get("TSKExpirationDate")
    if expires is not None and date.fromisoformat(expires) <= today:
        return False
    return not {_digest(text) for text in domain["TSKPublicKeyHashes"]} & set(chain)


def reports_to_vendor(configuration: dict[str, Any]) -> list[str]:
    """Name the domains whose failures TrustKit reports to its vendor."""
    return [
        name
        for name, domain in configuration["TSKPinnedDomains"].items()
        if not domain.get(EXCLUDE) and not domain.get("TSKDisableDefaultReportUri")
    ]


def _digest(text: str) -> bytes:
    try:
        digest = base64.b64decode(text, validate=True)
    except binascii.Error:
        digest = b""
    _require(len(digest) == 32, f"invalid pin {text}")
    return digest


def _require(holds: bool, problem: str) -> None:  # noqa: FBT001 - the condition itself
    if not holds:
        raise TrustKitError(problem)
