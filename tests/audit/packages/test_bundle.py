"""Apps in parts: app bundles with modules, and packages of APKs."""

from __future__ import annotations

import zipfile
from datetime import date
from typing import TYPE_CHECKING

import pytest

from pinsmith.audit import packages
from pinsmith.errors import FormatError
from tests.audit.packages.android import CONFIG, NAMED, NSC, PATH, apk, axml, dex, manifest
from tests.audit.packages.bundle import aab, field, table, xml
from tests.audit.packages.make import PINS, archive, saved

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "base/manifest/AndroidManifest.xml"
FEATURE = apk(top='split="feature"', files={"classes.dex": dex(["Lokhttp3/CertificatePinner;"])})
OTHER = archive({"AndroidManifest.xml": axml(manifest().replace("example.shop", "example.other"))})
URL = "https://api.example.com/"


def test_an_app_bundle_declares_pins(tmp_path: Path) -> None:
    """The configuration of the base module declares pins, and the files of all modules are searched."""
    found = packages.read(saved(tmp_path, aab(NAMED, {"feature/assets/a.txt": URL})))
    (declared,) = found.declared
    assert (found.name, found.version, found.opaque) == ("com.example.shop", "4.5", ())
    assert (declared.host, declared.include_subdomains, declared.expires) == ("api.example.com", True, date(2031, 5, 1))
    assert [pin.base64 for pin in declared.pins] == list(PINS)
    assert declared.place == f"base/{PATH}"
    assert [host.place for host in found.hosts] == ["feature/assets/a.txt"]


def test_a_bundle_that_names_no_configuration_declares_nothing(tmp_path: Path) -> None:
    """A configuration that the manifest of a bundle does not name pins nothing, and is not code with pins either."""
    found = packages.read(saved(tmp_path, aab()))
    assert (found.declared, found.strings, found.hosts) == ((), (), ())
    assert [note.rule for note in found.notes] == ["pinning-off"]


BROKEN = {
    "a manifest of another form": {MANIFEST: axml(manifest())},
    "a length that is too large": {MANIFEST: field(1, b"abc")[:-1]},
    "a number without end": {MANIFEST: b"\x08" + b"\xff" * 11},
    "an unknown type": {MANIFEST: b"\x0b"},
    "deep nesting": {MANIFEST: xml("<manifest>" + "<a>" * 100 + "</a>" * 100 + "</manifest>")},
    "a damaged table": {"base/resources.pb": table({CONFIG: [PATH]})[:-1]},
    "a reference to itself": {"base/resources.pb": table({CONFIG: [CONFIG]})},
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_damaged_bundle_is_an_error(tmp_path: Path, what: str) -> None:
    """A bundle whose manifest or table cannot be read is refused."""
    with pytest.raises(FormatError, match=r"it is a damaged .* in protobuf|refers to itself"):
        packages.read(saved(tmp_path, aab(NAMED, BROKEN[what])))


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED], ids=["stored", "compressed"])
def test_a_package_of_apks_is_read(tmp_path: Path, compression: int) -> None:
    """The base declares pins and every APK is searched; places name the APK."""
    base = apk(NAMED, {PATH: axml(NSC), "assets/a.txt": URL})
    files: dict[str, bytes | str] = {"manifest.json": "{}", "feature.apk": FEATURE, "com.example.shop.apk": base}
    found = packages.read(saved(tmp_path, archive(files, compression)))
    assert [declared.place for declared in found.declared] == [f"com.example.shop.apk!/{PATH}"]
    assert [host.place for host in found.hosts] == ["com.example.shop.apk!/assets/a.txt"]
    assert [library.place for library in found.libraries] == ["feature.apk!/classes.dex"]
    assert found.opaque == ()


def test_variants_of_an_app_must_agree(tmp_path: Path) -> None:
    """If the variants for devices declare different pins, none of them is certain."""
    files = {"a.apk": apk(NAMED, {PATH: axml(NSC)}), "b.apk": apk()}
    found = packages.read(saved(tmp_path, archive(files)))
    assert found.declared == ()
    assert [part.place for part in found.opaque] == [f"a.apk!/{PATH}"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (FEATURE, "it is only a part of an app"),
        (archive({"a.apk": FEATURE}), "it is only a part of an app"),
        (archive({"a.apk": apk(), "b.apk": OTHER}), "several apps"),
        (archive({"a.apk": archive({"README": ""})}), "is not an APK"),
        (archive({"a.apk": b"PK"}), "is damaged"),
        (archive({"a.apk": archive({"b.apk": apk()})}), "is not an APK"),
    ],
    ids=["a split", "a split alone", "several apps", "not an APK", "damaged", "nested"],
)
def test_a_package_without_one_whole_app_is_refused(tmp_path: Path, content: bytes, problem: str) -> None:
    """A package that holds no app, or only a part of one, is an error."""
    with pytest.raises(FormatError, match=problem):
        packages.read(saved(tmp_path, content))
