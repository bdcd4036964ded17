"""Every spelling of a pin, and texts that are not pins."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given, strategies as st

from pinsmith.errors import KnownBadPinError, PinFormatError
from pinsmith.pin import KNOWN_BAD, Pin, parse_spelling, require_credible

PIN = Pin.of_spki(b"a public key")
B64, HEX = PIN.base64, PIN.hex
COLONS = ":".join(HEX[at : at + 2] for at in range(0, 64, 2))
SLASH = Pin(b"\xff" * 3 + PIN.digest[3:])  # its base64 begins with "////"
ONE_SLASH = Pin(b"\xfc" + PIN.digest[1:])  # its base64 begins with one slash
SAFE = Pin(b"\xfb\xef\xbe\xff\xff" + PIN.digest[5:])  # its base64 begins with "++++//"
HASH_NAME = Pin(base64.b64decode(f"SHA256/{B64[7:]}"))
STRAY = B64[:42] + chr(ord(B64[42]) + 1) + "="  # the same 32 bytes, with a stray bit in the last character
FOUR_KINDS = "not a pin: expected base64 of 32 bytes"

SPELLINGS: dict[str, tuple[str, Pin, str, tuple[str, ...]]] = {
    "the canonical one": (f"sha256/{B64}", PIN, "sha256/", ()),
    "of curl, with two slashes": (f"sha256//{B64}", PIN, "curl (sha256//)", ()),
    "of RFC 7469": (f'pin-sha256="{B64}"', PIN, "public-key-pins (RFC 7469)", ()),
    "of RFC 7469 without quotes": (f"pin-sha256={B64}", PIN, "pin-sha256= without quotes", ()),
    "bare base64": (B64, PIN, "bare base64", ()),
    "64 digits": (HEX, PIN, "hexadecimal", ()),
    "64 digits in capitals": (HEX.upper(), PIN, "hexadecimal", ()),
    "digits with colons": (COLONS, PIN, "hexadecimal", ()),
    "digits with colons, as openssl prints them": (COLONS.upper(), PIN, "hexadecimal", ()),
    "a digest that begins with a slash": (f"sha256/{ONE_SLASH.base64}", ONE_SLASH, "sha256/", ()),
    "a digest that begins with slashes": (f"sha256/{SLASH.base64}", SLASH, "sha256/", ()),
    "of curl, and such a digest": (f"sha256//{ONE_SLASH.base64}", ONE_SLASH, "curl (sha256//)", ()),
    "of curl, and a digest of slashes": (f"sha256//{SLASH.base64}", SLASH, "curl (sha256//)", ()),
    "such a digest without padding": (f"sha256/{ONE_SLASH.base64[:-1]}", ONE_SLASH, "sha256/", ("wrong padding",)),
    "of curl, such a digest without padding": (
        f"sha256//{ONE_SLASH.base64[:-1]}",
        ONE_SLASH,
        "curl (sha256//)",
        ("wrong padding",),
    ),
    "a bare digest that begins like the name of a hash": (f"SHA256/{B64[7:]}", HASH_NAME, "bare base64", ()),
    "a bare digest that begins with a slash": (ONE_SLASH.base64, ONE_SLASH, "bare base64", ()),
    "without padding": (f"sha256/{B64[:-1]}", PIN, "sha256/", ("wrong padding",)),
    "with too much padding": (f"sha256/{B64}=", PIN, "sha256/", ("wrong padding",)),
    "in the URL-safe alphabet": (
        "sha256/" + base64.urlsafe_b64encode(SAFE.digest).decode(),
        SAFE,
        "sha256/",
        ("URL-safe alphabet",),
    ),
    "with stray bits": (f"sha256/{STRAY}", PIN, "sha256/", ("stray bits in the last character",)),
    "with blanks around it": (f" sha256/{B64}\n", PIN, "sha256/", ("blanks around it",)),
    "digits with blanks around them": (f"{HEX} ", PIN, "hexadecimal", ("blanks around it",)),
    "with everything": (
        f" {STRAY[:-1]} ",
        PIN,
        "bare base64",
        ("blanks around it", "wrong padding", "stray bits in the last character"),
    ),
}


@pytest.mark.parametrize("case", SPELLINGS)
def test_spelling(case: str) -> None:
    """Every spelling in use is read as the same pin and is named, and oddities are reported."""
    text, pin, style, remarks = SPELLINGS[case]
    spelling = parse_spelling(text)
    assert (spelling.pin, spelling.style, spelling.remarks) == (pin, style, remarks)


@pytest.mark.parametrize("case", SPELLINGS)
def test_only_the_canonical_spelling_is_parsed(case: str) -> None:
    """`Pin.parse` reads only the canonical spelling; for another it names that spelling and shows the correct text."""
    text, pin, style, remarks = SPELLINGS[case]
    if text == str(pin):
        assert Pin.parse(text) == pin
        return
    with pytest.raises(PinFormatError) as caught:
        Pin.parse(text)
    assert str(caught.value).endswith("is not the canonical spelling of a pin: " + "; ".join((style, *remarks)))
    assert caught.value.hint == f'write "{pin}"'


def test_output_is_canonical() -> None:
    """A pin prints as its prefix and 32 bytes in canonical base64, and both parts are attributes."""
    digest = hashlib.sha256(b"a public key").digest()
    assert str(PIN) == "sha256/" + base64.b64encode(digest).decode()
    assert (PIN.base64, PIN.hex) == (base64.b64encode(digest).decode(), digest.hex())


REFUSED = {
    "nothing": ("", "expected 32 bytes, got 0"),
    "blanks": (" \t\n", "expected 32 bytes, got 0"),
    "a prefix alone": ("sha256/", "expected 32 bytes, got 0"),
    "31 bytes": ("sha256/" + base64.b64encode(PIN.digest[:31]).decode(), "expected 32 bytes, got 31"),
    "33 bytes": ("sha256/" + base64.b64encode(PIN.digest + b"x").decode(), "expected 32 bytes, got 33"),
    "SHA-1": ("sha1/" + base64.b64encode(b"x" * 20).decode(), "is a SHA-1 pin"),
    "SHA-1 of RFC 7469": ('pin-sha1="' + base64.b64encode(b"x" * 20).decode() + '"', "is a SHA-1 pin"),
    "20 bytes without a prefix": (base64.b64encode(b"x" * 20).decode(), "expected 32 bytes, got 20"),
    "SHA-512": (base64.b64encode(b"x" * 64).decode(), "expected 32 bytes, got 64"),
    "62 digits": (HEX[:-2], "expected 32 bytes, got 46"),
    "63 digits": (HEX[:-1], "expected 32 bytes, got 47"),
    "65 digits": (HEX + "0", FOUR_KINDS),
    "digits with a colon missing": (COLONS.replace(":", "", 1), FOUR_KINDS),
    "a letter of no alphabet": (f"sha256/{B64[:20]}!{B64[21:]}", FOUR_KINDS),
    "a blank inside": (f"sha256/{B64[:20]} {B64[20:]}", FOUR_KINDS),
    "a line break inside": (f"sha256/{B64[:20]}\n{B64[20:]}", FOUR_KINDS),
    "padding inside": (f"sha256/{B64[:20]}={B64[20:]}", FOUR_KINDS),
    "three padding characters": (f"sha256/{B64}==", FOUR_KINDS),
    "two pins": (f"sha256/{B64},sha256/{B64}", FOUR_KINDS),
    "an upper-case prefix": (f"SHA256/{B64}", "begins with the unknown prefix 'SHA256/': expected 'sha256/'"),
    "a colon for the slash": (f"sha256:{B64}", "begins with the unknown prefix 'sha256:'"),
    "MD5": ("md5/" + base64.b64encode(b"x" * 16).decode(), "begins with the unknown prefix 'md5/'"),
    "SHA-512 with its prefix": ("sha512/" + base64.b64encode(b"x" * 64).decode(), "the unknown prefix 'sha512/'"),
    "an integrity value": (f"sha256-{B64}", "begins with the unknown prefix 'sha256-'"),
    "a quote that does not end": (f'pin-sha256="{B64}', FOUR_KINDS),
    "letters of another script that look alike": ("sha256/" + "\u0410" * 43 + "=", FOUR_KINDS),
    "digits of another script": ("\u0661" * 64, FOUR_KINDS),
    "half a surrogate pair": ("\ud800", FOUR_KINDS),
    "a PEM file": ("-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n", FOUR_KINDS),
    "a megabyte": ("A" * 1_000_000, "expected 32 bytes, got 750000"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_text_that_is_not_a_pin_is_refused(case: str) -> None:
    """A text that is not a pin is refused with the reason and a hint, in one line that is not too long."""
    text, reason = REFUSED[case]
    for read in (parse_spelling, Pin.parse):
        with pytest.raises(PinFormatError) as caught:
            read(text)
        assert reason in str(caught.value)
        assert caught.value.hint
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 400


BAD = {
    "the hash of nothing": (hashlib.sha256(b"").digest(), "SHA-256 of nothing"),
    "the hash of an empty line": (hashlib.sha256(b"\n").digest(), "SHA-256 of an empty line"),
    "AAAA": (base64.b64decode("A" * 43 + "="), "repeated"),
    "BBBB": (base64.b64decode("B" * 42 + "A="), "repeated"),
    "ABAB": (base64.b64decode("AB" * 21 + "A="), "repeated"),
    "all bits set": (b"\xff" * 32, "repeated"),
    "the sample of Android": (
        base64.b64decode("7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y="),
        "sample pin of the Android",
    ),
    "the sample of RFC 7469": (
        base64.b64decode("d6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZWmM="),
        "sample pin of RFC 7469",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_pin_that_no_key_can_have_is_refused(case: str) -> None:
    """Placeholders and hashes of empty content are refused in every spelling, with the reason."""
    digest, reason = BAD[case]
    pin = Pin(digest)
    for text in (str(pin), f"sha256//{pin.base64}", f'pin-sha256="{pin.base64}"', pin.base64, pin.hex):
        with pytest.raises(KnownBadPinError, match=reason):
            parse_spelling(text)
    with pytest.raises(KnownBadPinError, match=reason):
        Pin.parse(str(pin))
    with pytest.raises(KnownBadPinError, match=reason):
        require_credible(pin)


def test_every_known_bad_pin_has_32_bytes_and_a_reason() -> None:
    """The list of bad pins contains only valid pins."""
    assert all(len(digest) == 32 and reason for digest, reason in KNOWN_BAD.items())


@pytest.mark.parametrize("size", [0, 20, 31, 33, 64])
def test_a_pin_has_32_bytes(size: int) -> None:
    """A pin of another length cannot be made."""
    with pytest.raises(PinFormatError, match=f"this one has {size}"):
        Pin(b"x" * size)


DIGESTS = st.binary(min_size=32, max_size=32).filter(lambda digest: len(set(digest)) > 8)


@given(DIGESTS)
def test_parse_is_the_inverse_of_str(digest: bytes) -> None:
    """The printed form of a pin is read as the same pin, in every spelling."""
    pin = Pin(digest)
    assert Pin.parse(str(pin)) == pin
    for text in (f"sha256//{pin.base64}", f'pin-sha256="{pin.base64}"', pin.base64, pin.hex, pin.base64[:-1]):
        assert parse_spelling(text).pin == pin


@given(st.integers(0, 255), DIGESTS)
def test_slashes_at_the_front_never_confuse(first: int, digest: bytes) -> None:
    """For every first character of a digest, one and two slashes are distinguished, with and without padding."""
    pin = Pin(bytes([0xFC | first & 3]) + digest[1:])
    for body in (pin.base64, pin.base64[:-1]):
        for prefix in ("sha256/", "sha256//", ""):
            assert parse_spelling(prefix + body).pin == pin


PIECES = st.sampled_from(["sha256/", "sha256//", 'pin-sha256="', '"', "=", "/", "-", " ", ":", B64, HEX, "\n", "sha1/"])


@given(st.one_of(st.text(), st.lists(PIECES, max_size=6).map("".join), st.text(alphabet="abAB01+/=-_: \n")))
def test_any_text_is_a_pin_or_refused(text: str) -> None:
    """Reading any text gives a pin of 32 bytes or the documented error, and nothing else."""
    try:
        spelling = parse_spelling(text)
    except PinFormatError:
        return
    assert Pin.parse(str(spelling.pin)) == spelling.pin
    if text == str(spelling.pin):
        assert Pin.parse(text) == spelling.pin
        return
    with pytest.raises(PinFormatError) as caught:
        Pin.parse(text)
    assert caught.value.hint == f'write "{spelling.pin}"'
