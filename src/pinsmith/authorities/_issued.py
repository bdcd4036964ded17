"""Certificates that authorities signed for the keys of others: ``issued.tsv``, which `tools/authorities` writes."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from pinsmith.authorities._known import find

if TYPE_CHECKING:
    from pinsmith.pin import Pin


@dataclass(frozen=True, slots=True)
class Issued:
    """
    A certificate of an authority's key that another key signed.

    Attributes:
        signed: The pin of its key.
        signer: The pin of the key that signed it; None if the table does not know it.
        first_day: First day of the certificate, UTC; None if unknown.
        last_day: Last day of the certificate, UTC; None if unknown.
        issuer: If the signer is unknown, its subject, RFC 4514.
    """

    signed: Pin
    signer: Pin | None
    first_day: date | None
    last_day: date | None
    issuer: str = ""

    def is_over(self, today: date) -> bool:
        """Return whether it is known that the certificate has ended before *today*, UTC."""
        return self.last_day is not None and self.last_day < today


def issued_for(pin: Pin) -> tuple[Issued, ...]:
    """
    Return the known certificates of the key with *pin* that other keys signed. The table is not complete.

    Returns:
        Empty if none is known. Certificates that a root signed for itself are not among them.
    """
    return tuple(_issued(line, pin) for line in _tables()[0].get(pin.base64, ()))


def issued_by(pin: Pin) -> tuple[Issued, ...]:
    """Return the known certificates that the key with *pin* signed for the keys of authorities, ended ones too."""
    return tuple(_issued(line, pin) for line in _tables()[1].get(pin.base64, ()))


def cross_signed_by(pin: Pin, *, today: date) -> tuple[Pin, ...]:
    """
    Return the pins of the roots for whose keys the root with *pin* signed a certificate that has not ended.

    A client that trusts such a root ends its chain there, so the chain does not contain the root that signed it.

    Args:
        pin: The pin of the root that signed.

        today: In UTC.
    """
    signed = dict.fromkeys(issued.signed for issued in issued_by(pin) if not issued.is_over(today))
    return tuple(other for other in signed if (known := find(other)) is not None and known.role == "root")


def _issued(line: str, pin: Pin) -> Issued:
    signed, signer, first_day, last_day, issuer = line.split("\t")
    of = type(pin)
    return Issued(
        of.parse(f"sha256/{signed}"),
        of.parse(f"sha256/{signer}") if signer else None,
        date.fromisoformat(first_day) if first_day else None,
        date.fromisoformat(last_day) if last_day else None,
        issuer,
    )


@functools.lru_cache(maxsize=1)
def _tables() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Read the table. Return its lines by the pin that was signed, and by the pin that signed."""
    # The loader is used for the same reason as in _compromised.
    path = __file__.removesuffix("_issued.py") + "issued.tsv"
    lines = __loader__.get_data(path).decode("utf-8").splitlines()  # type: ignore[name-defined]
    by_signed: dict[str, list[str]] = {}
    by_signer: dict[str, list[str]] = {}
    for line in lines:
        if not line.startswith("#"):
            signed, signer = line.split("\t")[:2]
            by_signed.setdefault(signed, []).append(line)
            by_signer.setdefault(signer, []).append(line)
    return by_signed, by_signer
