"""
Keys whose private half others can compute.

Only what follows from the public key is found. Whether a private key was published is another question, which
`pinsmith.authorities` and `pinsmith.custody.published` answer.
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import TYPE_CHECKING, Final

from pinsmith.certificate.algorithm import describe_algorithm

if TYPE_CHECKING:
    from collections.abc import Iterable

LEAST_RSA_BITS: Final = 2048
CURVES: Final = ("EC P-256", "EC P-384", "EC P-521")
_RSA: Final = re.compile(r"RSA(?:-PSS)? ([0-9]+)")
_OTHERS: Final = ("Ed25519", "Ed448", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87")
_LEAST_EXPONENT: Final = 65537
_MOST_EXPONENT_BITS: Final = 256
_ROUNDS: Final = 100
_SMALL: Final = 2**16
# The primes by which the broken library built its own; 65537 generates a small part of the residues of their product.
_MARKS: Final = 167
_GENERATOR: Final = 65537


def weakness_of_algorithm(algorithm: str) -> str | None:
    """
    Say why keys of *algorithm* are too weak, as a clause without a subject; None if they are not, or it is not known.

    Args:
        algorithm: As `describe_algorithm` writes it.

    Source:
        NIST SP 800-131A revision 2; CA/Browser Forum Baseline Requirements 6.1.5
    """
    size = _RSA.fullmatch(algorithm)
    if size and int(size[1]) < LEAST_RSA_BITS:
        return f"is {algorithm}, which can be broken"
    return None


def weakness_of(spki: bytes) -> str | None:
    """
    Say why a key of one's own is too weak, as a clause without a subject; None if nothing is known against it.

    Args:
        spki: DER SubjectPublicKeyInfo.

    Raises:
        CertificateError: If *spki* is not a SubjectPublicKeyInfo.

    Source:
        CVE-2017-15361: https://crocs.fi.muni.cz/public/papers/rsa_ccs17. CVE-2022-26320, primes that are close
        together: https://fermatattack.secvuln.info/. Exponents: NIST SP 800-56B revision 2, 6.2.
    """
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    algorithm = describe_algorithm(spki)
    if weakness := weakness_of_algorithm(algorithm):
        return weakness
    if algorithm in {*CURVES, *_OTHERS}:
        return None
    if not _RSA.fullmatch(algorithm):
        return f"is {algorithm}; browsers and systems accept RSA and the curves P-256, P-384 and P-521"
    public = load_der_public_key(spki)
    if not isinstance(public, rsa.RSAPublicKey):
        return f"is {algorithm}, which cannot be examined"
    numbers = public.public_numbers()
    return _weakness_of_rsa(numbers.n, numbers.e)


def _weakness_of_rsa(modulus: int, exponent: int) -> str | None:
    if not (exponent >= _LEAST_EXPONENT and exponent.bit_length() <= _MOST_EXPONENT_BITS) or exponent % 2 == 0:
        shown = exponent if exponent < 2**64 else f"of {exponent.bit_length()} bits"
        return f"has the public exponent {shown}, expected an odd number from 65537 to 2^256"
    if math.gcd(modulus, _product_below(_SMALL)) != 1:
        return "has a small factor, so anybody can compute the private key"
    if is_roca(modulus):
        return "was made by a broken library (ROCA, CVE-2017-15361), so the private key can be computed"
    if _has_close_primes(modulus):
        return "has primes that are close together, so anybody can compute the private key"
    return None


def is_roca(modulus: int) -> bool:
    """
    Say whether a modulus has the form of those that the library of CVE-2017-15361 made.

    Its primes are powers of 65537 modulo a product of small primes, and so is their product. Of other moduli, one in
    2^154 has that form.

    Source:
        "The Return of Coppersmith's Attack", section 2.3: https://crocs.fi.muni.cz/public/papers/rsa_ccs17
    """
    product, order, parts = _group()
    if pow(modulus, order, product) != 1:
        return False
    # Whether it is a power of the generator is asked for each prime power of the order, as Pohlig and Hellman do.
    for part in parts:
        step, wanted = pow(_GENERATOR, order // part, product), pow(modulus, order // part, product)
        reached = 1
        for _ in range(part):
            if reached == wanted:
                break
            reached = reached * step % product
        else:
            return False
    return True


def _has_close_primes(modulus: int) -> bool:
    middle = math.isqrt(modulus)
    middle += middle * middle < modulus
    for candidate in range(middle, middle + _ROUNDS):
        rest = candidate * candidate - modulus
        if math.isqrt(rest) ** 2 == rest:
            return True
    return False


@cache
def _group() -> tuple[int, int, tuple[int, ...]]:
    """Return the product of the primes, the order of 65537 modulo it, and the prime powers that divide the order."""
    primes = list(_primes_below(_MARKS + 1))
    order = math.lcm(*(_order_modulo(prime) for prime in primes))
    parts, rest = [], order
    for prime in primes:
        part = 1
        while rest % prime == 0:
            part, rest = part * prime, rest // prime
        parts += [part] if part > 1 else []
    return math.prod(primes), order, tuple(parts)


def _order_modulo(prime: int) -> int:
    power, order = _GENERATOR % prime, 1
    while power != 1:
        power, order = power * _GENERATOR % prime, order + 1
    return order


@cache
def _product_below(limit: int) -> int:
    return math.prod(_primes_below(limit))


def _primes_below(limit: int) -> Iterable[int]:
    sieve = bytearray([1]) * limit
    for number in range(2, limit):
        if sieve[number]:
            yield number
            sieve[number * number :: number] = bytes(len(range(number * number, limit, number)))
