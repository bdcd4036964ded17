"""Trust stores by version, and the store that a platform has."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest

from pinsmith.errors.store import UnknownStoreError
from pinsmith.paths import find_store, since, store_of, stores
from pinsmith.pin import Pin

ISRG_ROOT_X1 = Pin.parse("sha256/C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M=")
ISRG_ROOT_X2 = Pin.parse("sha256/diGVwiVYbubAI3RW4hB9xU8e/CH2GnkuvVFZE8zmgzI=")


def test_every_store_is_found_by_its_id() -> None:
    """Each listed store has an id of its own, a day and roots, and is found by that id."""
    known = stores()
    assert len({store.id for store in known}) == len(known)
    assert all(find_store(store.id) == store and store.day and store.roots for store in known)
    assert {store.id for store in known} >= {"android-8", "android-9", "android-17", "ios-12", "ios-26", "java-17.0.2"}


def test_a_root_is_in_the_versions_that_contain_it() -> None:
    """ISRG Root X1 has been in Android since 8, and ISRG Root X2 only since 14."""
    android = [store for store in stores() if store.id.startswith("android-")]
    with_x1 = [store.id for store in android if ISRG_ROOT_X1 in {root.pin for root in store.roots}]
    with_x2 = [store.id for store in android if ISRG_ROOT_X2 in {root.pin for root in store.roots}]
    assert with_x1 == [store.id for store in android]
    assert with_x2 == ["android-14", "android-15", "android-16", "android-17"]


FOUND = {
    "android-10": None,  # no list
    "android-18": None,  # later than any list
    "android-12.1": "android-12.1",
    "ios-18.5": "ios-18",
    "ios-27": None,
    "java-11": "java-11.0.2",  # of 11.0 there is no list
    "java-17": "java-17",
    "java-17.0.9": None,  # every update of Java may change the store
    "java-10": "oracle-java-10.0.2",
    "java-8": None,
    "mozilla-2021-02-01": "mozilla-2021-01-24",
    "mozilla-2011-01-01": None,
    "windows-2026-12-01": "windows-2026-07-19",
    "certifi": "certifi-2026.10.19",
    "certifi-2026.8.1": "certifi-2026.7.22",
    "certifi-2099.1.1": None,
    "debian-12": "debian-12",
    "debian-10": None,
}


@pytest.mark.parametrize("id", FOUND)
def test_a_version_without_a_list_is_unknown_or_gets_the_one_before(id: str) -> None:  # noqa: A002
    """A version after the newest list, or of a release without any, has no list; one between two has the earlier."""
    found = find_store(id)
    assert (found.id if found.is_listed else None) == FOUND[id]
    assert found.is_listed or (found.id, found.roots) == (id, ())


def test_a_store_between_two_lists_may_be_like_either() -> None:
    """IOS 18.5 may have the list of iOS 18 or one nearer to that of iOS 26; iOS 18 has its own."""
    assert str(find_store("ios-18.5").updated) == "iOS 26"
    assert find_store("ios-18").updated is None


def test_a_store_that_is_updated_by_itself_knows_its_newest_list() -> None:
    """Android updates its roots since 14, a release of Debian is updated, and no day means today."""
    assert [store.id for store in since("android-13") if store.updated] == ["android-14", "android-15", "android-16"]
    assert [find_store(name).moves for name in ("mozilla", "mozilla-2099-01-01", "mozilla-2021-02-01")] == [
        True,
        True,
        False,
    ]
    old = find_store("debian-12")
    assert old.updated is not None
    assert (old.day, old.updated.day, find_store("debian-13").updated) == (date(2023, 3, 11), date(2025, 4, 19), None)
    assert find_store("mozilla").is_stale(date(2099, 1, 1))
    assert not find_store("certifi-2026.7.22").is_stale(date(2099, 1, 1))


def test_roots_that_were_removed_in_october_2026_are_known_for_certifi() -> None:
    """The roots of emSign are in certifi 2026.7.22, and no longer in 2026.10.18."""
    emsign = {root.pin for root in find_store("certifi-2026.7.22").roots if "emSign" in root.subject}
    assert len(emsign) == 4
    assert not emsign & {root.pin for root in find_store("certifi-2026.10.18").roots}


def test_a_release_reaches_its_version_and_later_ones() -> None:
    """The stores since a version are that one and the later ones of its family."""
    assert [store.id for store in since("android-15")] == ["android-15", "android-16", "android-17"]
    assert [store.id for store in since("android-10")][:2] == ["android-10", "android-11"]


@pytest.mark.parametrize("id", ["", "android", "androit-9", "android-", "android-9x", "java-1.", "android-9\n"])
def test_a_text_that_names_no_store_is_refused(id: str) -> None:  # noqa: A002
    """A family without a version, an unknown family or rubbish is an error that lists the families."""
    with pytest.raises(UnknownStoreError) as caught:
        find_store(id)
    assert str(caught.value) == f"{id!r} is not a trust store"
    assert "android, ios, java" in (caught.value.hint or "")


OF = {
    ("android", 26): "android-8",
    ("android", "27"): "android-8.1",
    ("android", 28): "android-9",
    ("android", 30): "android-11",
    ("android", 37): "android-17",
    ("android", 21): "android-5",
    ("android", 20): None,
    ("android", 38): None,
    ("android", "9.0"): None,
    ("ios", "16.5"): "ios-16.5",
    ("java", "17"): "java-17",
    ("java", "1.8"): "java-8",
    ("windows", "11"): None,
    ("ios", "latest"): None,
}


@pytest.mark.parametrize(("platform", "version"), OF)
def test_a_platform_has_a_store(platform: str, version: str | int) -> None:
    """The level of Android's API, or the version of iOS or Java, leads to the store; anything else to none."""
    assert store_of(platform, version) == OF[platform, version]


def test_importing_reads_no_table() -> None:
    """Neither `import pinsmith` nor `import pinsmith.paths` reads the lists."""
    code = (
        "import pinsmith, sys; early = 'pinsmith.paths' in sys.modules\n"
        "import pinsmith.paths; from pinsmith.authorities import _stores\n"
        "print(early, _stores.store_lists.cache_info().currsize, 'gzip' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "0", "False"]
