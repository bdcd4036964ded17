"""The roots that signed other roots, from ``crossings.tsv``."""

from __future__ import annotations

import functools
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinsmith.pin import Pin


def cross_signed_by(pin: Pin, *, today: date) -> tuple[Pin, ...]:
    """
    Return the pins of the roots for whose keys the root with *pin* signed a certificate that has not ended.

    A client that trusts such a root ends its chain there, so the chain does not contain the root that signed it.

    Args:
        pin: The pin of the root that signed.

        today: In UTC.
    """
    rows = _crossings().get(pin.base64, ())
    return tuple(type(pin).parse(f"sha256/{signed}") for signed, last_day in rows if last_day >= today)


@functools.lru_cache(maxsize=1)
def _crossings() -> dict[str, tuple[tuple[str, date], ...]]:
    # The loader is used for the same reason as in _compromised.
    path = __file__.removesuffix("_crossings.py") + "crossings.tsv"
    lines = __loader__.get_data(path).decode("utf-8").splitlines()  # type: ignore[name-defined]
    found: dict[str, list[tuple[str, date]]] = {}
    for signer, signed, day in (line.split("\t") for line in lines if not line.startswith("#")):
        found.setdefault(signer, []).append((signed, date.fromisoformat(day) if day else date.max))
    return {signer: tuple(rows) for signer, rows in found.items()}
