"""Standby keys: the key, the request and the pin."""

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
    """The file of the key, the request and the pin name one key; the request proves that it is held."""
    made = generate(kind)
    (key,) = read_material(made.private_pem())
    (request,) = read_material(made.request_pem(HOSTS))
    assert key.pin == request.pin == made.pin
    assert request.possession_proven
    assert key.algorithm == made.algorithm


def test_the_request_names_every_host(standby: StandbyKey) -> None:
    """Names and addresses stand in the subject alternative name, the first also in the common name."""
    request = x509.load_pem_x509_csr(standby.request_pem(HOSTS))
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["api.example.com"]
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == HOSTS[1:]
    assert request.subject.rfc4514_string() == "CN=api.example.com"


def test_a_host_too_long_for_a_common_name_is_left_out_of_the_subject(standby: StandbyKey) -> None:
    """A common name has 64 characters at most; then the alternative names alone count, and are critical."""
    request = x509.load_pem_x509_csr(standby.request_pem([f"{'a' * 60}.example.com"]))
    assert not list(request.subject)
    assert request.extensions.get_extension_for_class(x509.SubjectAlternativeName).critical


def test_two_keys_are_never_the_same() -> None:
    """Nothing is cached."""
    assert generate().pin != generate().pin


def test_an_unknown_kind_is_refused() -> None:
    """No weaker key is made in place of a misspelled one."""
    with pytest.raises(ValueError, match="rsa-1024"):
        generate("rsa-1024")  # type: ignore[arg-type]


def test_a_key_never_shows_itself(standby: StandbyKey) -> None:
    """Its representation, which may end up in a log, holds no private part."""
    assert "private" not in repr(standby).lower()
