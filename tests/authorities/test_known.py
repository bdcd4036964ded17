"""The table of known authorities."""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import sys
from base64 import b64decode
from datetime import date
from importlib import resources

import pytest

from pinsmith import authorities
from pinsmith.authorities import Authority
from pinsmith.pin import Pin

FOLDER = resources.files("pinsmith.authorities")

# Pins that the authorities publish themselves.
PUBLISHED = {
    "ISRG Root X1": ("root", "C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M="),
    "ISRG Root X2": ("root", "diGVwiVYbubAI3RW4hB9xU8e/CH2GnkuvVFZE8zmgzI="),
    "DigiCert Global Root G2": ("root", "i7WTqTvh0OioIruIfFR4kMPnBqrS2rdiVPl/s2uC/CY="),
    "GTS Root R1": ("root", "hxqRlPTu1bMS/0DITB1SSu0vd4u/8l8TjPgfaAp63Gc="),
    "Amazon Root CA 1": ("root", "++MBgDH5WGvL9Bcn5Be30cRcL0f5O+NyoXuWtQdX1aI="),
    "GlobalSign Root CA - R3": ("root", "cGuxAXyFXFkWm61cF4HPWX8S0srS9j0aSqN0k4AP+4A="),
    "E6": ("intermediate", "0Bbh/jEZSKymTy3kTOhsmlHKBB32EDu1KojrP3YfV9c="),
    "Root YE": ("root", "sCkq5UWXjg+7mKu9lMhhYF5bGLsy7VI/UNW3tccdR7w="),
    "YR1": ("intermediate", "LoMHBotttiDko50Gi13uXW71eIy7LAttI+rYT8wXF4w="),
    "R10": ("intermediate", "K7rZOrXHknnsEhUH8nLL4MZkejquUuIvOIr6tCa0rbo="),
}


STORES = ("android", "apple", "certifi", "debian", "mozilla", "openjdk", "oracle-java", "windows")


def _rows(name: str) -> list[list[str]]:
    content = FOLDER.joinpath(name).read_bytes()
    text = (gzip.decompress(content) if name.endswith(".gz") else content).decode("utf-8")
    return [line.split("\t") for line in text.split("\n") if line and not line.startswith("#")]


def _found(text: str) -> Authority:
    authority = authorities.find(Pin(b64decode(text)))
    assert authority is not None
    return authority


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_authority_is_found_by_its_pin(name: str) -> None:
    """Well-known roots and intermediates have their name and their role."""
    role, pin = PUBLISHED[name]
    authority = _found(pin)
    assert (authority.pin.base64, authority.name, authority.role) == (pin, name, role)


def test_an_authority_has_its_subject_and_its_days() -> None:
    """Subject and days of ISRG Root X1, which is also cross-signed, are those of its own certificate."""
    authority = _found(PUBLISHED["ISRG Root X1"][1])
    assert authority.subject == "CN=ISRG Root X1,O=Internet Security Research Group,C=US"
    assert (authority.first_day, authority.last_day) == (date(2015, 6, 4), date(2035, 6, 4))


def test_an_unknown_pin_is_nobody() -> None:
    """Neither an own key nor a comment line of the file is found in the table."""
    assert authorities.find(Pin.of_spki(b"a public key")) is None


@pytest.mark.parametrize(
    ("name", "key_name"),
    [
        ("ISRG Root X1", "isrg-root-x1"),
        ("DigiCert Global Root G2", "digicert-global-root-g2"),
        ("GlobalSign Root CA - R3", "globalsign-root-ca-r3"),
        ("Autoridad Certificadora Raíz Nacional de Uruguay", "autoridad-certificadora-raiz-nacional-de-uruguay"),
        ("醫事憑證管理中心", "authority-2015"),
    ],
)
def test_an_authority_gives_its_key_a_name(name: str, key_name: str) -> None:
    """The name of a key is the authority's in lower-case ASCII; if none is left, it contains the first year."""
    day = date(2015, 6, 4)
    assert authorities.key_name(Authority(Pin.of_spki(b""), name, "root", f"CN={name}", day, day)) == key_name


