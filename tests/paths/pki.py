"""Authorities and leaves for paths: a test changes one argument, and draws the chain in its docstring."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.serialization import Encoding

from pinsmith.lab.pki import key as keys, mint
from pinsmith.paths import Store
from pinsmith.pin import Pin

if TYPE_CHECKING:
    from pinsmith.lab.pki.key import PrivateKey

AT = datetime(2026, 12, 1, tzinfo=UTC)
BEFORE, AFTER = datetime(2020, 1, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC)
HOST = "api.example.com"


@cache
def private(name: str) -> PrivateKey:
    """Return the key of that name, which is the same in all tests of a process."""
    return keys.generate("ec-p256")


def pin(name: str) -> Pin:
    """Return the pin of the key of that name."""
    return Pin.of_spki(keys.spki_of(private(name).public_key()))


def ca(name: str, by: str | None = None, *, key: str | None = None, signer: str | None = None, **options: Any) -> bytes:  # noqa: ANN401
    """
    Make the certificate of an authority.

    Args:
        name: Its common name.

        by: The common name of the issuer; None for a root.

        key: Its key, by default that of its name.

        signer: The key that signs, by default that of the issuer's name.

        options: As for `pinsmith.lab.pki.mint.authority`.
    """
    issuer = mint.Issuer(mint.name_of(by or name), private(signer or by or key or name))
    options = {"not_before": BEFORE, "not_after": AFTER, **options}
    return mint.authority(mint.name_of(name), private(key or name), issuer, **options).public_bytes(Encoding.DER)


def leaf(
    by: str,
    *,
    key: str = "leaf",
    signer: str | None = None,
    names: tuple[str, ...] = (HOST,),
    **options: Any,  # noqa: ANN401
) -> bytes:
    """Make the certificate of a server; the arguments are as for `ca`."""
    issuer = mint.Issuer(mint.name_of(by), private(signer or by))
    options = {"not_before": BEFORE, "not_after": AFTER, **options}
    return mint.leaf(names, private(key), issuer, **options).public_bytes(Encoding.DER)


def store(*ders: bytes) -> Store:
    """Make a trust store of these roots."""
    return Store.of_certificates(ders, id="test-1", title="Test 1", day=date(2026, 11, 1))
