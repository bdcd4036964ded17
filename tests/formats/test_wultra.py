"""Signed fingerprints, verified like the clients do."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pinsmith.errors import ExportError, ExportRefusedError, FormatError, LossError
from pinsmith.formats import export, wultra
from pinsmith.lab.pki.authority import Authority
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import FULL, PLAIN, certified

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = ec.generate_private_key(ec.SECP256R1())
SIGN = wultra.signer(KEY)
POINT = base64.b64encode(
    KEY.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
).decode()
END = dt.datetime(2031, 2, 3, tzinfo=dt.UTC)
CERTIFICATE = Authority.root(not_after=END).der


def _write(
    policy: Policy = PLAIN,
    *,
    sign: Callable[[bytes], bytes] | None = SIGN,
    **options: Any,  # noqa: ANN401 - as in `export`
) -> str:
    ders = dict.fromkeys((key.name for key in policy.keys), CERTIFICATE)
    accepted = {"accept-loss": ("standby-certificate-only",)}
    return export(certified(policy), wultra.FORMAT, options=accepted, certificates=ders, sign=sign, **options).text


def test_the_document_in_full() -> None:
    """Every certificate occurs once, and the signature covers name, fingerprint and expiry, joined with `&`."""
    (entry,) = json.loads(_write())["fingerprints"]
    signature = base64.b64decode(entry.pop("signature"))
    digest = base64.b64encode(hashlib.sha256(CERTIFICATE).digest()).decode()
    assert entry == {"name": "api.example.com", "fingerprint": digest, "expires": int(END.timestamp())}
    message = f"api.example.com&{digest}&{int(END.timestamp())}".encode()
    KEY.public_key().verify(signature, message, ec.ECDSA(hashes.SHA256()))


def test_pins_that_end_sooner_end_the_fingerprint() -> None:
    """The expiry of the policy counts if it is before the end of the certificate."""
    policy = Policy((HostPins("a.test", PLAIN.hosts[0].keys, expires=dt.date(2030, 1, 1)),))
    (entry,) = json.loads(_write(policy))["fingerprints"]
    assert entry["expires"] == int(dt.datetime(2030, 1, 1, tzinfo=dt.UTC).timestamp())


def test_a_written_document_verifies_with_the_key_of_the_app() -> None:
    """The app contains the point in base64."""
    (found,) = wultra.verify(_write().encode(), "f", wultra.public_key(POINT))
    assert found.name == "api.example.com"


def _changed(**members: object) -> str:
    document = json.loads(_write())
    document["fingerprints"][0] |= members
    return json.dumps(document, indent=1)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "evil.example.com"},
        {"expires": 4_000_000_000},
        {"fingerprint": base64.b64encode(bytes(32)).decode()},
        {"signature": None},
        {"signature": "?"},
        {"signature": 7},
        {"name": None},
        {"expires": True},
        '{"fingerprints": [7]}',
        '{"fingerprint": []}',
        "[]",
        "",
    ],
    ids=str,
)
def test_a_changed_document_does_not_verify(change: dict[str, object] | str) -> None:
    """A changed signed byte, a missing signature or another document is an error with the place."""
    text = change if isinstance(change, str) else _changed(**change)
    with pytest.raises(FormatError) as caught:
        wultra.verify(text.encode(), "f.json", wultra.public_key(POINT))
    assert str(caught.value).startswith("f.json:")


def test_another_key_does_not_verify() -> None:
    """Control for the key."""
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    with pytest.raises(FormatError, match="not signed with that key"):
        wultra.verify(_write().encode(), "f", other)


def test_without_a_key_nothing_unsigned_is_written() -> None:
    """Clients ignore unsigned fingerprints, so the host would be refused."""
    with pytest.raises(ExportRefusedError) as caught:
        _write(sign=None)
    assert "signing-key" in (caught.value.hint or "")


def test_without_a_key_existing_signatures_are_kept() -> None:
    """A check in CI needs no private key, and other members of the document stay."""
    first = json.dumps(json.loads(_write()) | {"timestamp": 7}, indent=2) + "\n"
    assert json.loads(_write(sign=None, existing=first)) == json.loads(first)
    with pytest.raises(ExportRefusedError):
        _write(sign=None, existing=_changed(expires=4))


def test_with_the_public_key_only_valid_signatures_are_kept() -> None:
    """A check in CI verifies them: a wrong one is refused without the private key, and renewed with it."""
    known: dict[str, Any] = {
        "public_key": KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    }
    first = _write()
    assert _write(sign=None, existing=first, **known) == first
    wrong = _changed(signature=base64.b64encode(SIGN(b"another message")).decode())
    with pytest.raises(ExportRefusedError):
        _write(sign=None, existing=wrong, **known)
    assert _write(existing=wrong, **known) == first


def test_a_valid_signature_is_kept_although_the_key_would_make_another() -> None:
    """Tokens sign with random numbers, so signing again would change the file each time."""
    known: dict[str, Any] = {
        "public_key": KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    }
    first = _write(sign=lambda message: KEY.sign(message, ec.ECDSA(hashes.SHA256())), **known)
    assert _write(existing=first, **known) == first


def test_a_signature_is_the_same_each_time() -> None:
    """Writing twice changes nothing."""
    assert _write() == _write()


def test_a_key_of_another_curve_is_refused() -> None:
    """Clients support only P-256."""
    with pytest.raises(ExportError, match="secp384r1"):
        wultra.signer(ec.generate_private_key(ec.SECP384R1()))


@pytest.mark.parametrize("text", ["", "AAAA", "?", "BA=="])
def test_a_text_that_is_not_a_public_key_is_refused(text: str) -> None:
    """A text without a point is not a key."""
    with pytest.raises(ValueError):  # noqa: PT011 - from the library, whatever it says
        wultra.public_key(text)


def test_losses_need_consent() -> None:
    """Clients check only the leaf and the name itself, and always enforce."""
    with pytest.raises(LossError) as caught:
        _write(FULL)
    assert {loss.rule for loss in caught.value.losses} >= {
        "subdomains-dropped",
        "ca-pins-dropped",
        "report-only-dropped",
    }
