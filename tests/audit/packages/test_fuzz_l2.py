"""Damaged packages: any bytes give a result or an error of pinsmith, in little time."""

from __future__ import annotations

import contextlib
import plistlib
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from pinsmith.audit import packages
from pinsmith.errors import PinsmithError
from tests.audit.packages.android import NAMED, NSC, PATH, TABLE, arsc, axml, dex, manifest
from tests.audit.packages.bundle import table, xml
from tests.audit.packages.make import LIST, PINNED, PINS, archive, fat, hermes, macho, saved
from tests.formats.policy import certificate

if TYPE_CHECKING:
    from pathlib import Path

TEXT = f"sha256/{PINS[0]} https://api.example.com/"
ANDROID: dict[str, bytes | str] = {
    "AndroidManifest.xml": axml(manifest(NAMED, '<activity android:name=".Main"/>')),
    "resources.arsc": arsc(TABLE),
    PATH: axml(NSC),
    "classes.dex": dex([TEXT]),
    "assets/index.android.bundle": hermes([TEXT, "é" * 300]),
    "assets/a.cer": certificate("leaf"),
    "lib/arm64-v8a/libapp.so": b"\x7fELF" + TEXT.encode(),
}
BUNDLE: dict[str, bytes | str] = {
    "base/manifest/AndroidManifest.xml": xml(manifest(NAMED)),
    "base/resources.pb": table(TABLE),
    f"base/{PATH}": xml(NSC),
}
IOS: dict[str, bytes | str] = {
    LIST: plistlib.dumps(PINNED, fmt=plistlib.FMT_BINARY),
    "Payload/Shop.app/Shop": fat(macho(), macho(TEXT.encode())),
}
MATTERS = st.sampled_from([b"\0", b"\1", b"\x80", b"\xff", b"\xff\xff\xff\x7f", b"\xff\xff\xff\xff"])
FORMS = {"android": ANDROID, "bundle": BUNDLE, "ios": IOS}


def _damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """Change a few bytes, in most cases to a value that matters, or cut the end off."""
    octets = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(octets) - 1, 0)))
        value = draw(MATTERS | st.binary(min_size=1, max_size=4))
        octets[at : at + len(value)] = value
    return bytes(octets[: draw(st.integers(0, len(octets)))] if draw(st.integers(0, 9)) == 0 else octets)


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=6000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_files_break_nothing(tmp_path: Path, form: str, data: st.DataObject) -> None:
    """A package with one damaged file gives a result or an error of pinsmith."""
    files = dict(FORMS[form])
    path = data.draw(st.sampled_from(sorted(files)))
    content = files[path]
    assert isinstance(content, bytes)
    files[path] = data.draw(st.composite(_damaged)(content))
    _read(tmp_path, archive(files))


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=6000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_archives_break_nothing(tmp_path: Path, form: str, data: st.DataObject) -> None:
    """A damaged archive gives a result or an error of pinsmith."""
    _read(tmp_path, data.draw(st.composite(_damaged)(archive(FORMS[form], zipfile.ZIP_STORED))))


def _read(folder: Path, content: bytes) -> None:
    with contextlib.suppress(PinsmithError):
        assert packages.read(saved(folder, content)).platform in {"android", "ios"}
