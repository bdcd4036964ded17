"""Apps for iOS: what their Info.plist declares."""

from __future__ import annotations

import plistlib
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.audit import packages
from pinsmith.errors import FormatError, UnknownFormatError
from tests.audit.packages.make import LIST, PINNED, PINS, archive, ipa, saved

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("kind", [plistlib.FMT_BINARY, plistlib.FMT_XML], ids=["binary", "XML"])
def test_declared_pins_are_read(tmp_path: Path, kind: plistlib.PlistFormat) -> None:
    """Pinned domains of an Info.plist are declared pins, with the notes of their reader."""
    found = packages.read(saved(tmp_path, ipa(PINNED, kind=kind)))
    (declared,) = found.declared
    assert (found.platform, found.name, found.version) == ("ios", "com.example.shop", "1.2")
    assert (declared.host, declared.include_subdomains, declared.mechanism) == (
        "api.example.com",
        True,
        "NSPinnedDomains",
    )
    assert [pin.base64 for pin in declared.pins] == list(PINS)
    assert declared.place == LIST
    assert [note.rule for note in found.notes] == ["policy-differs"]
    assert str(found.notes[0].place).startswith(f"{tmp_path / 'app.zip'}!/{LIST}")
    assert found.opaque == ()


def test_an_app_without_pins_declares_none(tmp_path: Path) -> None:
    """An app that pins nothing is read, and hides nothing."""
    found = packages.read(saved(tmp_path, ipa({"NSAppTransportSecurity": {"NSAllowsArbitraryLoads": True}})))
    assert (found.declared, found.notes, found.opaque) == ((), (), ())


def test_declared_pins_that_cannot_be_read_are_not_passed_over(tmp_path: Path) -> None:
    """A host whose pins are unusable hides an answer."""
    keys: dict[str, Any] = {
        "NSAppTransportSecurity": {"NSPinnedDomains": {"a.example.com": {"NSPinnedLeafIdentities": []}}}
    }
    found = packages.read(saved(tmp_path, ipa(keys)))
    assert found.declared == ()
    (opaque,) = found.opaque
    assert opaque.place == LIST
    assert "lists no key that can match" in opaque.reason


def test_a_switch_that_ends_pinning_is_found(tmp_path: Path) -> None:
    """The key that switches a library off in releases is a finding."""
    found = packages.read(saved(tmp_path, ipa({"RNSSLManagerDisabled": True})))
    assert [note.rule for note in found.notes] == ["pinning-off"]


def test_texts_of_the_package_are_safe_to_show(tmp_path: Path) -> None:
    """Control characters in the name and the version of an app do not reach a terminal."""
    keys = {"CFBundleIdentifier": "a\x1b[31m", "CFBundleShortVersionString": "1\u202e"}
    found = packages.read(saved(tmp_path, ipa(keys)))
    assert (found.name, found.version) == ("a\\x1b[31m", "1\\u202e")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (archive({LIST: b"bplist00 damaged"}), "damaged binary property list"),
        (archive({LIST: b"<plist/>"}), "expected a <plist> with one value"),
        (archive({LIST: plistlib.dumps([])}), "must be a dictionary"),
        (archive({LIST: plistlib.dumps({}), "Payload/Two.app/Info.plist": plistlib.dumps({})}), "2 apps"),
    ],
)
def test_an_app_whose_list_cannot_be_read_is_refused(tmp_path: Path, content: bytes, problem: str) -> None:
    """Without its Info.plist, nothing is known of an app, so it is an error and not an app without pins."""
    with pytest.raises(FormatError, match=problem):
        packages.read(saved(tmp_path, content))


@pytest.mark.parametrize("content", [b"", b"P", b"%PDF-1.7", archive({"README": b"hello"})])
def test_another_file_is_not_a_package(tmp_path: Path, content: bytes) -> None:
    """A file that is not a package is refused, whatever its name is."""
    with pytest.raises(UnknownFormatError, match="is not an app package"):
        packages.read(saved(tmp_path, content, "app.ipa"))


def test_extensions_are_read_as_the_app_is(tmp_path: Path) -> None:
    """An extension's pins are declared at its own place, with its switches, and too many extensions are refused."""
    inner = plistlib.dumps({**PINNED, "RNSSLManagerDisabled": True})
    found = packages.read(saved(tmp_path, ipa(files={"PlugIns/Share.appex/Info.plist": inner})))
    assert [declared.place for declared in found.declared] == ["Payload/Shop.app/PlugIns/Share.appex/Info.plist"]
    assert [note.rule for note in found.notes] == ["policy-differs", "pinning-off"]
    assert [bundle.name for bundle in found.bundles] == ["", "PlugIns/Share.appex"]
    many = {f"PlugIns/{number}.appex/Info.plist": inner for number in range(101)}
    with pytest.raises(FormatError, match="more than 100 extensions"):
        packages.read(saved(tmp_path, ipa(files=many)))
