"""Apps that Android's own tools built are read as apktool and the platform read them."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from pinsmith.audit import packages
from pinsmith.errors import ExportRefusedError
from pinsmith.formats import LOSSES, android_nsc, export
from tests.extended.packages.build import CONFIG, EMPTY, LIBRARY, PINNER, Project, decoded
from tests.formats.policy import PLAIN, pin, policies

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.formats import Reading
    from pinsmith.policy import Policy

pytestmark = [pytest.mark.extended, pytest.mark.timeout(1200)]
LONG, SHORT = "res/xml/pins.xml", "r/a/aaaaaaaaa.xm"
TEXT = str(pin("code"))


def _nsc(policy: Policy) -> str:
    return export(policy, android_nsc.FORMAT, options={"accept-loss": tuple(LOSSES)}).text


def _reading(text: bytes) -> Reading:
    assert android_nsc.FORMAT.read is not None
    return android_nsc.FORMAT.read(text, "pins.xml")


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(policies())
def test_what_is_exported_is_read_from_the_app(tmp_path_factory: pytest.TempPathFactory, policy: Policy) -> None:
    """The hosts of an exported file are declared by the app, with the same pins, and apktool reads the same ones."""
    folder = tmp_path_factory.mktemp("app")
    try:
        text = _nsc(policy)
    except ExportRefusedError:
        return  # it contains nothing that Android could enforce
    apk = Project(CONFIG, text).build(folder)
    found = packages.read(apk)
    declared = [(item.host, item.pins, item.include_subdomains, item.expires, item.exempt) for item in found.declared]
    for source in (text.encode(), (decoded(apk, folder) / "res" / "xml" / "pins.xml").read_bytes()):
        assert declared == [
            (item.host, tuple(held.pin for held in item.pins), item.include_subdomains, item.expires, item.exempt)
            for item in _reading(source).hosts
        ]
    assert (found.name, found.version, found.opaque) == ("com.example.shop", "1.2.3", ())


def test_code_that_pins_is_evidence(tmp_path: Path) -> None:
    """Calls of OkHttp in compiled code declare nothing; the library, the pin and the host are evidence."""
    project = Project(code=(PINNER.format(pin=TEXT), LIBRARY), assets={"a.js": f"'{TEXT}'".encode()})
    found = packages.read(project.build(tmp_path))
    assert found.declared == ()
    assert {(text.pin, text.place) for text in found.strings} == {
        (pin("code"), "classes.dex"),
        (pin("code"), "assets/a.js"),
    }
    assert [(library.name, library.is_called) for library in found.libraries] == [("OkHttp CertificatePinner", True)]
    assert [host.host for host in found.hosts] == ["api.example.com"]
    assert found.opaque == ()


def test_a_library_that_is_not_called_says_so(tmp_path: Path) -> None:
    """OkHttp in an app whose code never adds a pin is not a sign that the app pins."""
    builder = LIBRARY.replace("CertificatePinner;", "CertificatePinner$Builder;")
    method = ".method public add(Ljava/lang/String;[Ljava/lang/String;)V\n.registers 3\nreturn-void\n.end method\n"
    found = packages.read(Project(code=(EMPTY, LIBRARY, builder + method)).build(tmp_path))
    assert [(library.name, library.is_called) for library in found.libraries] == [("OkHttp CertificatePinner", False)]


def test_an_app_that_does_not_pin_has_no_sign_of_it(tmp_path: Path) -> None:
    """An app without pins has no declaration and no evidence, and hides nothing."""
    found = packages.read(Project().build(tmp_path))
    assert (found.declared, found.strings, found.libraries, found.notes, found.opaque) == ((), (), (), (), ())


def test_strings_of_the_resources_are_searched(tmp_path: Path) -> None:
    """A pin among the strings of the resources is found in the compiled table."""
    found = packages.read(Project(pin=TEXT).build(tmp_path))
    assert [(text.pin, text.place) for text in found.strings] == [(pin("code"), "resources.arsc")]


def test_a_file_that_nobody_names_pins_nothing(tmp_path: Path) -> None:
    """The configuration pins only if the manifest names it."""
    found = packages.read(Project(nsc=_nsc(PLAIN)).build(tmp_path))
    assert found.declared == ()
    assert [note.rule for note in found.notes] == ["pinning-off"]


def test_obfuscated_names_are_followed(tmp_path: Path) -> None:
    """A tool that shortens the names of resource files changes the table, which still leads to the file."""
    apk = Project(CONFIG, _nsc(PLAIN)).build(tmp_path)
    short = tmp_path / "short.apk"
    with zipfile.ZipFile(apk) as source, zipfile.ZipFile(short, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "resources.arsc":
                for encoding in ("utf-8", "utf-16-le"):
                    content = content.replace(LONG.encode(encoding), SHORT.encode(encoding))
            target.writestr(SHORT if name == LONG else name, content)
    (declared,) = packages.read(short).declared
    assert (declared.host, declared.place) == ("api.example.com", SHORT)
