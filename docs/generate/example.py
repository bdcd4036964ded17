"""Examples for the page of the formats: an invented policy with certificates, and files of import-only formats."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pinsmith.formats import Format
    from pinsmith.policy import KeyRole, Policy

# Certificates whose private keys were deleted, as DER in base64.
_CERTIFICATES: Final = {
    "root-ca": (
        "MIIBczCCARigAwIBAgIUJSciJvjuZuKqTm2/RjiKSS6dXnUwCgYIKoZIzj0EAwIwFzEVMBMGA1UEAwwMRXhhbXBsZSBSb290MB4X"
        "DTI2MDEwMTAwMDAwMFoXDTQ2MDEwMTAwMDAwMFowFzEVMBMGA1UEAwwMRXhhbXBsZSBSb290MFkwEwYHKoZIzj0CAQYIKoZIzj0D"
        "AQcDQgAEnvTPhtiPOpEu1BV8qkRi5bha67zWtN6+iu54KUj//ufGCE4n3N/x6zVASF3n79Ay5/LfA0nSX4KJecB9c36QhKNCMEAw"
        "HQYDVR0OBBYEFA2CSpH5xG1luZa6j4GyLphcgi96MA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgEGMAoGCCqGSM49BAMC"
        "A0kAMEYCIQCCaovP+aJ5qlk12t24F8eE5FzUUN8+2t07DST8+xeUEQIhAN5CkqwtAqOeQfYNLS1Z161fvPGzJpG4E8MWdJT39XFZ"
    ),
    "api-2026": (
        "MIIBzzCCAXagAwIBAgIUfbq/+PnbBVJ2lpXgizQFW64L+o8wCgYIKoZIzj0EAwIwFzEVMBMGA1UEAwwMRXhhbXBsZSBSb290MB4X"
        "DTI2MDEwMTAwMDAwMFoXDTI3MDEzMTAwMDAwMFowGjEYMBYGA1UEAwwPYXBpLmV4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZI"
        "zj0DAQcDQgAEhO+4T2y9M8UpdfvsXm6baVyfGGIspu1s/Sx6DrGtWRjl0L4xGz7vtXn5HSySs6r1RnTUgK/be1IYdwzWKRt6laOB"
        "nDCBmTAdBgNVHQ4EFgQUEViW7as3IdXibUtNw61S6GWY/6swHwYDVR0jBBgwFoAUDYJKkfnEbWW5lrqPgbIumFyCL3owDAYDVR0T"
        "AQH/BAIwADAOBgNVHQ8BAf8EBAMCB4AwHQYDVR0lBBYwFAYIKwYBBQUHAwEGCCsGAQUFBwMCMBoGA1UdEQQTMBGCD2FwaS5leGFt"
        "cGxlLmNvbTAKBggqhkjOPQQDAgNHADBEAiA8Y7FKUTuWGCSdS3/MNlG9as+ilk2NJHmo7NB6DcVWjgIgGDpK8/ei5bsoo8dDAwWQ"
        "rp3WadIZ4dKQ8CCy0vmS8TE="
    ),
    "api-standby": (
        "MIIB0DCCAXagAwIBAgIUWJNhTAGvZyCcWOmH0JAcj11P5zgwCgYIKoZIzj0EAwIwFzEVMBMGA1UEAwwMRXhhbXBsZSBSb290MB4X"
        "DTI2MDEwMTAwMDAwMFoXDTI4MDEzMTAwMDAwMFowGjEYMBYGA1UEAwwPYXBpLmV4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZI"
        "zj0DAQcDQgAEJJZTN+QgKwevWY9B/dntAwiXTUrSeGdZ4mOmu3wE6czY5S3/DKW8DpyHRpTfkf+cXUXbQ3WxnHZmHU8PC8rHqaOB"
        "nDCBmTAdBgNVHQ4EFgQUl0iIlZylMTvTSM/tbeYN2i2iQmcwHwYDVR0jBBgwFoAUDYJKkfnEbWW5lrqPgbIumFyCL3owDAYDVR0T"
        "AQH/BAIwADAOBgNVHQ8BAf8EBAMCB4AwHQYDVR0lBBYwFAYIKwYBBQUHAwEGCCsGAQUFBwMCMBoGA1UdEQQTMBGCD2FwaS5leGFt"
        "cGxlLmNvbTAKBggqhkjOPQQDAgNIADBFAiBQhycn/CDW9k8IOM59xf6vc+uVkZHDsgJus1qTDu0RUAIhAKFka1TMffe1wWQjK9Q+"
        "OGcrZcUrVJv6GRZuj30RtG0O"
    ),
}
_ROLES: Final[dict[str, KeyRole]] = {"root-ca": "root", "api-2026": "leaf", "api-standby": "leaf"}
_SIGNED: Final = datetime(2031, 4, 1, 12, tzinfo=UTC)
READ_ONLY: Final = {
    "json-hosts": """\
{
  // Read as JSON5.
  "pinning": {
    "api.example.com": [
      "sha256/NahLU0GZuWlQxC5iyWPffbj545x3cCad5I+tsIssZ4M=",
      "sha256/8yAQOI8/CVOfgxEcZTscFp6wUFiGkbEj2n4o/b9T3zw="
    ]
  }
}
""",
    "plain-list": """\
# Keys of api.example.com
sha256/NahLU0GZuWlQxC5iyWPffbj545x3cCad5I+tsIssZ4M=  # 2026
8yAQOI8/CVOfgxEcZTscFp6wUFiGkbEj2n4o/b9T3zw=  # standby
""",
}
"""A file of each format that is only read."""


def certificates() -> dict[str, bytes]:
    """Return the certificates of the keys of `certified` as DER, by the name of the key."""
    return {name: base64.b64decode(text) for name, text in _CERTIFICATES.items()}


def certified(target: Format) -> Policy:
    """Make a policy of one host whose keys have certificates: the root's for formats that take anchors."""
    from pinsmith.certificate import Certificate
    from pinsmith.policy import HostPins, Key, Policy

    names = ("root-ca",) if target.can.matches == "anchors" else ("api-2026", "api-standby")
    keys = tuple(
        Key(
            name,
            Certificate(base64.b64decode(_CERTIFICATES[name])).pin,
            _ROLES[name],
            "EC P-256",
            certificate=f"certs/{name}.pem",
        )
        for name in names
    )
    return Policy((HostPins("api.example.com", keys),))


def signing(target: Format) -> dict[str, Any]:
    """Return the arguments of `pinsmith.formats.export` that sign, with fixed values instead of signatures."""
    if target.signature is None:
        return {}
    function = _sign_in_der if target.signature == "EC P-256" else _sign
    return {"sign": function, "public_key": _public_key(target), "now": _SIGNED}


def _sign(message: bytes) -> bytes:
    return hashlib.sha512(message).digest()


def _sign_in_der(message: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    digest = _sign(message)
    return encode_dss_signature(int.from_bytes(digest[:32]), int.from_bytes(digest[32:]))


def _public_key(target: Format) -> bytes:
    """Return a public key of the kind that the format needs, DER; nobody has the private key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from pinsmith.certificate import Certificate

    if target.signature == "EC P-256":
        return Certificate(base64.b64decode(_CERTIFICATES["root-ca"])).spki
    public = Ed25519PublicKey.from_public_bytes(hashlib.sha256(b"example").digest())
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
