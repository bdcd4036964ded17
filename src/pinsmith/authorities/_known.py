"""The table of known roots and intermediates, ``known.tsv``, which `tools/authorities` writes."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, Literal

from pinsmith._slug import slug

if TYPE_CHECKING:
    from pinsmith.pin import Pin


_HALF: Final = 22  # of the 44 characters of a pin


@dataclass(frozen=True, slots=True)
class Authority:
    """
    The key of a public authority.

    Attributes:
        pin: The pin of the key.

        name: The usual name: the CN of its subject, or the OU or O if the CN is not specific.

        role:
            ``root`` if a trust store contained a certificate of the key, or if one of its certificates is self-issued.
            This is so even if other authorities have cross-signed it, so the key of a root can appear as an
            intermediate in a presented chain. The key of an intermediate can be a root in stores that the table does
            not know. Neither is ever a leaf.

        subject:
            RFC 4514, most specific name first. It is that of the certificate that ends last; for a root, that of its
            self-issued certificate if there is one.

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

    The table is not complete, and it does not show whether the authority is still trusted: many of its roots are
    distrusted or expired.

    Returns:
        The authority; None if the table does not contain the key. The key may still be that of an authority.
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


def digests_named(subject: str) -> tuple[bytes, ...]:
    """
    Return the digests of the pins of the authorities with that *subject*, 32 bytes each. Anybody can use the same name.

    Args:
        subject: RFC 4514, most specific name first.
    """
    return _by_subject().get(subject, ())


def near(pin: Pin) -> Authority | None:
    """Find an authority whose pin, in base64, differs from *pin* in one character; None if there is none."""
    text = pin.base64.encode()
    for half in (text[:_HALF], text[_HALF:]):
        for other in _by_half().get(half, ()):
            if sum(ours != theirs for ours, theirs in zip(text, other, strict=True)) == 1:
                return find(type(pin).parse(f"sha256/{other.decode()}"))
    return None


def key_name(authority: Authority) -> str:
    """
    Return a name for the key of *authority*, such as ``isrg-root-x1``.

    It is not unique, because names of authorities are not; see `pinsmith.rotation.strategy.free_name`.
    """
    return slug(authority.name) or f"authority-{authority.first_day.year}"


@functools.lru_cache(maxsize=1)
def _by_half() -> dict[bytes, list[bytes]]:
    """Index the pins by each half of their base64, because one of the halves of a mistyped pin is right."""
    index: dict[bytes, list[bytes]] = {}
    for text in _lines():
        for half in (text[:_HALF], text[_HALF:]):
            index.setdefault(half, []).append(text)
    return index


@functools.lru_cache(maxsize=1)
def _by_subject() -> dict[str, tuple[bytes, ...]]:
    import base64

    index: dict[str, tuple[bytes, ...]] = {}
    for text, line in _lines().items():
        subject = line.rpartition(b"\t")[2].decode("utf-8")
        index[subject] = (*index.get(subject, ()), base64.b64decode(text))
    return index


@functools.lru_cache(maxsize=1)
def _lines() -> dict[bytes, bytes]:
    """Read the table. Return its lines by the base64 of their pin; a line is split only when it is needed."""
    # The loader is used for the same reason as in _compromised.
    path = __file__.removesuffix("_known.py") + "known.tsv"
    table: bytes = __loader__.get_data(path)  # type: ignore[name-defined]
    return {line.partition(b"\t")[0]: line for line in table.splitlines() if not line.startswith(b"#")}
