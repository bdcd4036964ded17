"""The policies of the test vectors. Nobody has the keys that they pin."""

from __future__ import annotations

from typing import Final

from pinsmith.pin import Pin
from pinsmith.policy import CompromisedKey, HostPins, Key, Policy

API: Final = "api.example.com"
CDN: Final = "cdn.example.com"
DEVICE: Final = "device.example.com"
STOLEN: Final = "stolen"


def key_of(name: str) -> Key:
    """Return the key of that name, always the same."""
    return Key(name, Pin.of_spki(f"pinsmith test vector {name}".encode()), "leaf")


def pinned(host: str, *names: str) -> HostPins:
    """Pin keys for a host. Chains of `DEVICE` are not verified, as in a private network."""
    return HostPins(host, tuple(map(key_of, names)), trust="pins-only" if host == DEVICE else "verified")


_API: Final = ("api-live", "api-standby")
_OTHERS: Final = (pinned(CDN, "cdn-live", "cdn-standby"), pinned(DEVICE, "device-live", "device-standby"))
_COMPROMISED: Final = (CompromisedKey(STOLEN, key_of(STOLEN).pin),)

FLOOR: Final = Policy((pinned(API, *_API), *_OTHERS), compromised=_COMPROMISED)
"""The policy that clients are built with."""


def policy_of(version: int, *changed: HostPins, without: str = "", remembers: bool = True) -> Policy:
    """
    Return the policy of a version. It pins one more key for `API` than `FLOOR`, by which it is recognised.

    Args:
        version: From 1.

        changed: Entries instead of those for the same hosts, or more of them.

        without: A host that has no entry.

        remembers: Whether the compromised key is still listed.
    """
    usual = (pinned(API, *_API, f"api-update-{version}"), *_OTHERS)
    entries = {entry.host: entry for entry in (*usual, *changed) if entry.host != without}
    return Policy(tuple(entries.values()), compromised=_COMPROMISED if remembers else ())
