"""Which trust stores contain a root, and which have removed it."""

from __future__ import annotations

from datetime import date

from pinsmith.authorities import memberships, root_keys
from pinsmith.pin import Pin
from tests.formats.policy import pin

ISRG_ROOT_X1 = Pin.parse("sha256/C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M=")
GLOBALSIGN_R1 = Pin.parse("sha256/K87oWBWM9UZfyddvDfoxL+8lpNyoUB2ptGtn0fv6G2Q=")
LETS_ENCRYPT_E5 = Pin.parse("sha256/NYbU7PBwV4y9J67c4guWTki8FJ+uudrXL0a4V4aRcrg=")


def test_a_root_in_every_store_was_removed_from_none() -> None:
    """A root that all stores contain has a membership in each, and only the old lists of Java are not current."""
    found = {store.store: store for store in memberships(ISRG_ROOT_X1)}
    assert set(found) == {"android", "apple", "mozilla", "openjdk", "oracle-java", "windows"}
    assert {store.gone for store in found.values()} == {None}
    assert [name for name, store in found.items() if not store.is_current] == ["openjdk", "oracle-java"]
    assert all(store.last_seen == store.newest for store in found.values())


def test_a_removal_is_dated_by_the_lists_around_it() -> None:
    """The removal lies between the last list with the root and the first one without it."""
    found = {store.store: store for store in memberships(GLOBALSIGN_R1)}
    android = found["android"]
    assert (android.last_seen, android.gone) == (date(2025, 5, 11), date(2025, 12, 7))
    assert (found["mozilla"].gone, found["apple"].gone) == (date(2025, 5, 11), None)


def test_the_keys_of_a_root_are_found_by_its_name() -> None:
    """The name of a root leads to its key, and an unknown name to none."""
    (spki,) = root_keys("CN=ISRG Root X1,O=Internet Security Research Group,C=US")
    assert Pin.of_spki(spki) == ISRG_ROOT_X1
    assert root_keys("CN=Nobody") == ()


def test_a_key_of_no_list_has_no_memberships() -> None:
    """An intermediate and a key that nobody knows were in no store."""
    assert memberships(LETS_ENCRYPT_E5) == memberships(pin("api")) == ()