def test_every_line_of_the_table_can_be_found() -> None:
    """The table is sorted, no pin occurs twice, and every line is an authority with a name for its key."""
    pins = [row[0] for row in _rows("known.tsv")]
    assert len(pins) > 1700
    assert pins == sorted(set(pins))
    for pin in pins:
        authority = _found(pin)
        assert authority.pin.base64 == pin
        assert authority.role in {"root", "intermediate"}
        assert authority.first_day <= authority.last_day
        assert authority.name
        assert authority.subject.isprintable()
        assert 0 < len(authorities.key_name(authority)) <= 48


def test_the_pins_of_roots_are_those_of_their_keys() -> None:
    """Every SubjectPublicKeyInfo hashes to the pin of a root in the table, so both files agree."""
    for _, _, first_day, last_day, _, spki in _rows("roots.tsv.gz"):
        authority = authorities.find(Pin(hashlib.sha256(b64decode(spki, validate=True)).digest()))
        assert authority is not None
        assert authority.role == "root"
        assert authority.first_day <= date.fromisoformat(first_day) <= date.fromisoformat(last_day)
        assert date.fromisoformat(last_day) <= authority.last_day


def test_stores_name_roots_that_exist() -> None:
    """Every version of a store has a day, and refers only to roots of the other file."""
    ids = {row[0] for row in _rows("roots.tsv.gz")}
    stores = _rows("stores.tsv.gz")
    assert {row[0] for row in stores} == set(STORES)
    for _, _, read_on, roots, _ in stores:
        assert date.fromisoformat(read_on) >= date(2017, 12, 1)
        assert set(roots.split(",")) <= ids


def test_issued_certificates_are_of_keys_that_are_known() -> None:
    """Every signed key and every signer is in the table of keys, and no key signed itself."""
    rows = _rows("issued.tsv")
    assert len(rows) > 1_200
    for signed, signer, first_day, last_day, issuer in rows:
        assert signer != signed
        assert bool(signer) != bool(issuer)
        for pin in filter(None, (signed, signer)):
            _found(pin)
        assert date.fromisoformat(first_day or "2000-01-01") < date.fromisoformat(last_day or "9999-12-31")


def test_the_roots_that_a_root_has_signed_are_known_until_their_certificates_end() -> None:
    """DST Root CA X3 had signed ISRG Root X1 until 2024, so a client that trusted X1 ended there."""
    x1, dst = _found(PUBLISHED["ISRG Root X1"][1]), _found("Vjs8r4z+80wjNcr1YKepWQboSIRi63WsWXhIMN+eWys=")
    assert authorities.cross_signed_by(dst.pin, today=date(2021, 7, 1)) == (x1.pin,)
    assert authorities.cross_signed_by(dst.pin, today=date(2026, 12, 1)) == ()
    assert {issued.signer for issued in authorities.issued_for(x1.pin)} == {dst.pin}
    assert [issued.last_day for issued in authorities.issued_by(dst.pin)] == [date(2024, 9, 30)]


@pytest.mark.parametrize("name", ["known.tsv", "issued.tsv", "roots.tsv.gz", "stores.tsv.gz"])
def test_each_file_names_its_sources(name: str) -> None:
    """The top of each file gives its sources, so that every line can be checked."""
    content = FOLDER.joinpath(name).read_bytes()
    text = (gzip.decompress(content) if name.endswith(".gz") else content).decode("utf-8")
    head = [line for line in text.split("\n") if line.startswith("#")]
    assert any("nabla-c0d3/trust_stores_observatory" in line for line in head)
    assert any("cloudflare/cfssl_trust, release" in line for line in head)


def test_the_table_is_read_by_the_first_search() -> None:
    """Importing the package reads no file."""
    code = "from pinsmith.authorities import _known; print(_known._lines.cache_info().currsize)"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0"]
