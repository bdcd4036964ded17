"""The Python port of the generated Dart finds the entry of a host, and the key of a certificate, as pinsmith does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.x509.oid import NameOID

from pinsmith.certificate import Certificate
from pinsmith.formats import export, find
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import BACKUP, LEAF
from tests.prove import dart
from tests.prove.syntax import texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes

pytestmark = pytest.mark.prove

NOW: Final = datetime(2031, 4, 30, 23, 59, 59, tzinfo=UTC)
PINS: Final = (LEAF, BACKUP)
POLICY: Final = Policy(
    (
        HostPins("example.com", PINS, include_subdomains=True, expires=date(2031, 5, 1)),
        HostPins("api.example.com", (LEAF,)),
        HostPins("static.example.com", (), mode="off", include_subdomains=True),
        HostPins("a.static.example.com", (BACKUP,), include_subdomains=True),
        HostPins("log.example.org", PINS, mode="report-only"),
    )
)
TEXT: Final = export(POLICY, find("dart-io")).text
HOSTS: Final = (
    *("example.com", "www.example.com", "a.b.example.com", "api.example.com", "x.api.example.com"),
    *("static.example.com", "x.static.example.com", "a.static.example.com", "b.a.static.example.com"),
    *("log.example.org", "x.log.example.org", "example.org", "notexample.com", "com", "localhost", ""),
)
KEYS: Final[dict[str, Callable[[], CertificateIssuerPrivateKeyTypes]]] = {
    "rsa-1024": lambda: rsa.generate_private_key(65537, 1024),  # noqa: S505 - its lengths have two bytes
    "rsa-2048": lambda: rsa.generate_private_key(65537, 2048),
    "rsa-4096": lambda: rsa.generate_private_key(65537, 4096),
    "rsa-2048, exponent 3": lambda: rsa.generate_private_key(3, 2048),
    "ec-p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ec-p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ec-p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "ed448": ed448.Ed448PrivateKey.generate,
    "dsa": lambda: dsa.generate_private_key(2048),
}


def _certificate(key: CertificateIssuerPrivateKeyTypes, names: int = 1) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"name {number}") for number in range(names)])
    builder = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
    )
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey) else hashes.SHA256()
    return builder.sign(key, algorithm).public_bytes(serialization.Encoding.DER)


def _without_version(der: bytes) -> bytes:
    """Turn a certificate of version 3 into one of version 1; its signature is wrong, but is not checked here."""
    version = bytes.fromhex("a003020102")
    assert der.count(version) == 1
    start = der.index(version)
    assert (der[0], der[1], der[4], der[5]) == (0x30, 0x82, 0x30, 0x82)
    outer, inner = (int.from_bytes(der[at : at + 2]) - len(version) for at in (2, 6))
    return b"\x30\x82" + outer.to_bytes(2) + b"\x30\x82" + inner.to_bytes(2) + der[start + len(version) :]


def _every_kind() -> Iterator[str]:
    """Generate code for all combinations of settings in a pin file, and for short and long host names."""
    for required, below, exempt, reported, ending in product((False, True), repeat=5):
        host = HostPins("example.com", PINS, "report-only" if reported else "enforce", include_subdomains=below)
        others = (HostPins("static.example.com", (), "off", include_subdomains=below),) if exempt else ()
        entry = replace(host, expires=NOW.date() if ending else None)
        yield export(Policy((entry, *others), require_pins=required), find("dart-io")).text
    names = [f"{'x' * 40}.{'y' * length}.example.com" for length in range(10, 20)]
    yield export(Policy(tuple(HostPins(name, PINS) for name in names)), find("dart-io")).text


def test_generated_code_has_the_format_of_dart(tmp_path: Path) -> None:
    """Dart's own formatter parses the generated code, and would not change it."""
    codes = [*_every_kind(), *(text for _, text in texts(dart.CHECKED))]
    files = [tmp_path / f"pins{number}.dart" for number in range(len(codes))]
    for file, text in zip(files, codes, strict=True):
        file.write_text(text, "utf-8", newline="\n")
    dart.check_format(files, tmp_path)


@pytest.mark.parametrize(
    ("piece", "spoilt"), [("  };\n", "};\n"), *dart.CHECKED.broken[:3]], ids=lambda text: text.strip()
)
def test_the_formatter_notices_broken_code(piece: str, spoilt: str, tmp_path: Path) -> None:
    """The formatter notices a wrong indent, and code that is not valid Dart."""
    assert piece in TEXT
    (tmp_path / "pins.dart").write_text(TEXT.replace(piece, spoilt), "utf-8")
    with pytest.raises(AssertionError):
        dart.check_format([tmp_path / "pins.dart"], tmp_path)


def test_the_port_matches_the_generated_code() -> None:
    """The generated functions consist of exactly the ported lines, in the same order."""
    assert dart.functions(TEXT) == dart.lines()
    assert dart.HOST in TEXT


@pytest.mark.parametrize("now", [NOW, NOW + timedelta(seconds=1)], ids=["before", "after"])
@pytest.mark.parametrize("host", HOSTS)
def test_it_finds_the_entry_that_pinsmith_finds(host: str, now: datetime) -> None:
    """The exact name applies, or else the longest parent; exempt hosts and hosts with expired pins are not pinned."""
    entry = POLICY.find(host)
    found = dart.port(TEXT, now)["_find"](host)
    in_force = entry is not None and entry.mode != "off" and (entry.expires is None or now.date() < entry.expires)
    assert (found is not None) is in_force
    if entry is not None and found is not None:
        assert found.pins == {key.pin.base64 for key in entry.keys}
        assert found.reportOnly is (entry.mode == "report-only")


@pytest.mark.parametrize("name", ["API.example.COM", "api.example.com.", "api.example.com.."])
def test_a_host_is_lower_case_without_a_trailing_dot(name: str) -> None:
    """Every spelling of a name leads to the same host."""
    assert dart.host_of(name) == "api.example.com"


@pytest.mark.parametrize("kind", KEYS)
def test_it_pins_what_pinsmith_pins(kind: str) -> None:
    """The port finds the key in a certificate with any kind of key, with long names, and without a version."""
    port = dart.port(TEXT, NOW)
    key = KEYS[kind]()
    for der in (_certificate(key), _certificate(key, names=300)):
        assert port["_pinOf"](der) == Certificate(der).pin.base64
    first = _certificate(key)
    if first[4:6] == b"\x30\x82":
        assert port["_pinOf"](_without_version(first)) == Certificate(first).pin.base64


def test_a_certificate_that_ends_early_has_no_pin() -> None:
    """Missing bytes raise an error, and in the generated code an error refuses the connection."""
    port = dart.port(TEXT, NOW)
    der = _certificate(KEYS["ec-p256"]())
    spki_end = der.index(Certificate(der).spki) + len(Certificate(der).spki)
    for size in range(spki_end):
        with pytest.raises((IndexError, AssertionError)):
            port["_pinOf"](der[:size])
