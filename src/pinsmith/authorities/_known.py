"""The table of known roots and intermediates, ``known.tsv``, which `tools/authorities` writes."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from pinsmith._slug import slug

if TYPE_CHECKING:
    from pinsmith.pin import Pin


@dataclass(frozen=True, slots=True)
class Authority:
    """
    The key of a public authority.

    Attributes:
        pin: The pin of the key.

        name: What people call it: the CN of its subject, or where that says nothing the OU or O.

        role:
            ``root`` if a trust store held a certificate of the key or a certificate of it is self-issued, even if other
            authorities have cross-signed it. So a served chain may show the key of a known root as an intermediate, and
            the key of a known intermediate may be a root in stores that the table does not know. Neither is ever a
            leaf.

        subject: RFC 4514, most specific name first; of the certificate that ends last, of a root's own if there is one.

        first_day: First day of the earliest known certificate of the key, UTC.

        last_day: Last day of the latest known certificate of the key, UTC.
    """

    pin: Pin
    name: str
    role: Literal["root", "intermediate"]
    subject: str
    first_day: date
    last_day: date


def find(pin: Pin) -> Authority | None:
    """
    Find the authority whose key has *pin*.

    The table is not complete, and it does not say whether anybody still trusts the authority: many of its roots are
    distrusted or expired.

    Returns:
        None if the table does not know the key. It may be an authority's key all the same.
    """
    line = _lines().get(pin.base64.encode())
    if line is None:
        return None
    _, role, first_day, last_day, name, subject = line.decode("utf-8").split("\t")
    return Authority(
        pin,
        name,
        "root" if role == "root" else "intermediate",
        subject,
        date.fromisoformat(first_day),
        date.fromisoformat(last_day),
    )


def key_name(authority: Authority) -> str:
    """
    Make a name for the key of *authority*, such as ``isrg-root-x1``.

    Names of authorities are not unique, and so neither is this; see `pinsmith.rotation.strategy.free_name`.
    """
    return slug(authority.name) or f"authority-{authority.first_day.year}"


@functools.lru_cache(maxsize=1)
def _lines() -> dict[bytes, bytes]:
    """Read the table: its lines by the base64 of their pin, taken apart only when they are asked for."""
    # Through the loader, as in _compromised.
    path = __file__.removesuffix("_known.py") + "known.tsv"
    table: bytes = __loader__.get_data(path)  # type: ignore[name-defined]
    return {line.partition(b"\t")[0]: line for line in table.splitlines() if not line.startswith(b"#")}
