"""pins.releases.toml: reading it, adding to it, and what is wrong with it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from pinsmith.authorities import compromised_keys
from pinsmith.errors import FileError, ParseError, PolicyError
from pinsmith.pin import Pin
from pinsmith.pinfile.releases import NAME, Releases
from pinsmith.release import Release, ReleasedHost, System

if TYPE_CHECKING:
    from pathlib import Path

PINS = [Pin(hashlib.sha256(name.encode()).digest()) for name in ("first", "second", "third")]
FULL = Release(
    "android",
    "4.2",
    (
        ReleasedHost("api.example.com", {"api-2025": PINS[0], "api.2026": PINS[1]}, include_subdomains=True),
        ReleasedHost("log.example.com", {"x": PINS[0]}, "report-only", expires=date(2027, 6, 30), anchors=(PINS[2],)),
        ReleasedHost("self.example.com", {"x": PINS[0]}, trust="pins-only", port=8443),
        ReleasedHost("static.api.example.com", {}, "off"),
    ),
    date=date(2026, 5, 4),
    share=12.5,
    source='pins.toml at "v4.2"',
    oldest=System("android", "26"),
    share_date=date(2026, 5, 1),
    share_source="by hand",
)
HEAD = "version = 1\n[[release]]\napp = 'android'\nversion = '1'\n"
HOST = HEAD + "[[release.host]]\nname = 'api.example.com'\n"


def test_what_is_added_is_read_back(tmp_path: Path) -> None:
    """Every field survives, and the file says what it is for."""
    releases = Releases.beside(tmp_path / "pins.toml")
    releases.add(FULL)
    releases.save()
    assert Releases.beside(tmp_path / "pins.toml").releases == (FULL,)
    assert (tmp_path / NAME).read_text().startswith("# What each shipped version of an app enforces.")


def test_a_key_that_was_compromised_since_can_be_recorded() -> None:
    """A pin file may not contain it, but users have it."""
    gone = Release("ios", "1", (ReleasedHost("api.example.com", {"x": Pin(next(iter(compromised_keys())))}),))
    releases = Releases("")
    releases.add(gone)
    assert releases.releases == (gone,)


def test_an_edit_keeps_what_people_wrote(tmp_path: Path) -> None:
    """Comments, order and line ends stay; only the line of the end is new."""
    path = tmp_path / NAME
    text = (HOST + f"# for the bank\npins = {{ x = '{PINS[0]}' }} # checked\n").replace("\n", "\r\n")
    path.write_bytes(text.encode())
    releases = Releases.beside(tmp_path / "pins.toml")
    releases.end("android", "1", date(2026, 12, 2))
    releases.save()
    expected = text.replace("version = '1'\r\n", "version = '1'\r\nended = 2026-12-02\r\n")
    assert path.read_bytes().decode() == expected
    assert releases.releases[0].ended == date(2026, 12, 2)


def test_shares_are_set_in_place_or_not_at_all() -> None:
    """Comments stay, values are replaced or added, and a sum over 100% changes nothing."""
    text = HEAD + "share = 7 # from Anna\n\n# the old one\n[[release]]\napp = 'android'\nversion = '0'\nshare = 3\n"
    releases = Releases(text)
    with pytest.raises(PolicyError, match="would have 101% of its users"):
        releases.set_shares({("android", "1"): 98}, day=date(2026, 5, 1), source="x.csv")
    assert releases.releases == Releases(text).releases
    ((before, after),) = releases.set_shares({("android", "1"): 12.5}, day=date(2026, 5, 1), source='a"b.csv')
    assert (before.share, after.share, after.share_date, after.share_source) == (7, 12.5, date(2026, 5, 1), 'a"b.csv')
    assert releases.releases == (after, Releases(text).releases[1])


def test_a_file_that_somebody_else_changed_is_not_overwritten(tmp_path: Path) -> None:
    """The change of the other program stays."""
    releases = Releases.beside(tmp_path / "pins.toml")
    releases.add(FULL)
    (tmp_path / NAME).write_text("version = 1\n")
    with pytest.raises(FileError, match="another program changed it meanwhile"):
        releases.save()
    assert (tmp_path / NAME).read_text() == "version = 1\n"


@pytest.mark.parametrize(
    ("release", "problem"),
    [
        (FULL, "android 4.2 is in pins.releases.toml already"),
        (
            replace(FULL, version="5", share=88),
            "the releases of android that have not ended would have 100.5% of its users",
        ),
        (Release("android", "5", ()), "android 5 would pin nothing"),
        (Release("android", " 5", FULL.hosts), "blanks at its ends"),
        (Release("android\n[x]", "5", FULL.hosts), "invisible characters"),
        (Release("android", "5", (ReleasedHost("api.example.com", {"a b": PINS[0]}),)), "'a b' cannot name a key"),
    ],
    ids=["twice", "too many users", "no pins", "blanks", "two lines", "name of a key"],
)
def test_what_cannot_be_recorded_is_refused(release: Release, problem: str) -> None:
    """The error names the release, and no part of it is in the file."""
    releases = Releases("")
    releases.add(FULL)
    with pytest.raises(PolicyError, match=problem):
        releases.add(release)
    assert releases.releases == (FULL,)


def test_only_a_release_that_is_there_can_end() -> None:
    """A typing error ends nothing, and an end is final."""
    releases = Releases("")
    releases.add(FULL)
    with pytest.raises(PolicyError, match=r"there is no release android 4\.3"):
        releases.end("android", "4.3", date(2026, 12, 2))
    releases.end("android", "4.2", date(2026, 12, 2))
    with pytest.raises(PolicyError, match="ended on 2026-12-02 already"):
        releases.end("android", "4.2", date(2026, 12, 3))


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("release = []\n", "", "version is missing"),
        ("version = 2\n", "version", "version 2 is unknown"),
        ("version = 1\nrelase = []\n", "relase", "there is no such setting here"),
        ("version = 1\nrelease = 3\n", "release", "expected tables"),
        ("version = 1\n[[release]]\napp = 'android'\n", "release[0]", "version is missing"),
        (HEAD + "share = 120\n", "release[0].share", "120 is not a percentage"),
        (HEAD + "oldest = 'android 4.4'\n", "release[0].oldest", "'android 4.4' is not a system and its version"),
        (HEAD + "share-date = 2026-05-01\n", "release[0].share-date", "the release has no share"),
        (HEAD + "share = 1\nshare-date = '1'\n", "release[0].share-date", "expected a date"),
        (HEAD + "share = '12'\n", "release[0].share", "expected a percentage"),
        (HEAD + "date = '2026-01-01'\n", "release[0].date", "expected a date"),
        (HEAD + "[[release]]\napp = 'android'\nversion = '1'\n", "release[1].version", "android 1 is listed twice"),
        (HOST, "release[0].host[0]", "pins is missing"),
        (HOST + "pins = {}\n", "release[0].host[0].pins", "the host has no pins"),
        (HOST + f"pins = {{ x = '{PINS[0]}' }}\nport = 0\n", "release[0].host[0].port", "0 is not a port"),
        (HOST + "pins = ['x']\n", "release[0].host[0].pins", "expected a table of pins"),
        (HOST + "pins = { x = 'sha256/AAAA' }\n", "release[0].host[0].pins.x", "expected 32 bytes"),
        (HOST + f"pins = {{ x = '{PINS[0].base64}' }}\n", "release[0].host[0].pins.x", "canonical spelling"),
        (HOST + f"pins = {{ x = '{PINS[0]}' }}\nmode = 'on'\n", "release[0].host[0].mode", "'on' is not one of"),
        (HOST.replace("api.", "API."), "release[0].host[0]", "pins is missing"),
        (
            HOST.replace("api.", "API.") + f"pins = {{ x = '{PINS[0]}' }}\n",
            "release[0].host[0].name",
            "not the canonical spelling of a host",
        ),
    ],
)
def test_each_fault_has_its_place(text: str, place: str, problem: str) -> None:
    """The error has the key of the first fault, so that it is found in a file of hundreds of releases."""
    with pytest.raises(ParseError, match=r"pins\.releases\.toml") as caught:
        Releases(text)
    assert (caught.value.key_path, problem in caught.value.problem) == (place, True), caught.value.problem


def test_a_file_that_cannot_be_read_is_not_an_empty_one(tmp_path: Path) -> None:
    """Otherwise a check would ask no release, and say that all is well."""
    (tmp_path / NAME).mkdir()
    with pytest.raises(FileError):
        Releases.beside(tmp_path / "pins.toml")
    (tmp_path / NAME).rmdir()
    (tmp_path / NAME).symlink_to("nowhere")
    with pytest.raises(FileError):
        Releases.beside(tmp_path / "pins.toml")
