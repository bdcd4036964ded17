"""The generator of react-native-cert-pinner turns ``pinset.json`` into Java and a property list with the same pins."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from pinsmith.formats import LOSSES, find
from pinsmith.formats._loss import select
from tests.extended.plugins.node import Packages, Project, base64_pins, by_host
from tests.extended.plugins.test_expo import PLIST, SEVERAL
from tests.formats.policy import LEAF, key

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.extended, pytest.mark.timeout(300)]
OWN_PLIST = PLIST.replace("Info", "info")
JAVA = "android/app/src/main/java/com/criticalblue/reactnative/GeneratedCertificatePinner.java"
ENTRIES = select(SEVERAL, find("rn-cert-pinner"), accept=tuple(LOSSES)).entries
WANTED = {
    entry.host: (base64_pins(key.pin.base64 for key in entry.keys), entry.include_subdomains) for entry in ENTRIES
}


@pytest.fixture
def project(new_project: Callable[[], Project]) -> Project:
    """Make a project with ``pinset.json``."""
    made = new_project()
    made.export(SEVERAL, "rn-cert-pinner", "pinset.json")
    return made


def _on_ios(project: Project) -> dict[str, tuple[object, ...]]:
    return {host: each[:2] for host, each in by_host(project.read("trustkit-ios", OWN_PLIST)).items()}


def _on_android(project: Project) -> dict[str, frozenset[str]]:
    """Return the pins that the Java code adds to OkHttp, by pattern."""
    added: dict[str, list[str]] = {}
    for pattern, pin in re.findall(r'builder\.add\("(.*)", "sha256/(.*)"\);', (project.folder / JAVA).read_text()):
        added.setdefault(pattern, []).append(pin)
    return {pattern: base64_pins(pins) for pattern, pins in added.items()}


def test_the_generated_files_pin_as_the_policy_does(packages: Packages, project: Project) -> None:
    """Both platforms get each host with its pins, and its subdomains if included: on Android only one label."""
    packages.pinset(project)
    assert _on_ios(project) == WANTED
    assert _on_android(project) == {
        pattern: pins
        for host, (pins, includes) in WANTED.items()
        for pattern in ((host, f"*.{host}") if includes else (host,))
    }


def test_another_pin_is_noticed(packages: Packages, project: Project) -> None:
    """The control: if one pin is changed in the file, the generated files contain the changed pin."""
    text = (project.folder / "pinset.json").read_text("utf-8")
    project.write("pinset.json", text.replace(LEAF.pin.base64, key("wrong").pin.base64))
    packages.pinset(project)
    assert _on_ios(project) != WANTED
    assert _on_android(project)["example.com"] != WANTED["example.com"][0]


def test_a_wildcard_before_its_host_is_overruled(packages: Packages, project: Project) -> None:
    """Of a host and its wildcard, iOS gets the last entry, which is why pinsmith writes the wildcard last."""
    domains = json.loads((project.folder / "pinset.json").read_text("utf-8"))["domains"]
    assert list(domains)[:2] == ["example.com", "*.example.com"]
    project.write("pinset.json", json.dumps({"domains": dict(reversed(domains.items()))}))
    packages.pinset(project)
    assert _on_ios(project)["example.com"][1] is False
