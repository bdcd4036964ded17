"""Formats that contain the time of their signature: a bounded expiry, and when they are signed anew."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pinsmith.errors import ExportError, ExportRefusedError, FormatError
from pinsmith.formats import Format, dynapins, export, rn_ssl_manager_bundle
from pinsmith.formats.wultra import signer
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import BACKUP, INTERMEDIATE, LEAF, NOW, PLAIN, key

BUNDLE, DYNAPINS = rn_ssl_manager_bundle.FORMAT, dynapins.FORMAT
BOTH = pytest.mark.parametrize("target", [BUNDLE, DYNAPINS], ids=lambda target: target.id)
OTHER = Policy((HostPins("api.example.com", (LEAF, INTERMEDIATE)),))
DAY = "2031-05-01"


@dataclass
class Pair:
    """A key of the kind that a format needs; it counts its signatures."""

    target: Format
    count: int = 0
    private: Any = field(init=False)

    def __post_init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1()) if self.is_ec else Ed25519PrivateKey.generate()

    @property
    def is_ec(self) -> bool:
        return self.target.signature == "EC P-256"

    @property
    def spki(self) -> bytes:
        public: bytes = self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return public

    def sign(self, message: bytes) -> bytes:
        self.count += 1
        signature: bytes = signer(self.private)(message) if self.is_ec else self.private.sign(message)
        return signature

    def write(self, policy: Policy = PLAIN, **options: Any) -> str:  # noqa: ANN401 - as in `export`
        """Write with this key on the first of April, to expire in May."""
        given: dict[str, Any] = {"sign": self.sign, "public_key": self.spki, "now": NOW} | options
        settings = {"expires": given.pop("expires", DAY)} | given.pop("options", {})
        return export(policy, self.target, options=settings, **given).text


def payload(text: str) -> dict[str, Any]:
    """Decode what a file signs."""
    members = json.loads(text)
    encoded = members.get("payload") or members["jws"].split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(f"{encoded}==".replace("+", "-").replace("/", "_")))
    return found


@BOTH
def test_the_key_and_the_expiry_must_be_given(target: Format) -> None:
    """Nothing is written without an expiry, a key and the time, and each error names what is missing."""
    pair = Pair(target)
    for missing, message in (
        ({"expires": ""}, "needs the option 'expires'"),
        ({"public_key": None}, "needs a key that signs"),
        ({"now": None}, "the time is needed"),
    ):
        with pytest.raises(ExportError, match=message):
            pair.write(**missing)
    assert pair.count == 0


@BOTH
@pytest.mark.parametrize(
    ("day", "message"),
    [
        ("2031-03-31", "clients would refuse the file, because it expires on 2031-03-31"),
        ("2031-04-01", "clients would refuse the file, because it expires on 2031-04-01"),
        ("2031-07-01", "which is more than 90 days ahead"),
        ("9999-12-31", "which is more than 90 days ahead"),
        ("2031-04-31", "must be a day such as 2031-05-01"),
        ("20310501", "must be a day such as 2031-05-01"),
        ("never", "must be a day such as 2031-05-01"),
    ],
)
def test_an_expiry_that_is_past_or_too_far_is_refused(target: Format, day: str, message: str) -> None:
    """The error says which days are allowed, and nothing is signed."""
    pair = Pair(target)
    with pytest.raises(ExportError, match=message) as caught:
        pair.write(expires=day)
    assert caught.value.hint == "set expires to a day until 2031-06-30, and write the file again before that day"
    assert pair.count == 0


@BOTH
def test_the_nearest_and_the_farthest_day_are_taken(target: Format) -> None:
    """The control: tomorrow and the ninetieth day are allowed."""
    for day in ("2031-04-02", "2031-06-30"):
        assert Pair(target).write(expires=day)


@BOTH
def test_a_valid_signature_is_kept(target: Format) -> None:
    """While nothing changes, the file stays as it is on a later day, and no private key is needed."""
    pair = Pair(target)
    first = pair.write()
    later = NOW + timedelta(days=7)
    assert pair.write(existing=first, now=later) == first
    assert pair.write(existing=first, now=later, sign=None) == first
    assert pair.count == 1


@BOTH
def test_a_change_is_signed_anew(target: Format) -> None:
    """Other pins, another expiry, another key or another signature make a new file with a later time."""
    pair, other = Pair(target), Pair(target)
    first, later = pair.write(), NOW + timedelta(days=7)
    changes: list[tuple[Pair, dict[str, Any]]] = [
        (pair, {"policy": OTHER}),
        (pair, {"expires": "2031-05-02"}),
        (other, {}),
    ]
    for signing, change in changes:
        with pytest.raises(ExportError, match="names only the public key"):
            signing.write(existing=first, now=later, sign=None, **change)
        assert signing.write(existing=first, now=later, **change) == signing.write(now=later, **change) != first


@BOTH
def test_a_file_that_was_changed_by_hand_is_not_kept(target: Format) -> None:
    """If any character of the signed text or of the signature changes, the file is signed anew, or refused."""
    pair = Pair(target)
    first = pair.write()
    for name, value in json.loads(first).items():
        for at in range(2, len(value) - 3, 7):
            changed = f"{value[:at]}{'A' if value[at] != 'A' else 'B'}{value[at + 1 :]}"
            edited = first.replace(value, changed)
            assert name in edited
            with pytest.raises(ExportError, match=r"no valid signature|is another file"):
                pair.write(existing=edited, sign=None)
            assert pair.write(existing=edited) == first


@BOTH
def test_an_expired_file_is_not_kept(target: Format) -> None:
    """After the expiry, even an unchanged file is an error, so `sync --check` fails."""
    pair = Pair(target)
    with pytest.raises(ExportError, match="clients would refuse the file"):
        pair.write(existing=pair.write(), now=datetime(2031, 5, 1, tzinfo=UTC))


@BOTH
def test_a_clock_that_was_set_back_is_noticed(target: Format) -> None:
    """A file that would look older than the existing one is refused; without a valid signature, the time is ignored."""
    pair = Pair(target)
    first = pair.write()
    with pytest.raises(ExportError, match="signed at 2031-04-01 12:00:00 UTC, which is later than now"):
        pair.write(OTHER, existing=first, now=NOW - timedelta(seconds=1))
    assert Pair(target).write(existing=first, now=NOW - timedelta(seconds=1))


@BOTH
@pytest.mark.parametrize(
    "text", ['{"sha256Keys": {}}', "[]", "7", '{"payload": 7, "signature": "", "jws": 7}', "x", "{"]
)
def test_another_file_is_not_replaced(target: Format, text: str) -> None:
    """A file without the members of the format is refused, because it may belong to somebody else."""
    with pytest.raises(FormatError, match=r"^output"):
        Pair(target).write(existing=text)


@BOTH
@pytest.mark.parametrize(
    "content",
    ["", "!", "AAAAA", "bnVsbA==", "W10=", "e30=", "eyJpc3N1ZWRBdCI6IDd9", "eyJpYXQiOiAxZTk5fQ", "Ww==" * 9999],
)
def test_a_broken_file_is_replaced(target: Format, content: str) -> None:
    """A file of the format that nobody can have signed is signed anew, and no content of it raises another error."""
    broken = {"payload": content, "signature": content, "jws": f"e30.{content}.{content}"}
    pair = Pair(target)
    assert pair.write(existing=json.dumps(broken)) == pair.write()


@BOTH
def test_keys_that_trustkit_cannot_hash_are_refused(target: Format) -> None:
    """One key that TrustKit can hash is too few for it, and consent does not help."""
    odd = Policy((HostPins("api.example.com", (LEAF, key("odd", algorithm="Ed25519"))),))
    with pytest.raises(ExportRefusedError):
        Pair(target).write(odd)
    assert BACKUP in PLAIN.keys
