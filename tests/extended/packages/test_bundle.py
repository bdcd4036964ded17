"""App bundles that Android's own tools built are read as bundletool reads them, and as the APKs that it makes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings

from pinsmith.answers import Answer, answers_of_package
from pinsmith.audit import packages
from pinsmith.errors import ExportRefusedError
from pinsmith.formats import LOSSES, android_nsc, export
from tests.extended.packages.build import CONFIG, EMPTY, LIBRARY, PINNER, Project
from tests.extended.packages.bundle import apks, bundle, bundletool
from tests.formats.policy import PLAIN, pin, policies

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.audit.packages import Package
    from pinsmith.policy import Policy

pytestmark = [pytest.mark.extended, pytest.mark.timeout(1200)]
ANDROID: Final = "{http://schemas.android.com/apk/res/android}"
TODAY: Final = date(2027, 1, 1)
HOST: Final = "api.example.com"
CALLS: Final = PINNER.format(pin=pin("code"))


def _nsc(policy: Policy) -> str:
    return export(policy, android_nsc.FORMAT, options={"accept-loss": tuple(LOSSES)}).text


def _declared(found: Package) -> list[tuple[object, ...]]:
    return [(item.host, item.pins, item.include_subdomains, item.expires, item.exempt) for item in found.declared]


def _answers(found: Package) -> dict[str, tuple[Answer, list[str]]]:
    return {
        answer.host: (answer.answer, [mechanism.title for mechanism in answer.mechanisms])
        for answer in answers_of_package(found, TODAY)
    }


@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(policies())
def test_a_bundle_declares_what_was_exported(tmp_path_factory: pytest.TempPathFactory, policy: Policy) -> None:
    """A bundle, its split APKs and its universal APK declare the hosts and pins of the exported file."""
    folder = tmp_path_factory.mktemp("app")
    try:
        text = _nsc(policy)
    except ExportRefusedError:
        return  # it contains nothing that Android could enforce
    assert android_nsc.FORMAT.read is not None
    expected = [
        (item.host, tuple(held.pin for held in item.pins), item.include_subdomains, item.expires, item.exempt)
        for item in android_nsc.FORMAT.read(text.encode(), "pins.xml").hosts
    ]
    found = packages.read(bundle(Project(CONFIG, text), folder))
    assert (_declared(found), found.opaque) == (expected, ())
    for options in ((), ("--mode=universal",)):
        made = packages.read(apks(folder, *options))
        assert (_declared(made), made.opaque, made.name, made.version) == (expected, (), found.name, found.version)


def test_the_manifest_and_the_table_are_read_as_bundletool_reads_them(tmp_path: Path) -> None:
    """The application id, the version and the configuration are those that bundletool prints."""
    found = packages.read(bundle(Project(CONFIG, _nsc(PLAIN)), tmp_path))
    manifest = ET.fromstring(bundletool(tmp_path, "dump", "manifest", "--bundle=app.aab"))  # noqa: S314 - from our app
    application = manifest.find("application")
    assert application is not None
    assert application.get(f"{ANDROID}networkSecurityConfig") == "@xml/pins"
    table = bundletool(tmp_path, "dump", "resources", "--bundle=app.aab", "--values")
    (version,) = [line.partition('"')[2].rpartition('"')[0] for line in table.splitlines() if '"1.2.3"' in line]
    assert manifest.get(f"{ANDROID}versionName") == "@string/version"
    assert (found.name, found.version) == (manifest.get("package"), version)
    assert {f"base/{path}" for path in table.split() if path.endswith(".xml")} == {found.declared[0].place}


@pytest.mark.parametrize(
    ("project", "answer"),
    [
        (Project(CONFIG, _nsc(PLAIN), (CALLS, LIBRARY)), Answer.YES),
        (Project(nsc=_nsc(PLAIN), code=(CALLS, LIBRARY)), Answer.UNPROVEN),
        (Project(nsc=_nsc(PLAIN), code=(CALLS.replace("invoke", "# invoke"),)), Answer.NO),
        (Project(CONFIG, _nsc(PLAIN), (EMPTY,)), Answer.YES),
    ],
    ids=["declared and code", "code", "a file that nobody names", "declared"],
)
def test_a_bundle_has_the_answers_of_its_apks(tmp_path: Path, project: Project, answer: Answer) -> None:
    """Each host has the same answer in the bundle and in the APKs for devices."""
    found = _answers(packages.read(bundle(project, tmp_path)))
    assert found[HOST][0] is answer
    assert _answers(packages.read(apks(tmp_path))) == found
