"""URIs of keys in tokens: an attribute that would be ignored is refused, and so is a PIN."""

from __future__ import annotations

import pytest

from pinsmith.custody.pkcs11_uri import PKCS11URI, parse_uri
from pinsmith.errors.custody import CustodyError

MODULE = "module-path=/usr/lib/softhsm/libsofthsm2.so"


def test_a_uri_names_a_token_and_a_key() -> None:
    """Percent signs stand for bytes; an id need not be text."""
    found = parse_uri(f"pkcs11:token=My%20vault;serial=59f0;object=api%2D2027;id=%01%FF;type=private?{MODULE}")
    token = {"token": "My vault", "serial": "59f0"}
    assert found == PKCS11URI("/usr/lib/softhsm/libsofthsm2.so", token, "api-2027", b"\x01\xff")
    assert parse_uri(f"pkcs11:id=%01?{MODULE}") == PKCS11URI("/usr/lib/softhsm/libsofthsm2.so", {}, None, b"\x01")


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("https://example.com", "is not a PKCS#11 URI"),
        ("pkcs11:", "names no key"),
        ("pkcs11:token=a", "names no key"),
        ("pkcs11:object=a", "does not say which library"),
        (f"pkcs11:object=a;type=cert?{MODULE}", "not that of a private key"),
        (f"pkcs11:object=a;slot-id=1?{MODULE}", "'slot-id'"),
        (f"pkcs11:object=a?{MODULE}&pin-source=file:/etc/pin", "'pin-source'"),
        (f"pkcs11:object=a;object=b?{MODULE}", "'object' twice"),
        (f"pkcs11:object?{MODULE}", "'object' without a value"),
        (f"pkcs11:object=%FF?{MODULE}", "not UTF-8"),
    ],
)
def test_what_would_be_ignored_is_refused(uri: str, why: str) -> None:
    """Each part of a URI is compared, so that no other key is found than the one that is meant."""
    with pytest.raises(CustodyError, match=why):
        parse_uri(uri)


@pytest.mark.parametrize("text", ["object=a?{}&pin-value=1234", "object=a;pin-value=1234?{}"])
def test_a_pin_on_the_command_line_is_refused_and_not_repeated(text: str) -> None:
    """The message says to change it, and does not contain it."""
    with pytest.raises(CustodyError, match="contains a PIN") as caught:
        parse_uri("pkcs11:" + text.format(MODULE))
    assert "1234" not in f"{caught.value} {caught.value.hint}"
