"""Pins in Dart, in the ways in which applications write them."""

from __future__ import annotations

from typing import Final

import pytest

from pinsmith import audit
from pinsmith.errors import UnknownFormatError
from tests.audit.read import hosts, notes
from tests.formats.policy import pin

A, B, C = pin("a").base64, pin("b").base64, pin("c").base64
MAP: Final = f"""
import 'dart:io';

const base = '{A}';
const String host = "api.example.com";

class Pins {{
  static const List<String> shared = ['sha256/$base', "sha256/${{base}}", r'{B}'];
  final Map<String, List<String>> byHost = {{
    host: shared, // two keys
    'example.org': <String>['sha256/' + '{C}', '{B}'
        ''],
    'names': ['{C}'],
  }};
  bool check(X509Certificate certificate, String base) => byHost[host]!.contains(pinOf(certificate.der));
}}
"""


def test_a_map_of_hosts_is_read() -> None:
    """Constants, templates, adjacent texts and members give hosts and pins."""
    assert hosts(MAP, "pins.dart") == {"api.example.com": (2, False), "example.org": (2, False)}
    assert notes(MAP, "pins.dart") == []


@pytest.mark.parametrize(
    ("pins", "found"),
    [
        ("given", []),
        (f"['{A}', Env.pin]", ["value-elsewhere"]),
        (f"[...given, '{A}']", ["value-elsewhere"]),
        (f"[if (kDebugMode) '{B}', '{A}']", ["value-elsewhere"]),
        (f"kDebugMode ? [] : ['{A}']", ["policy-differs"]),
    ],
)
def test_what_is_not_in_the_file_is_noted(pins: str, found: list[str]) -> None:
    """Parameters, spreads, members of others and branches are never guessed."""
    text = (
        f"f(X509Certificate c, List<String> given) => check(c, {{'a.example.com': {pins}, 'b.example.com': ['{A}']}});"
    )
    assert [rule for rule, _ in notes(text, "pins.dart")] == found
    assert "b.example.com" in hosts(text, "pins.dart")


def test_fingerprints_of_certificates_are_notes() -> None:
    """http_certificate_pinning compares certificates, and so does code that hashes the whole certificate."""
    text = """
const prints = ['AA:BB'];
void f() async {
  await HttpCertificatePinning.check(serverURL: 'https://api.example.com/x', allowedSHAFingerprints: prints);
  dio.interceptors.add(CertificatePinningInterceptor(allowedSHAFingerprints: prints));
}
"""
    assert notes(text, "pins.dart") == [("pins-not-kept", 4), ("pins-not-kept", 5)]
    hashed = f"final m = {{'a.example.com': ['{A}']}};\nf(X509Certificate c) => m[h]!.contains(sha256.convert(c.der));"
    assert notes(hashed, "pins.dart") == [("pins-not-kept", 1)]


@pytest.mark.parametrize(
    "text",
    [
        f"final m = {{'a.example.com': ['{A}']}};",
        f"// X509Certificate {{'a.example.com': ['{A}']}}",
        "bool f(X509Certificate c) => {'a.example.com': ['one']}.isEmpty;",
    ],
    ids=["no check", "a comment", "other lists"],
)
def test_other_code_pins_nothing(text: str) -> None:
    """Comments, other maps, and maps in files that check nothing are not pins."""
    with pytest.raises(UnknownFormatError):
        audit.read(text.encode(), "other.dart")
