"""Where the pins of a release are read: the pin file, Git, a platform's file, an app package."""

from __future__ import annotations

import os
import plistlib
import shutil
import subprocess
from datetime import date
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import FormatError, ParseError, UnknownFormatError, UsageError
from pinsmith.importing.released import hosts_of_source, oldest_of_source
from pinsmith.pin import Pin
from pinsmith.release import ReleasedHost
from tests.audit.packages.android import NAMED, NSC, PATH, apk, axml, dex
from tests.audit.packages.make import PINS, archive, ipa
from tests.formats.policy import pin

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date(2026, 6, 15)
HOST = "api.example.com"
FIRST, SECOND = (Pin.parse(f"sha256/{text}") for text in PINS[:2])


def pin_file(path: Path, *, key: str = "api-2026", pinned: Pin = FIRST) -> Path:
    """Write a pin file with one host and one key."""
    host = f'[[host]]\nname = "{HOST}"\nkeys = ["{key}"]\n'
    path.write_text(f'version = 1\n[keys.{key}]\npin = "{pinned}"\n{host}')
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Write the pin file of today."""
    return pin_file(tmp_path / "pins.toml")


def _git(folder: Path, *words: str) -> None:
    """Run Git without the settings of the machine."""
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    names = {f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    git = shutil.which("git") or "git"
    subprocess.run([git, "-C", folder, *words], check=True, capture_output=True, env=os.environ | own | names)


def test_without_a_source_the_pin_file_counts(path: Path) -> None:
    """A release that is built now has its pins, with their names."""
    assert hosts_of_source(None, path, today=TODAY) == ((ReleasedHost(HOST, {"api-2026": FIRST}),), "pins.toml")


def test_a_tag_of_git_is_the_pin_file_of_that_time(path: Path) -> None:
    """Also in a folder of the repository, and whatever the pin file says today."""
    _git(path.parent, "init", "--quiet")
    _git(path.parent, "add", ".")
    _git(path.parent, "commit", "--quiet", "--message", "pins")
    _git(path.parent, "tag", "v3.9")
    pin_file(path, key="api-2027", pinned=SECOND)
    hosts, where = hosts_of_source("v3.9", path, today=TODAY)
    assert (hosts, where) == ((ReleasedHost(HOST, {"api-2026": FIRST}),), "pins.toml at v3.9")


@pytest.mark.parametrize("source", ["v5", "--help", "HEAD:secret", ""])
def test_what_is_neither_a_file_nor_a_revision_is_refused(source: str, path: Path) -> None:
    """Nothing that a user types reaches Git as an option or as another path."""
    with pytest.raises((UsageError, FormatError, OSError)):
        hosts_of_source(source, path, today=TODAY)


def test_a_file_of_a_platform_is_read_with_the_names_of_the_pin_file(path: Path) -> None:
    """A key that the pin file does not know is named after its hash."""
    file = path.with_name("nsc.xml")
    file.write_text(NSC)
    ((entry,), where) = hosts_of_source(str(file), path, today=TODAY)
    assert (entry.host, where) == (HOST, "nsc.xml")
    assert entry.pins["api-2026"] == FIRST
    assert f"pin-{SECOND.hex[:12]}" in entry.pins


@pytest.mark.parametrize("text", [f"{FIRST}\n", "what is this?\n"], ids=["no host", "no format"])
def test_a_file_that_needs_options_of_import_is_imported_first(text: str, path: Path) -> None:
    """The hint names a command that has these options, because `release add` does not have them."""
    (path.parent / "pins.txt").write_text(text)
    with pytest.raises((FormatError, UnknownFormatError)) as caught:
        hosts_of_source(str(path.parent / "pins.txt"), path, today=TODAY)
    assert (caught.value.hint or "").startswith("make a pin file of it with `pinsmith import ")


def test_an_app_package_is_what_its_system_enforces(path: Path) -> None:
    """The declaration of the package counts, as it was compiled."""
    package = path.with_name("shop.apk")
    package.write_bytes(apk(NAMED, {PATH: axml(NSC)}))
    ((entry,), _) = hosts_of_source(str(package), path, today=TODAY)
    assert (entry.host, list(entry.pins.values())[:2]) == (HOST, [FIRST, SECOND])


def _pinned_domain(*pins: str) -> dict[str, object]:
    """Write what Info.plist says of the host."""
    leaves = [{"SPKI-SHA256-BASE64": text} for text in pins]
    return {"NSAppTransportSecurity": {"NSPinnedDomains": {HOST: {"NSPinnedLeafIdentities": leaves}}}}


def test_an_app_package_states_the_oldest_system(path: Path) -> None:
    """The manifest and Info.plist say it; a package that does not, and any other file, leaves it unknown."""
    android, ios = path.with_name("shop.apk"), path.with_name("shop.ipa")
    android.write_bytes(apk(NAMED, {PATH: axml(NSC)}))
    ios.write_bytes(ipa(_pinned_domain(*PINS[:2]) | {"MinimumOSVersion": "15.0"}))
    assert [str(oldest_of_source(str(one))) for one in (android, ios)] == ["android 24", "ios 15.0"]
    ios.write_bytes(ipa(_pinned_domain(*PINS[:2])))
    assert [oldest_of_source(str(ios)), oldest_of_source(str(path)), oldest_of_source(None)] == [None] * 3


def test_parts_of_an_app_that_pin_differently_are_refused(path: Path) -> None:
    """An app and its extension are different to the host, and no part may be recorded for both."""
    package = path.with_name("shop.ipa")
    inner = "PlugIns/Share.appex/Info.plist"
    package.write_bytes(ipa(_pinned_domain(*PINS[:2]), {inner: plistlib.dumps(_pinned_domain(PINS[0]))}))
    with pytest.raises(FormatError, match=f"its parts enforce different pins for {HOST}") as caught:
        hosts_of_source(str(package), path, today=TODAY)
    assert "pins.releases.toml" in str(caught.value.hint)
    package.write_bytes(ipa(_pinned_domain(*PINS[:2]), {inner: plistlib.dumps(_pinned_domain(*PINS[:2]))}))
    ((entry,), _) = hosts_of_source(str(package), path, today=TODAY)
    assert list(entry.pins.values()) == [FIRST, SECOND]


def test_variants_of_an_app_that_pin_differently_are_refused(path: Path) -> None:
    """Which users have which variant is not known."""
    other = NSC.replace(PINS[1], pin("other").base64)
    variants = {f"{number}.apk": apk(NAMED, {PATH: axml(text)}) for number, text in enumerate((NSC, other))}
    package = path.with_name("shop.apks")
    package.write_bytes(archive(variants))
    with pytest.raises(FormatError, match="it declares no pins that can be read for certain"):
        hosts_of_source(str(package), path, today=TODAY)


def test_pins_in_the_code_of_a_package_are_not_taken_for_certain(path: Path) -> None:
    """Whether code enforces a pin is not known, and a release that is recorded wrongly would hide a lock-out."""
    package = path.with_name("shop.apk")
    package.write_bytes(apk("", {"classes.dex": dex([f"https://{HOST}/", str(pin("code"))])}))
    with pytest.raises(FormatError, match="declares no pins that can be read for certain") as caught:
        hosts_of_source(str(package), path, today=TODAY)
    assert "the commit, that it was built from" in str(caught.value.hint)


def test_a_broken_pin_file_of_that_time_says_where(path: Path) -> None:
    """The error names the revision, because the file of today is sound."""
    good = path.read_text()
    path.write_text("version = 1\n[[host]]\n")
    _git(path.parent, "init", "--quiet")
    _git(path.parent, "add", ".")
    _git(path.parent, "commit", "--quiet", "--message", "pins")
    path.write_text(good)
    with pytest.raises(ParseError, match=r"pins\.toml at HEAD"):
        hosts_of_source("HEAD", path, today=TODAY)
