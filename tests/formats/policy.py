"""Policies to write in every format, handwritten and generated."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import strategies as st

from pinsmith.errors import PolicyError
from pinsmith.lab.pki.authority import Authority
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Key, Policy

if TYPE_CHECKING:
    from pinsmith.formats import Format
    from pinsmith.policy import KeyRole


def pin(seed: str) -> Pin:
    """Make the pin that belongs to *seed*."""
    return Pin(hashlib.sha256(seed.encode()).digest())


def key(name: str, role: KeyRole = "leaf", algorithm: str | None = "EC P-256", *, standby: bool = False) -> Key:
    """Make a key whose pin follows from its name."""
    return Key(name, pin(name), role, algorithm, standby=standby)


def certified(policy: Policy) -> Policy:
    """Set a certificate for each key; `certificates` makes those certificates."""
    hosts = tuple(
        replace(entry, keys=tuple(replace(key, certificate=f"{key.name}.pem") for key in entry.keys))
        for entry in policy.hosts
    )
    return replace(policy, hosts=hosts, keys=())


def certificates(policy: Policy) -> dict[str, bytes]:
    """Make certificates for the keys of *policy* by name; their own keys are others."""
    return {key.name: certificate(key.name) for key in policy.keys}


@functools.cache
def certificate(name: str) -> bytes:
    """Make the certificate of the key with this name."""
    return Authority.root(name).der


def sign(message: bytes) -> bytes:
    """Return a fixed value instead of a signature."""
    return hashlib.sha512(message).digest()


def signing(target: Format) -> dict[str, Any]:
    """Return the arguments of `export` that sign, with fixed values instead of signatures."""
    if target.signature is None:
        return {}
    function = _sign_in_der if target.signature == "EC P-256" else sign
    return {"sign": function, "public_key": _PUBLIC[target.signature], "now": NOW}


def _sign_in_der(message: bytes) -> bytes:
    digest = sign(message)
    return encode_dss_signature(int.from_bytes(digest[:32]), int.from_bytes(digest[32:]))


NOW = datetime(2031, 4, 1, 12, tzinfo=UTC)
"""A time at which the expiry of the examples is neither past nor too far."""
_PUBLIC = {
    kind: private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for kind, private in (
        ("EC P-256", ec.derive_private_key(7, ec.SECP256R1())),
        ("Ed25519", Ed25519PrivateKey.from_private_bytes(bytes(32))),
    )
}


LEAF, BACKUP = key("leaf"), key("standby", standby=True)
INTERMEDIATE, ROOT = key("intermediate", "intermediate"), key("root", "root")
PLAIN = Policy((HostPins("api.example.com", (LEAF, BACKUP)),))
AUTHORITIES = Policy((HostPins("api.example.com", (INTERMEDIATE, ROOT)),))
FULL = Policy(
    (
        HostPins("example.com", (LEAF, BACKUP), include_subdomains=True, expires=date(2031, 5, 1)),
        HostPins("static.example.com", (), mode="off"),
        HostPins("api.example.org", (LEAF, BACKUP, INTERMEDIATE)),
        HostPins(
            "log.example.org", (LEAF, BACKUP), mode="report-only", report_uris=("https://reports.example.net/pins",)
        ),
    )
)

_labels = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,4})?", fullmatch=True)
_hosts = st.builds(lambda labels: ".".join((*labels, "example", "com")), st.lists(_labels, min_size=0, max_size=3))
_keys = st.builds(
    lambda number, role: key(f"k{number}-{role}", role),
    st.integers(0, 12),
    st.sampled_from(("leaf", "leaf", "intermediate", "root")),
)
_entries = st.builds(
    lambda host, keys, subdomains, expires, mode: HostPins(
        host,
        tuple({key.pin: key for key in keys}.values()) if mode != "off" else (),
        include_subdomains=subdomains,
        expires=expires if mode != "off" else None,
        mode=mode,
    ),
    _hosts,
    st.lists(_keys, min_size=2, max_size=4, unique_by=lambda key: key.pin.digest),
    st.booleans(),
    st.none() | st.dates(date(2030, 1, 1), date(2099, 12, 31)),
    st.sampled_from(("enforce", "enforce", "enforce", "report-only", "off")),
)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Draw a policy of one to five hosts with two to four keys each."""
    entries = draw(st.lists(_entries, min_size=1, max_size=5, unique_by=lambda entry: entry.host))
    try:
        return Policy(tuple(entries))
    except PolicyError:
        return replace(PLAIN)
