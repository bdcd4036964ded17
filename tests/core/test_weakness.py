"""Keys whose private half others can compute are recognised by the public key alone."""

from __future__ import annotations

import math
import secrets
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pinsmith.certificate.weakness import is_roca, weakness_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

# Small primes, as in the paper, and the number of which the broken library took powers.
CLOSE = (2**1024 + 643, 2**1024 + 1081)  # the first primes above 2**1024
PRIMES = [number for number in range(2, 168) if all(number % divisor for divisor in range(2, number))]


def _spki(public: PublicKeyTypes) -> bytes:
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _rsa(modulus: int, exponent: int = 65537) -> bytes:
    return _spki(rsa.RSAPublicNumbers(exponent, modulus).public_key())


def _prime_of_the_broken_library() -> int:
    """Return a prime of the form k * M + (65537 ** a mod M), of 1030 bits, as the paper describes it."""
    product = math.prod(PRIMES)
    size = 1030 - product.bit_length()
    while True:
        power = pow(65537, secrets.randbits(60), product)
        candidate = (secrets.randbits(size) | 1 << size - 1) * product + power
        if pow(2, candidate - 1, candidate) == 1:
            return candidate


@pytest.fixture(scope="module")
def genuine() -> int:
    """Return a modulus that OpenSSL has made."""
    return rsa.generate_private_key(65537, 2048).public_key().public_numbers().n


def test_usual_keys_are_not_weak(genuine: int) -> None:
    """No key that OpenSSL makes is refused."""
    assert weakness_of(_rsa(genuine)) is None
    for curve in (ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()):
        assert weakness_of(_spki(ec.generate_private_key(curve).public_key())) is None
    assert weakness_of(_spki(ed25519.Ed25519PrivateKey.generate().public_key())) is None


@pytest.mark.parametrize("curve", [ec.SECP256K1(), ec.SECP224R1(), ec.BrainpoolP256R1()], ids=lambda curve: curve.name)
def test_curves_that_no_client_accepts_are_refused(curve: ec.EllipticCurve) -> None:
    """A certificate of such a key would lock out all clients."""
    assert curve.name in (weakness_of(_spki(ec.generate_private_key(curve).public_key())) or "")


def test_other_algorithms_are_refused() -> None:
    """A key that cannot sign has no certificate."""
    assert weakness_of(_spki(x25519.X25519PrivateKey.generate().public_key())) is not None


def test_short_moduli_and_odd_exponents_are_refused(genuine: int) -> None:
    """The reason names the size or the exponent."""
    short = rsa.generate_private_key(65537, 1024).public_key()  # noqa: S505 - this is the point
    assert weakness_of(_spki(short)) == "is RSA 1024, which can be broken"
    assert "exponent 3" in (weakness_of(_rsa(genuine, 3)) or "")
    assert "300 bits" in (weakness_of(_rsa(genuine, 2**299 + 1)) or "")


def test_a_small_factor_is_found(genuine: int) -> None:
    """A modulus that a broken generator made may have one."""
    assert "small factor" in (weakness_of(_rsa(genuine * 65521)) or "")


def test_primes_that_are_close_together_are_found() -> None:
    """Fermat's method factors such a modulus at once, and finds nothing in others."""
    first, second = CLOSE
    assert "close together" in (weakness_of(_rsa(first * second)) or "")
    assert "close together" in (weakness_of(_rsa(first * first)) or "")


def test_keys_of_the_broken_library_are_found(genuine: int) -> None:
    """A modulus of such primes has the form; one whose second prime is usual has not."""
    modulus = _prime_of_the_broken_library() * _prime_of_the_broken_library()
    assert "ROCA" in (weakness_of(_rsa(modulus)) or "")
    assert not is_roca(genuine)
    assert not is_roca(_prime_of_the_broken_library() * CLOSE[0])
