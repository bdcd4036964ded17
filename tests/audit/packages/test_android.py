"""Apps for Android: what the network security configuration that the manifest names declares."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from pinsmith.audit import packages
from pinsmith.errors import FormatError
from tests.audit.packages.android import (
    CONFIG,
    NAMED,
    NSC,
    PATH,
    TABLE,
    VERSION,
    apk,
    arsc,
    axml,
    chunk,
    dex,
    manifest,
    pool,
)
from tests.audit.packages.make import PINS, archive, saved

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pinsmith.audit.packages import Package


def _rules(found: Package) -> list[str]:
    return [note.rule for note in found.notes]


def _hosts(found: Package) -> list[str]:
    return [declared.host for declared in found.declared]


@pytest.mark.parametrize("wide", [False, True], ids=["UTF-8", "UTF-16"])
@pytest.mark.parametrize("flags", [0, 1, 2], ids=["dense", "sparse", "short"])
def test_declared_pins_are_read(tmp_path: Path, flags: int, *, wide: bool) -> None:
    """The file that the manifest names is found in every form of the table, and declares its pins."""
    files = {
        "AndroidManifest.xml": axml(manifest(NAMED), wide=wide),
        "resources.arsc": arsc(TABLE, wide=wide, flags=flags),
        PATH: axml(NSC, wide=wide),
        "classes.dex": dex(),
    }
    found = packages.read(saved(tmp_path, archive(files)))
    (declared,) = found.declared
    assert (found.platform, found.name, found.version) == ("android", "com.example.shop", "4.5")
    assert (declared.host, declared.include_subdomains, declared.expires) == ("api.example.com", True, date(2031, 5, 1))
    assert [pin.base64 for pin in declared.pins] == list(PINS)
    assert (declared.mechanism, declared.place) == ("network security config", PATH)
    assert (found.notes, found.opaque) == ((), ())


def test_obfuscated_names_and_references_are_followed(tmp_path: Path) -> None:
    """A resource may refer to another one, and its file may have any name."""
    table: dict[int, Sequence[str | int]] = {CONFIG: [0x7F020007], 0x7F020007: ["res/a1.xml"]}
    found = packages.read(saved(tmp_path, apk(NAMED, {"res/a1.xml": axml(NSC)}, table)))
    assert [declared.place for declared in found.declared] == ["res/a1.xml"]


def test_a_file_that_nobody_names_pins_nothing(tmp_path: Path) -> None:
    """A configuration that the manifest does not name declares nothing, and is a finding."""
    found = packages.read(saved(tmp_path, apk(files={PATH: axml(NSC)})))
    assert (found.declared, found.opaque) == ((), ())
    assert _rules(found) == ["pinning-off"]
    assert str(found.notes[0].place).endswith(f"!/{PATH}")


@pytest.mark.parametrize(
    ("application", "table"),
    [
        (NAMED, {}),
        (NAMED, {CONFIG: ["res/xml/gone.xml"]}),
        ('android:networkSecurityConfig="@0x01020000"', TABLE),
        ('android:networkSecurityConfig="res/xml/pins.xml"', TABLE),
    ],
    ids=["no such resource", "no such file", "a resource of Android", "not a resource"],
)
def test_a_configuration_that_is_elsewhere_is_not_passed_over(
    tmp_path: Path, application: str, table: dict[int, Sequence[str | int]]
) -> None:
    """If the manifest names a file that is not in the package, nobody can tell what it pins."""
    found = packages.read(saved(tmp_path, apk(application, table=table)))
    assert found.declared == ()
    assert [part.reason for part in found.opaque] == ["its network security configuration is not in this package"]


def test_variants_for_devices_must_agree(tmp_path: Path) -> None:
    """Only what every variant of the configuration declares is certain."""
    other = NSC.replace("api.example.com", "other.example.com")
    table: dict[int, Sequence[str | int]] = {CONFIG: [PATH, "res/xml-v28/pins.xml"]}
    both = packages.read(saved(tmp_path, apk(NAMED, {PATH: axml(NSC), "res/xml-v28/pins.xml": axml(NSC)}, table)))
    assert (_hosts(both), both.opaque) == (["api.example.com"], ())
    one = packages.read(saved(tmp_path, apk(NAMED, {PATH: axml(NSC), "res/xml-v28/pins.xml": axml(other)}, table)))
    assert _hosts(one) == []
    assert [part.place for part in one.opaque] == ["res/xml-v28/pins.xml"]


def test_a_configuration_that_crashes_the_app_is_not_passed_over(tmp_path: Path) -> None:
    """A configuration that Android refuses hides an answer, with the line of the source."""
    found = packages.read(
        saved(tmp_path, apk(NAMED, {PATH: axml("<network-security-config><domain-config/></network-security-config>")}))
    )
    assert found.declared == ()
    assert "has no <domain>; the app crashes" in found.opaque[0].reason


def test_debug_builds_and_plain_http_are_noted(tmp_path: Path) -> None:
    """Overrides in a debug build, plain HTTP without a configuration, and an old Android are findings."""
    overrides = '<debug-overrides><trust-anchors><certificates src="user"/></trust-anchors></debug-overrides>'
    text = NSC.replace("</network", f"{overrides}</network")
    files = {PATH: axml(text)}
    assert _rules(packages.read(saved(tmp_path, apk(NAMED, files)))) == []
    debug = packages.read(saved(tmp_path, apk(f'{NAMED} android:debuggable="true"', files)))
    assert _rules(debug) == ["pins-overridden"]
    assert _rules(packages.read(saved(tmp_path, apk('android:usesCleartextTraffic="true"')))) == ["cleartext-permitted"]
    old = archive(
        {
            "AndroidManifest.xml": axml(manifest(NAMED).replace('"24"', '"21"')),
            "resources.arsc": arsc(TABLE),
            PATH: axml(NSC),
        }
    )
    assert _rules(packages.read(saved(tmp_path, old))) == ["platforms-differ"]


DEEP = "<manifest>" + "<a>" * 100 + "</a>" * 100 + "</manifest>"
MANY = f'<a b="{"x" * 30_000}"/>'
BROKEN = {
    "an empty manifest": b"",
    "a manifest as text": manifest().encode(),
    "a chunk of no size": axml(manifest())[:16] + b"\0" * 4,
    "a string outside of the pool": chunk(3, b"", pool(["manifest"]) + chunk(0x102, b"\0" * 8, b"\xff" * 20)),
    "a node before the strings": chunk(3, b"", chunk(0x102, b"\0" * 8, b"\0" * 20) + pool(["manifest"])),
    "an end without a begin": chunk(3, b"", pool(["manifest"]) + chunk(0x103, b"\0" * 8, b"\0" * 8)),
    "no element": chunk(3, b"", pool(["manifest"])),
    "a count of strings that is a lie": chunk(3, b"", chunk(1, b"\xff" * 20)),
    "deep nesting": axml(DEEP),
    "a string that is used often": axml("<manifest>" + MANY * 1_000 + "</manifest>"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_manifest_that_cannot_be_read_is_an_error(tmp_path: Path, what: str) -> None:
    """Without its manifest, nothing is known of an app."""
    with pytest.raises(FormatError, match=r"AndroidManifest\.xml: it is a damaged binary XML file"):
        packages.read(saved(tmp_path, archive({"AndroidManifest.xml": BROKEN[what]})))


def test_a_manifest_is_known_by_its_root(tmp_path: Path) -> None:
    """Another XML file is not a manifest."""
    with pytest.raises(FormatError, match="its root element is <application>"):
        packages.read(saved(tmp_path, archive({"AndroidManifest.xml": axml("<application/>")})))


CIRCLES: dict[str, tuple[bytes, str]] = {
    "a resource that refers to itself": (arsc({CONFIG: [CONFIG]}), "refers to itself"),
    "two that refer to each other": (arsc({CONFIG: [VERSION], VERSION: [CONFIG]}), "refers to itself"),
    "a resource with many values": (arsc({CONFIG: ["a"] * 1_001}), "has too many values"),
    "a tree of references": (
        arsc({0x7F020000 + n: [0x7F020001 + n] * 40 for n in range(40)}),
        "has too many values",
    ),
    "a damaged table": (arsc(TABLE)[:-60], "damaged table of resources"),
    "no table": (b"\3\0\10\0\10\0\0\0", "damaged table of resources"),
}


@pytest.mark.parametrize("what", CIRCLES)
def test_a_table_that_cannot_be_read_is_an_error(tmp_path: Path, what: str) -> None:
    """A table of resources that is damaged, or whose references do not end, is refused."""
    table, problem = CIRCLES[what]
    files = {"AndroidManifest.xml": axml(manifest(NAMED)), "resources.arsc": table}
    with pytest.raises(FormatError, match=problem):
        packages.read(saved(tmp_path, archive(files)))
