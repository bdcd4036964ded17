"""The trust stores that contained a root, from ``roots.tsv.gz`` and ``stores.tsv.gz``."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pinsmith.pin import Pin

_TITLES: Final = {
    "android": "Android",
    "apple": "Apple",
    "mozilla": "Mozilla",
    "openjdk": "OpenJDK",
    "oracle-java": "Oracle Java",
    "windows": "Windows",
}
_STALE: Final = timedelta(days=2 * 365)


@dataclass(frozen=True, slots=True)
class Membership:
    """
    What is known about a root and one trust store that contained it.

    Attributes:
        store: The id of the store, such as ``android``.
        title: Its name.
        last_seen: The day of the last list that contained the root, UTC.
        gone: The day of the first list without it after that; None if the newest list contains it.
        newest: The day of the newest list.
        is_current: Whether the newest list is recent enough to speak about today.
    """

    store: str
    title: str
    last_seen: date
    gone: date | None
    newest: date
    is_current: bool


@dataclass(frozen=True, slots=True)
class ListedRoot:
    """
    The certificate of a root, as far as the tables contain it.

    Attributes:
        sha256: SHA-256 of the certificate, 64 lower-case hexadecimal digits.
        subject: RFC 4514, most specific name first.
        spki: DER SubjectPublicKeyInfo.
        first_day: First day of the certificate, UTC.
        last_day: Last day of the certificate, UTC.
    """

    sha256: str
    subject: str
    spki: bytes
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class StoreList:
    """
    One list of the roots of a trust store.

    Attributes:
        store: The id of the store, such as ``android``.
        version: The version as its publisher writes it; ``None`` or empty if the list has a day only.
        day: The day on which the list was read, UTC.
        roots: The roots in it.
        unknown: The SHA-256 of the certificates in it that the tables do not contain, in hexadecimal digits.
    """

    store: str
    version: str
    day: date
    roots: tuple[ListedRoot, ...]
    unknown: tuple[str, ...]


def memberships(pin: Pin) -> tuple[Membership, ...]:
    """
    Return the trust stores that contained a certificate of the root with *pin*, by id.

    The lists are those of whole stores. They do not show that a store trusts a root until some day only, or for mail
    only. Those of Java end in 2022, so they are not current.

    Returns:
        Empty if no list contained the root. It may be a new one.

    Source:
        docs/decisions/0013-known-authorities.md
    """
    ids = _ids().get(pin.digest)
    return tuple(_memberships(ids)) if ids else ()


def root_keys(subject: str) -> tuple[bytes, ...]:
    """
    Return the keys of the roots with that *subject*, as DER SubjectPublicKeyInfos. Anybody can use the same name.

    Args:
        subject: RFC 4514, most specific name first.

    Returns:
        Empty if no list of a trust store contained a root of that name.
    """
    return _keys_by_subject().get(subject, ())


@functools.lru_cache(maxsize=1)
def store_lists() -> tuple[StoreList, ...]:
    """
    Return all lists of all trust stores, in no order.

    They do not show that a store trusts a root until some day only, for some names only, or for mail only.
    """
    import base64

    roots = {
        number: ListedRoot(sha256, subject, base64.b64decode(spki), date.fromisoformat(first), date.fromisoformat(last))
        for number, sha256, first, last, subject, spki in _rows("roots.tsv.gz")
    }
    return tuple(
        StoreList(
            store,
            version,
            date.fromisoformat(day),
            tuple(roots[number] for number in numbers.split(",")),
            tuple(filter(None, unknown.split(","))),
        )
        for store, version, day, numbers, unknown in _rows("stores.tsv.gz")
    )


def _memberships(ids: frozenset[str]) -> Iterator[Membership]:
    stores = _stores()
    latest = max(lists[-1][0] for store, lists in stores.items() if store in _TITLES)
    for store, lists in sorted(stores.items()):
        if store not in _TITLES:
            continue  # certifi and Debian follow Mozilla
        holding = [index for index, (_, roots) in enumerate(lists) if roots & ids]
        if not holding:
            continue
        after = lists[holding[-1] + 1 :]
        newest = lists[-1][0]
        gone = after[0][0] if after else None
        title = _TITLES[store]
        yield Membership(store, title, lists[holding[-1]][0], gone, newest, newest > latest - _STALE)


@functools.lru_cache(maxsize=1)
def _ids() -> dict[bytes, frozenset[str]]:
    """Return the ids of the certificates of each key, by the digest of its pin."""
    import base64
    import hashlib

    ids: dict[bytes, set[str]] = {}
    for number, _, _, _, _, spki in _rows("roots.tsv.gz"):
        ids.setdefault(hashlib.sha256(base64.b64decode(spki)).digest(), set()).add(number)
    return {digest: frozenset(numbers) for digest, numbers in ids.items()}


@functools.lru_cache(maxsize=1)
def _keys_by_subject() -> dict[str, tuple[bytes, ...]]:
    import base64

    keys: dict[str, dict[str, None]] = {}
    for _, _, _, _, subject, spki in _rows("roots.tsv.gz"):
        keys.setdefault(subject, {})[spki] = None
    return {subject: tuple(map(base64.b64decode, spkis)) for subject, spkis in keys.items()}


@functools.lru_cache(maxsize=1)
def _stores() -> dict[str, list[tuple[date, frozenset[str]]]]:
    """Return the lists of each store, oldest first: the day, and the ids of the certificates."""
    stores: dict[str, list[tuple[date, frozenset[str]]]] = {}
    for store, _, day, roots, _ in _rows("stores.tsv.gz"):
        stores.setdefault(store, []).append((date.fromisoformat(day), frozenset(roots.split(","))))
    return {store: sorted(lists, key=lambda entry: entry[0]) for store, lists in stores.items()}


def _rows(name: str) -> Iterable[list[str]]:
    import gzip

    # The loader is used for the same reason as in _compromised.
    path = __file__.removesuffix("_stores.py") + name
    content: bytes = __loader__.get_data(path)  # type: ignore[name-defined]
    lines = gzip.decompress(content).decode("utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]
