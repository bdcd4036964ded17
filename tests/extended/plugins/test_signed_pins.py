"""
Signed pins as their clients take and refuse them, and the attacks that they do not withstand.

Neither client can be installed from a registry of packages, so two programs repeat the steps of their sources: with
tweetnacl, by which react-native-ssl-manager verifies, and with jose in place of JOSESwift.

Source:
    https://github.com/huytdps13400/react-native-ssl-manager, src/ota.ts, src/config.ts and scripts/cli-utils.js;
    https://github.com/Free-cat/dynapins-ios, Sources/DynamicPinning/CryptoService.swift
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pinsmith.formats import LOSSES, dynapins, rn_ssl_manager_bundle
from tests.formats.policy import BACKUP, FULL, INTERMEDIATE, LEAF, NOW, PLAIN
from tests.formats.test_signed import OTHER, Pair

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pinsmith.policy import Policy
    from tests.extended.plugins.node import Packages

pytestmark = [pytest.mark.extended, pytest.mark.timeout(300)]
LATER = NOW + timedelta(days=7)
PINS = f"{LEAF.pin.base64} {BACKUP.pin.base64}"


class Bundles:
    """A key for bundles, and the app that holds its public half."""

    def __init__(self, packages: Packages) -> None:
        self.packages = packages
        self.pair = Pair(rn_ssl_manager_bundle.FORMAT)
        raw = self.pair.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.public_key = base64.b64encode(raw).decode()

    def write(self, policy: Policy = PLAIN, now: datetime = NOW) -> dict[str, str]:
        """Write a bundle that expires on the first of May."""
        accepted = {"accept-loss": tuple(LOSSES)}
        bundle: dict[str, str] = json.loads(self.pair.write(policy, now=now, options=accepted))
        return bundle

    def sign(self, payload: bytes) -> dict[str, str]:
        """Sign any payload, as a thief of the key can."""
        return {"payload": _b64(payload), "signature": _b64(self.pair.private.sign(payload))}

    def take(self, *bundles: Mapping[str, str], now: datetime = LATER, last: datetime | None = None) -> list[str]:
        """Return what the app does with each bundle, if *last* is the time of the one that it took since its start."""
        at = {"now": _milliseconds(now), "last": last and _milliseconds(last), "publicKey": self.public_key}
        return self.packages.outcomes("bundle.js", [{"bundle": bundle, **at} for bundle in bundles])


class Tokens:
    """A key for signed pins of dynapins, and the app that holds its public half."""

    def __init__(self, packages: Packages) -> None:
        self.packages = packages
        self.pair = Pair(dynapins.FORMAT)

    def write(self, policy: Policy = PLAIN, now: datetime = NOW) -> str:
        """Write a token that expires on the first of May."""
        token: str = json.loads(self.pair.write(policy, now=now))["jws"]
        return token

    def take(self, *tokens: str, now: datetime = LATER, domain: str = "api.example.com") -> list[str]:
        """Return what the app does with each token: the pins that it takes, or why it refuses them."""
        at = {"now": int(now.timestamp()), "domain": domain, "publicKey": _b64(self.pair.spki)}
        return self.packages.outcomes("jws.js", [{"file": {"jws": token}, **at} for token in tokens])


def _b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


@pytest.fixture
def bundles(packages: Packages) -> Bundles:
    """Make a key for bundles."""
    return Bundles(packages)


@pytest.fixture
def tokens(packages: Packages) -> Tokens:
    """Make a key for signed pins of dynapins."""
    return Tokens(packages)


def test_bundles_are_taken(bundles: Bundles) -> None:
    """The app takes what pinsmith writes: one host, many hosts, trials, days and subdomains, until the expiry."""
    written = [bundles.write(), bundles.write(FULL), bundles.write(OTHER)]
    assert bundles.take(*written) == ["taken"] * 3
    assert bundles.take(*written, now=NOW + timedelta(days=29, hours=11)) == ["taken"] * 3
    assert bundles.take(*written, now=NOW + timedelta(days=29, hours=13)) == ["expired"] * 3


def test_altered_bundles_are_refused(bundles: Bundles) -> None:
    """Another payload, another key, a signature of the wrong text, half of one and none are refused."""
    bundle, other = bundles.write(), Bundles(bundles.packages)
    payload = base64.b64decode(bundle["payload"])
    changed = payload.replace(b"api.example.com", b"api.example.net")
    without_expiry = payload.replace(b'"expiresAt"', b'"was"')
    signature = base64.b64decode(bundle["signature"])
    attacks = [
        bundle | {"payload": _b64(changed)},
        bundle | {"payload": _b64(without_expiry)},
        other.write(),
        bundle | {"signature": _b64(bundles.pair.private.sign(bundle["payload"].encode()))},
        bundle | {"signature": _b64(signature[:32])},
        bundle | {"signature": _b64(bytes(64))},
        bundle | {"signature": ""},
    ]
    assert bundles.take(bundle, *attacks) == ["taken", *["signature"] * len(attacks)]


def test_an_older_bundle_is_refused_until_the_app_is_closed(bundles: Bundles) -> None:
    """The page says so: a running app refuses an older bundle, and after a restart it takes it."""
    old, new = bundles.write(), bundles.write(OTHER, LATER)
    assert bundles.take(new, last=NOW) == ["taken"]
    assert bundles.take(old, last=LATER) == ["rollback"]
    assert bundles.take(old, last=None) == ["taken"]


def test_a_thief_of_the_key_can_lock_out_later_bundles(bundles: Bundles) -> None:
    """The page says so: a bundle with a far time is taken, and then the next genuine one is refused."""
    far = LATER + timedelta(days=1000)
    payload = json.loads(base64.b64decode(bundles.write()["payload"])) | {"issuedAt": far.isoformat()}
    assert bundles.take(bundles.sign(json.dumps(payload).encode())) == ["taken"]
    assert bundles.take(bundles.write(now=LATER), last=far) == ["rollback"]


def test_tokens_are_taken(tokens: Tokens) -> None:
    """The SDK takes the pins that pinsmith writes, in their order, until the expiry."""
    others = f"{LEAF.pin.base64} {INTERMEDIATE.pin.base64}"
    assert tokens.take(tokens.write(), tokens.write(OTHER)) == [PINS, others]
    assert tokens.take(tokens.write(), now=NOW + timedelta(days=29, hours=11)) == [PINS]
    assert tokens.take(tokens.write(), now=NOW + timedelta(days=29, hours=12)) == ["expired"]
    assert tokens.take(tokens.write(), now=NOW - timedelta(minutes=6)) == ["early"]
    assert tokens.take(tokens.write(), domain="www.example.com") == ["domain"]


def test_altered_tokens_are_refused(tokens: Tokens) -> None:
    """Another payload, key, header or encoding of the signature is refused, and so is a token without one."""
    token = tokens.write()
    header, claims, signature = token.split(".")
    changed = _part(base64.urlsafe_b64decode(f"{claims}==").replace(b"api.example.com", b"www.example.com"))
    der = _part(tokens.pair.sign(f"{header}.{claims}".encode()))
    attacks = {
        f"{header}.{changed}.{signature}": "signature",
        Tokens(tokens.packages).write(): "signature",
        f"{_header(alg='ES256', kid='other')}.{claims}.{signature}": "signature",
        f"{header}.{claims}.{der}": "signature",
        f"{header}.{claims}.{_part(bytes(64))}": "signature",
        f"{header}.{claims}.": "signature",
        f"{_header(alg='none')}.{claims}.": "algorithm",
        f"{_header(alg='none')}.{claims}.{signature}": "algorithm",
        f"{header}.{claims}": "format",
        claims: "format",
    }
    assert tokens.take(token, *attacks) == [PINS, *attacks.values()]


def test_the_public_key_does_not_serve_as_a_secret(tokens: Tokens) -> None:
    """A token by HS256, whose secret is the public key in any of its forms, is refused for its algorithm."""
    claims = tokens.write().split(".")[1]
    public = tokens.pair.private.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    text = f"{_header(alg='HS256', typ='JWT')}.{claims}"
    secrets = [pem, pem.strip(), tokens.pair.spki, _b64(tokens.pair.spki).encode()]
    forged = [f"{text}.{_part(hmac.digest(secret, text.encode(), hashlib.sha256))}" for secret in secrets]
    assert tokens.take(*forged) == ["algorithm"] * len(forged)


def test_an_older_token_is_taken(tokens: Tokens) -> None:
    """The page says so: the SDK compares no versions, so it takes every token that has not expired."""
    old, new = tokens.write(), tokens.write(OTHER, LATER)
    assert tokens.take(new, old)[1] == PINS


def _header(**members: str) -> str:
    return _part(json.dumps(members).encode())
