"""Trust stores by version: the roots that each contained, as far as the published lists show it."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from pinsmith import authorities
from pinsmith.certificate import Certificate
from pinsmith.errors.store import UnknownStoreError
from pinsmith.paths.family import BY_ID, FAMILIES
from pinsmith.pin import Pin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pinsmith.authorities import StoreList
    from pinsmith.paths.family import Dates, Family

_STALE: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Root:
    """
    A trust anchor.

    Attributes:
        pin: The pin of its key.
        subject: RFC 4514, most specific name first.
        spki: DER SubjectPublicKeyInfo.
        sha256: SHA-256 of its certificate, 64 lower-case hexadecimal digits.
        first_day: First day of its certificate, UTC.
        last_day: Last day of its certificate, UTC.
    """

    pin: Pin
    subject: str
    spki: bytes = field(repr=False)
    sha256: str = field(repr=False)
    first_day: date
    last_day: date


@dataclass(frozen=True)
class Store:
    """
    The trust store of one version of a platform.

    Attributes:
        id: Such as ``android-9``, ``ios-16.5``, ``java-17.0.2`` or ``mozilla-2026-07-19``.
        title: The name for people.
        day: The day on which its list was read, UTC; None if no list of this version is known.
        roots: The roots in its list.
        unknown: The SHA-256 of the certificates in its list whose keys are not known, in hexadecimal digits.
        fetches: Whether clients find certificates that the server did not send, by download or because they keep them.
        anchor_dates: Whether clients refuse a root whose own certificate has ended.
        moves: Whether the store is updated without the system, so that clients may have another list today.
        updated: A later list of the same platform, if this store may have been updated to it; else None.
    """

    id: str
    title: str
    day: date | None
    roots: tuple[Root, ...] = field(repr=False)
    unknown: frozenset[str] = field(default=frozenset(), repr=False)
    fetches: bool = False
    anchor_dates: Dates = "checked"
    moves: bool = False
    updated: Store | None = field(default=None, repr=False)

    @classmethod
    def of_certificates(cls, ders: Iterable[bytes], *, id: str, title: str, day: date) -> Store:  # noqa: A002
        """
        Make a store of certificates, such as those of a private authority or of a file for OpenSSL.

        Args:
            ders: DER, in any order.

            id: The id of the store.

            title: The name for people.

            day: The day on which the certificates were read, UTC.

        Raises:
            CertificateError: If one of *ders* is not a certificate.
        """
        roots = tuple(_root_of(Certificate(der)) for der in ders)
        return cls(id, title, day, roots)

    @property
    def is_listed(self) -> bool:
        """Whether a list of this version is known. If not, nobody can say which roots it contains."""
        return self.day is not None

    def is_stale(self, day: date) -> bool:
        """Return whether clients may have a list on *day*, UTC, that is much newer than the newest known one."""
        newest = (self.updated or self).day
        return self.moves and newest is not None and day - newest > _STALE

    def named(self, subject: str) -> tuple[Root, ...]:
        """Return the roots with that *subject*, RFC 4514."""
        return self._by_subject.get(subject, ())

    @functools.cached_property
    def _by_subject(self) -> Mapping[str, tuple[Root, ...]]:
        found: dict[str, list[Root]] = {}
        for root in self.roots:
            found.setdefault(root.subject, []).append(root)
        return {subject: tuple(roots) for subject, roots in found.items()}

    def __str__(self) -> str:
        return self.title


@functools.lru_cache(maxsize=1)
def stores() -> tuple[Store, ...]:
    """Return every trust store that has a list, by family and then by version or day. Reads the tables once."""
    return tuple(store for family in FAMILIES for _, store in _of_family(family.id))


def find_store(id: str) -> Store:  # noqa: A002
    """
    Find a trust store by its id.

    A version without a list of its own that lies between two lists gets the earlier one, and `Store.updated` is the
    later one. A day gets the newest list that is not later.

    Args:
        id:
            A family and a version, such as ``android-9`` or ``mozilla-2026-07-19``. ``mozilla``, ``windows`` and
            ``certifi`` alone name the newest list.

    Returns:
        A store without a list (`Store.is_listed`) if the version is not known. It may contain any root.

    Raises:
        UnknownStoreError: If there is no such family, or *id* does not name a version.
    """
    family = BY_ID.get(id)
    if family is not None and family.has_newest and (known := _of_family(family.id)):
        return replace(known[-1][1], moves=True)
    name, version = _split(id)
    if name not in BY_ID or version is None:
        raise UnknownStoreError(id, tuple(BY_ID))
    store = _nearest(BY_ID[name], version)
    return store or Store(id, f"{BY_ID[name].title} {id.removeprefix(f'{name}-')}", None, ())


def since(id: str) -> tuple[Store, ...]:  # noqa: A002
    """
    Return the store with that *id* and all later ones of its family, oldest first.

    Raises:
        UnknownStoreError: As `find_store`.
    """
    first = find_store(id)
    name, version = _split(id)
    if version is None:
        return (first,)
    later = tuple(store for other, store in _of_family(name) if other > version and store.id != first.id)
    return (first, *later)


def _split(id: str) -> tuple[str, tuple[int, ...] | None]:  # noqa: A002
    match = re.fullmatch(r"([a-z]+(?:-[a-z]+)*)-([0-9]{1,6}(?:[.-][0-9]{1,6})*)", id)
    if match is None:
        return id, None
    return match[1], tuple(int(number) for number in re.split("[.-]", match[2]))


def _nearest(family: Family, version: tuple[int, ...]) -> Store | None:
    known = _of_family(family.id)
    before = [(other, store) for other, store in known if other <= version]
    later = [(other, store) for other, store in known if other > version]
    if before and (before[-1][0] == version or (family.has_newest and later)):
        return before[-1][1]
    if before and family.by_day:
        return replace(before[-1][1], moves=True)
    if len(version) == 1 and later and later[0][0][0] == version[0]:
        # Of Java 11 the first list is that of 11.0.1: the newest one stands for the version.
        return [store for other, store in later if other[0] == version[0]][-1]
    if family.id == "java" and not before:
        return _nearest(BY_ID["oracle-java"], version)
    if before and later and before[-1][0][0] == version[0]:
        return replace(before[-1][1], updated=later[0][1])
    return None


@functools.lru_cache(maxsize=len(FAMILIES))
def _of_family(id: str) -> tuple[tuple[tuple[int, ...], Store], ...]:  # noqa: A002
    """Return the versions of a family and their stores, oldest first."""
    family = BY_ID[id]
    lists: dict[tuple[int, ...], list[StoreList]] = {}
    for entry in sorted(authorities.store_lists(), key=lambda entry: entry.day):
        version = _version(family, entry) if entry.store == family.lists else None
        if version is not None:
            lists.setdefault(version, []).append(entry)
    if not lists:
        return ()
    last = max(lists)
    newest = _store(family, last, lists[last][-1])
    return tuple((version, _moving(family, version, entries, newest)) for version, entries in sorted(lists.items()))


def _moving(family: Family, version: tuple[int, ...], entries: Sequence[StoreList], newest: Store) -> Store:
    """Make the store of a version from all its lists, the oldest first, and the newest list of the family."""
    if family.moves_within:
        first, last = (_store(family, version, entry) for entry in (entries[0], entries[-1]))
        return replace(first, moves=True, updated=last if len(entries) > 1 else None)
    store = _store(family, version, entries[-1])
    if not family.moves(version):
        return store
    return replace(store, moves=True, updated=newest if newest != store else None)


def _version(family: Family, entry: StoreList) -> tuple[int, ...] | None:
    if family.by_day:
        return (entry.day.year, entry.day.month, entry.day.day)
    match family.id:
        case "android":
            pattern = r"(\d+\.\d+)\."
        case "ios":
            pattern = r"iOS (\d+(?:\.\d+)*)"
        case _:
            pattern = r"(?:j[dr][ke]-)?(\d+(?:\.\d+)*)"
    match = re.match(pattern, entry.version)
    if match is None:
        return None
    version = tuple(int(number) for number in match[1].split("."))
    return version[:1] if family.id == "android" and version[1] == 0 else version


def _store(family: Family, version: tuple[int, ...], entry: StoreList) -> Store:
    text = _text(family, version, entry)
    return Store(
        f"{family.id}-{text}",
        f"{family.title} {text}",
        entry.day,
        tuple(_roots()[root.sha256] for root in entry.roots),
        frozenset(entry.unknown),
        family.fetches,
        family.anchor_dates,
    )


def _text(family: Family, version: tuple[int, ...], entry: StoreList) -> str:
    return entry.day.isoformat() if family.by_day else ".".join(map(str, version))


@functools.lru_cache(maxsize=1)
def _roots() -> dict[str, Root]:
    """Return every root once, by the hash of its certificate."""
    roots = {root.sha256: root for entry in authorities.store_lists() for root in entry.roots}
    return {
        sha256: Root(Pin.of_spki(root.spki), root.subject, root.spki, sha256, root.first_day, root.last_day)
        for sha256, root in roots.items()
    }


def _root_of(certificate: Certificate) -> Root:
    return Root(
        certificate.pin,
        certificate.subject,
        certificate.spki,
        certificate.sha256,
        certificate.not_before.date(),
        certificate.not_after.date(),
    )
