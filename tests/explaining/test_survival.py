"""In which trust stores a chain can contain a key."""

from __future__ import annotations

from datetime import date

from pinsmith.explaining.survival import above, survival
from pinsmith.pin import Pin
from tests.explaining.test_pin import AAA, DST_ROOT_CA_X3, ISRG_ROOT_X1, ISRG_ROOT_X2, R10, TODAY
from tests.formats.policy import pin

YE1 = Pin.parse("sha256/brzvtCELCIZUo4sD/qPX0ccRtPsd3DY6RfmxpOU9oB4=")
LONELY = Pin.parse("sha256/DvZiVD0jtzGADZxUQnbhnHsFjD8JVapxjCjP6aLBeoY=")  # the tables do not know its signer


def test_every_store_and_version_has_a_standing() -> None:
    """Every version of a system stands there once, also those of which there is no list."""
    stores = {store.store: store for store in survival(ISRG_ROOT_X1, today=TODAY)}
    assert len(stores) > 5
    android = [version.version for version in stores["android"].versions]
    assert android == ["7", "8", "8.1", "9", "10", "11", "12", "12.1", "13", "14", "15", "16", "17"]
    ios = [version.version for version in stores["ios"].versions]
    assert (ios[0], ios[-1]) == ("12", "26")
    assert [version.standing for version in stores["java"].versions][-1] == "unknown"


def test_lists_without_versions_are_shown_where_they_change() -> None:
    """Of Mozilla's many lists, the first one and each change remain, so the day of a removal is seen."""
    (mozilla,) = (store for store in survival(DST_ROOT_CA_X3, today=TODAY) if store.store == "mozilla")
    assert mozilla.is_dated
    assert [(v.version, v.standing) for v in mozilla.versions] == [
        ("2017-12-31", "listed"),
        ("2021-12-19", "not-listed"),
    ]


def test_an_absence_from_windows_is_unknown() -> None:
    """The lists of Windows do not show removals, so a root that one lacks may be there."""
    (windows,) = (store for store in survival(DST_ROOT_CA_X3, today=TODAY) if store.store == "windows")
    assert [version.standing for version in windows.versions] == ["listed", "unknown"]


def test_a_store_that_may_have_been_updated_is_unknown_if_the_update_differs() -> None:
    """Android 14 and later are updated through Google Play, and the newest list lacks the root."""
    (android,) = (store for store in survival(AAA, today=TODAY) if store.store == "android")
    found = {version.version: version for version in android.versions}
    assert (found["13"].standing, found["14"].standing, found["17"].standing) == ("listed", "unknown", "not-listed")
    assert "Android 17" in found["14"].why


def test_an_intermediate_survives_through_the_root_above_it() -> None:
    """A store never lists the intermediate itself, but its root."""
    (android,) = (store for store in survival(R10, today=TODAY) if store.store == "android")
    (newest,) = (version for version in android.versions if version.version == "17")
    assert newest.standing == "through"
    assert [root.pin for root in newest.through] == [ISRG_ROOT_X1]


def test_an_intermediate_below_a_new_root_survives_through_older_ones() -> None:
    """No list has Root YE, which signed YE1, so YE1 is below the roots that signed Root YE and those above them."""
    (android,) = (store for store in survival(YE1, today=TODAY) if store.store == "android")
    found = {
        version.version: (version.standing, [root.pin for root in version.through]) for version in android.versions
    }
    assert found["13"] == ("through", [ISRG_ROOT_X1])
    assert found["17"] == ("through", [ISRG_ROOT_X2, ISRG_ROOT_X1])
    assert [root.name for root in above(YE1, today=TODAY).roots] == ["Root YE", "ISRG Root X2", "ISRG Root X1"]


def test_old_lists_say_so() -> None:
    """Lists of Java are old after a year, and lists that change without an update of the system after months."""
    old = {store.store for store in survival(AAA, today=date(2026, 8, 1)) if store.is_old}
    assert {"java", "oracle-java"} <= old
    assert "mozilla" not in old
    assert "mozilla" in {store.store for store in survival(AAA, today=date(2027, 2, 1)) if store.is_old}
    assert "java" not in {store.store for store in survival(AAA, today=date(2022, 1, 24)) if store.is_old}


def test_the_way_up_ends_with_the_certificates() -> None:
    """ISRG Root X1 was below DST Root CA X3 until the cross-signed certificate ended."""
    then = above(ISRG_ROOT_X1, today=date(2021, 7, 1))
    assert [root.pin for root in then.roots] == [DST_ROOT_CA_X3]
    assert not above(ISRG_ROOT_X1, today=TODAY).roots
    assert [root.pin for root in above(ISRG_ROOT_X2, today=TODAY).roots] == [ISRG_ROOT_X1]


def test_a_way_up_with_an_unknown_signer_is_not_whole() -> None:
    """Neither a key that nobody knows nor an intermediate of an unknown signer has a way up that is whole."""
    assert not above(pin("api"), today=TODAY).is_whole
    assert not above(LONELY, today=TODAY).is_whole
    assert {v.standing for store in survival(LONELY, today=TODAY) for v in store.versions} == {"unknown"}
