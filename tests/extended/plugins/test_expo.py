"""
Expo and two of its plugins turn the files that pinsmith writes into platform files with the same pins.

Expo reads the files and runs the plugins, and pinsmith reads the platform files that they change. Gradle, Xcode and the
platforms do not run here; the tests of each platform's format prove or check how they use these files.

The plugin of OutSystems has similar hooks. They are not published as a package, so nothing here runs them.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import HealthCheck, given, settings

from pinsmith.errors import ExportRefusedError, FormatError
from pinsmith.formats import LOSSES, find
from pinsmith.formats._format import Found, FoundPin
from pinsmith.formats._loss import select
from pinsmith.policy import HostPins, Policy
from tests.extended.plugins.node import Packages, Project, base64_pins, by_host
from tests.formats.policy import BACKUP, FULL, INTERMEDIATE, LEAF, key, policies
from tests.pages.page import GUIDES
from tests.pages.reader import reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

pytestmark = [pytest.mark.extended, pytest.mark.timeout(300)]

OTHER: Final = (key("other"), key("other-standby", standby=True))
SEVERAL: Final = Policy(
    (
        HostPins("example.com", (LEAF, BACKUP), include_subdomains=True),
        HostPins("api.example.com", OTHER),
        HostPins("xn--bcher-kva.example.org", (LEAF, BACKUP, INTERMEDIATE)),
    )
)
# Expo accepts comments, names without quotes and final commas.
APP: Final = """{
  // An app.
  "expo": { name: "example", "slug": "example", ios: {bundleIdentifier: "com.example"},
    "android": {"package": "com.example",}, "plugins": [] }
}
"""
PLIST: Final = "ios/example/Info.plist"
NSC: Final = "android/app/src/main/res/xml/network_security_config.xml"


def _generated() -> list[Policy]:
    made: list[Policy] = []

    @settings(max_examples=100, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(policies())
    def generate(policy: Policy) -> None:
        made.append(policy)

    generate()
    return [SEVERAL, FULL, *made]


@pytest.fixture
def built(packages: Packages, new_project: Callable[[], Project]) -> Callable[[str], list[tuple[Policy, Project]]]:
    """Return a function that writes each policy into a project of its own, in one format, and lets Expo build them."""

    def build(of: str) -> list[tuple[Policy, Project]]:
        projects = []
        for policy in _generated():
            project = new_project()
            project.write("app.json", APP)
            try:
                project.export(policy, of, "app.json")
            except ExportRefusedError:
                continue  # it contains nothing that could be enforced
            projects.append((policy, project))
        packages.prebuild(*(project for _, project in projects))
        assert len(projects) > 60
        return projects

    return build


def _wanted(policy: Policy, of: str) -> Mapping[str, tuple[object, ...]]:
    entries = select(policy, find(of), accept=tuple(LOSSES)).entries
    return by_host(
        Found(
            entry.host,
            tuple(FoundPin(key.pin) for key in entry.keys),
            entry.include_subdomains,
            entry.expires,
            entry.report_only,
            exempt=entry.exempt,
        )
        for entry in entries
    )


def _on_android(project: Project) -> dict[str, frozenset[str]]:
    """Return the pins that the Kotlin code of bam adds to OkHttp, by pattern."""
    text = (project.folder / "android/gradle.properties").read_text("utf-8")
    (line,) = (line for line in text.splitlines() if line.startswith("RNAS_PINNING_CONFIG="))
    value = line.partition("=")[2]
    for _ in ("a file of properties", "a literal in the Java that Gradle makes of it"):
        value = re.sub(r"\\(.)", r"\1", value)
    project.write("pinning.json", value)
    assert project.read("json-hosts", "pinning.json")
    return {pattern: base64_pins(pins) for pattern, pins in json.loads(value).items()}


def _patterns(hosts: Iterable[tuple[str, tuple[object, ...]]]) -> dict[str, object]:
    """Return the expected patterns of OkHttp: a host, and one label below it if subdomains are included."""
    return {
        pattern: pins
        for host, (pins, includes, *_) in hosts
        for pattern in ((host, f"*.{host}") if includes else (host,))
    }


def test_bam_pins_as_the_policy_does(built: Callable[[str], list[tuple[Policy, Project]]]) -> None:
    """TrustKit on iOS and OkHttp on Android get each host with its pins, with subdomains if they are included."""
    for policy, project in built("expo"):
        wanted = _wanted(policy, "expo")
        assert by_host(project.read("trustkit-ios", PLIST)) == wanted
        assert _on_android(project) == _patterns(wanted.items())


def test_transport_security_pins_as_the_policy_does(
    built: Callable[[str], list[tuple[Policy, Project]]],
) -> None:
    """The Info.plist that Expo writes contains the settings under ios.infoPlist."""
    for policy, project in built("expo-ats"):
        assert by_host(project.read("apple-ats", PLIST)) == _wanted(policy, "expo-ats")


def test_the_file_of_android_gets_into_the_app(built: Callable[[str], list[tuple[Policy, Project]]]) -> None:
    """The complete file is among the resources of the app, and the manifest names it."""
    for policy, project in built("expo-nsc"):
        assert by_host(project.read("android-nsc", NSC)) == _wanted(policy, "expo-nsc")
        manifest = (project.folder / "android/app/src/main/AndroidManifest.xml").read_text("utf-8")
        assert 'android:networkSecurityConfig="@xml/network_security_config"' in manifest


def test_one_file_can_contain_all_three_formats(packages: Packages, new_project: Callable[[], Project]) -> None:
    """None of the formats changes the pins of the others."""
    project = new_project()
    project.write("app.json", APP)
    for of in ("expo", "expo-ats", "expo-nsc"):
        project.export(SEVERAL, of, "app.json")
    packages.prebuild(project)
    for of, as_read_by, name in (
        ("expo", "trustkit-ios", PLIST),
        ("expo-ats", "apple-ats", PLIST),
        ("expo-nsc", "android-nsc", NSC),
    ):
        assert by_host(project.read(as_read_by, name)) == _wanted(SEVERAL, of)


@pytest.mark.parametrize(
    ("of", "as_read_by", "name"),
    [("expo", "trustkit-ios", PLIST), ("expo-ats", "apple-ats", PLIST), ("expo-nsc", "android-nsc", NSC)],
    ids=["expo", "expo-ats", "expo-nsc"],
)
def test_another_pin_is_noticed(
    packages: Packages, new_project: Callable[[], Project], of: str, as_read_by: str, name: str
) -> None:
    """The control: if one pin is changed in the file, the app gets the changed pin."""
    project = new_project()
    project.write("app.json", APP)
    project.export(SEVERAL, of, "app.json")
    for path in project.folder.glob("*.*"):
        if path.is_file():
            path.write_text(path.read_text("utf-8").replace(OTHER[0].pin.base64, key("wrong").pin.base64), "utf-8")
    packages.prebuild(project)
    found, wanted = by_host(project.read(as_read_by, name)), _wanted(SEVERAL, of)
    assert {host for host in wanted if found[host] != wanted[host]} == {"api.example.com"}


def test_bam_passes_prefixed_pins_on_and_the_app_crashes(
    packages: Packages, new_project: Callable[[], Project]
) -> None:
    """With the prefix of OkHttp, the plugin writes a list that crashes TrustKit, so pinsmith writes no prefix."""
    project = new_project()
    project.write("app.json", APP)
    project.export(SEVERAL, "expo", "app.json")
    text = (project.folder / "app.json").read_text("utf-8")
    project.write("app.json", text.replace(LEAF.pin.base64, f"sha256/{LEAF.pin.base64}"))
    packages.prebuild(project)
    with pytest.raises(FormatError, match="the app crashes"):
        project.read("trustkit-ios", PLIST)


def test_without_the_export_nothing_is_pinned(packages: Packages, new_project: Callable[[], Project]) -> None:
    """The control: without the exported file, the app has no pins."""
    project = new_project()
    project.write("app.json", APP)
    packages.prebuild(project)
    assert not (project.folder / NSC).exists()
    assert (project.folder / "android/gradle.properties").read_text("utf-8") == ""
    for of in ("trustkit-ios", "apple-ats"):
        with pytest.raises(FormatError, match="it has no"):
            project.read(of, PLIST)


@pytest.mark.parametrize("variant", ["production", "development"])
def test_the_guide_makes_a_pinned_app(
    variant: str, packages: Packages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both platforms get the pins of the guide's project, and only a development build reaches a server without TLS."""
    monkeypatch.setenv("APP_VARIANT", variant)
    with reading(tmp_path, monkeypatch) as reader:
        project = Project(reader.folder, packages)
        reader.follow(GUIDES / "expo.md")
        packages.prebuild(project)
        android = list(project.read("android-nsc", NSC))
        assert [(entry.host, len(entry.pins)) for entry in android] == [("api.example.com", 2)]
        assert by_host(project.read("apple-ats", PLIST)) == by_host(android)
        assert ("10.0.2.2" in (project.folder / NSC).read_text("utf-8")) is (variant == "development")
        manifest = (project.folder / "android/app/src/main/AndroidManifest.xml").read_text("utf-8")
        assert 'android:networkSecurityConfig="@xml/network_security_config"' in manifest
