"""Standby keys, with their requests and pins."""

from __future__ import annotations

import pytest
from cryptography import x509

from pinsmith.material import read_material
from pinsmith.rotation.standby_key import KEY_KINDS, KeyKind, StandbyKey, generate
from tests.thinned import thinned

HOSTS = ["api.example.com", "192.0.2.1", "2001:db8::1"]


@pytest.fixture(scope="module")
def standby() -> StandbyKey:
    """Make one key for all tests that only write it."""
    return generate()


@pytest.mark.parametrize("kind", thinned(KEY_KINDS, set(KEY_KINDS) - {"rsa-4096"}))
def test_key_request_and_pin_belong_together(kind: KeyKind) -> None:
    """The key file, the request and the pin belong to one key, and the request proves its possession."""
    made = generate(kind)
    (key,) = read_material(made.private_pem())
    (request,) = read_material(made.request_pem(HOSTS))
    assert key.pin == request.pin == made.pin
    assert request.possession_proven
    assert key.algorithm == made.algorithm


def test_the_request_names_every_host(standby: StandbyKey) -> None:
    """Names and addresses are in the subject alternative name, and the first name is also the common name."""
    request = x509.load_pem_x509_csr(standby.request_pem(HOSTS))
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["api.example.com"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == HOSTS[1:]
    assert request.subject.rfc4514_string() == "CN=api.example.com"


def test_a_host_too_long_for_a_common_name_is_left_out_of_the_subject(standby: StandbyKey) -> None:
    """A common name has at most 64 characters; a longer host is only in the alternative names, then critical."""
    request = x509.load_pem_x509_csr(standby.request_pem([f"{'a' * 60}.example.com"]))
    assert not list(request.subject)
    assert request.extensions.get_extension_for_class(x509.SubjectAlternativeName).critical


def test_two_keys_are_never_the_same() -> None:
    """Two calls make two different keys."""
    assert generate().pin != generate().pin


def test_an_unknown_kind_is_refused() -> None:
    """A misspelled kind does not produce a weaker key."""
    with pytest.raises(ValueError, match="rsa-1024"):
        generate("rsa-1024")  # type: ignore[arg-type]


def test_a_key_never_shows_itself(standby: StandbyKey) -> None:
    """The representation of a key, which may end up in a log, contains no private part."""
    assert "private" not in repr(standby).lower()
