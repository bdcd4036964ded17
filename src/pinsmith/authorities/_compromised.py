"""Authorities whose private keys are known to others; the facts are in ``compromised.toml``."""

from __future__ import annotations

import base64
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from pinsmith.pin import Pin


@dataclass(frozen=True, slots=True)
class Compromised:
    """
    A key that nobody may trust, because people other than its owner can sign with it.

    Attributes:
        name: The name of the authority.
        since: The day on which the compromise became public; None if unknown.
        cve: The identifier of the incident; empty if there is none.
        source: Where the incident is documented; empty for a key that a pin file lists.
    """

    name: str
    since: date | None = None
    cve: str = ""
    source: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.cve})" if self.cve else self.name


@dataclass(frozen=True, slots=True)
class Vouched:
    """
    An authority whose own key is safe, but which cross-signed compromised ones.

    Attributes:
        name: The name of the authority.
        why: What it signed, in one clause.
        source: Where that is documented.
    """

    name: str
    why: str
    source: str


def compromised(pin: Pin) -> Compromised | None:
    """
    Return the facts about the compromised key with that *pin*; None if the key is not known to be compromised.

    Source:
        ``compromised.toml``, which names the incident of each key.
    """
    return compromised_keys().get(pin.digest)


def vouched(pin: Pin) -> Vouched | None:
    """Return the facts about the authority with that *pin* if it cross-signed compromised authorities, else None."""
    return _tables()[1].get(pin.digest)


def compromised_keys() -> Mapping[bytes, Compromised]:
    """Return all compromised keys by the digest of their pin, 32 bytes. Reads the table on the first call."""
    return _tables()[0]


@functools.lru_cache(maxsize=1)
def _tables() -> tuple[dict[bytes, Compromised], dict[bytes, Vouched]]:
    import tomllib

    # The loader also works for a zip archive. Importing importlib.resources takes longer than reading the table.
    path = __file__.removesuffix("_compromised.py") + "compromised.toml"
    tables = tomllib.loads(__loader__.get_data(path).decode())  # type: ignore[name-defined]
    keys = {
        _digest(row["pin"]): Compromised(row["name"], row["since"], row.get("cve", ""), row["source"])
        for row in tables["key"]
    }
    signers = {_digest(row["pin"]): Vouched(row["name"], row["why"], row["source"]) for row in tables["vouched"]}
    return keys, signers


def _digest(text: str) -> bytes:
    return base64.b64decode(text.removeprefix("sha256/"), validate=True)
