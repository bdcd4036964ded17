"""
Debug and release builds with the files of the guides are pinned as the guides say, according to Android's own code.

``java/harness/Builds.java`` describes the questions; `test_chains` lists the parts that belong to the platform.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import pytest

from pinsmith import pinfile
from pinsmith.formats import android_nsc, export
from pinsmith.lab.pki.authority import Authority
from tests.extended.android.platform import PLATFORMS, Machine, Platform
from tests.pages.page import GUIDES, steps

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.extended, pytest.mark.timeout(1200)]
PINNED, OTHER = "api.example.com", "www.example.com"
DEVELOPMENT: Final = "10.0.2.2"  # the machine around an emulator; Android 17 permits localhost without TLS anyway
PAGES: Final = ("android", "react-native", "expo", "cordova-capacitor")
MISMATCH: Final = "Pin verification failed"
NO_ANCHOR: Final = "Trust anchor for certification path not found"


@dataclass(frozen=True, slots=True)
class Answer:
    """
    The behaviour of a build towards a host.

    Attributes:
        without_tls: Whether the host may be reached without TLS.
        app: The decision of the app's trust manager on the chain: "accept", or the errors.
        own: The decision of a trust manager that the app makes of a key store with the anchors of the device.
    """

    without_tls: bool
    app: str
    own: str


@dataclass(frozen=True, slots=True)
class Device:
    """
    A device with an app, whose user installed the authority of a debugging proxy.

    Attributes:
        machine: The classes of the platform.
        folder: Where files of the app go.
        genuine: The authority of the pinned host, which comes with the device.
        rogue: The authority that the user installed.
    """

    machine: Machine
    folder: Path
    genuine: Authority
    rogue: Authority

    def file(self, existing: str | None) -> str:
        """Return the configuration that sync makes of a file, or without one."""
        pin = self.genuine.issue(PINNED).pin
        other = self.genuine.issue(PINNED).pin
        policy = pinfile.parse(
            f'version = 1\n[keys.now]\npin = "{pin}"\nrole = "leaf"\n[keys.next]\npin = "{other}"\nrole = "leaf"\n'
            f'standby = true\n[[host]]\nname = "{PINNED}"\nkeys = ["now", "next"]\n'
        )
        return export(policy, android_nsc.FORMAT, existing=existing).text

    def ask(self, file: str, build: Literal["debug", "release"], host: str = PINNED) -> Answer:
        """Ask what a build with this configuration does with a host for which the debugging proxy answers."""
        texts = {
            "app.xml": file,
            "chain": self.rogue.issue(host).presented_pem(),
            "system": self.genuine.pem,
            "user": self.rogue.pem,
        }
        for name, text in texts.items():
            (self.folder / name).write_text(text, "utf-8")
        config, *others = (str(self.folder / name) for name in texts)
        line = self.machine.run("harness.Builds", "\t".join((config, build, host, *others)) + "\n")
        without_tls, app, own = line.rstrip("\n").split("\t")
        return Answer(without_tls == "true", app, own)


@pytest.fixture(params=PLATFORMS[1:], ids=lambda platform: f"android-{platform.name}", scope="module")
def device(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Device:
    """Provide a device; Android 7 and 8 permit every host without TLS."""
    platform: Platform = request.param
    folder = tmp_path_factory.mktemp("device")
    machine = Machine(platform, tmp_path_factory.mktemp("classes"))
    return Device(machine, folder, Authority.root("Genuine"), Authority.root("Debugging proxy"))


@pytest.fixture(scope="module")
def debug_file() -> str:
    """Read the file for debug builds, which is the same in all guides."""
    files = {
        step.text
        for page in PAGES
        for step in steps(GUIDES / f"{page}.md")
        if step.kind == "write" and step.path.endswith(".xml")
    }
    (text,) = files
    return text


def test_a_release_needs_tls_and_trusts_no_authority_of_the_user(device: Device) -> None:
    """A release does not reach a development server without TLS, and refuses a debugging proxy at every host."""
    file = device.file(None)
    assert not any(device.ask(file, "release", host).without_tls for host in (DEVELOPMENT, PINNED))
    assert NO_ANCHOR in device.ask(file, "release", PINNED).app
    assert NO_ANCHOR in device.ask(file, "release", OTHER).app


def test_a_debug_build_is_pinned_and_can_be_judged(device: Device, debug_file: str) -> None:
    """It reaches the development server, trusts the proxy where nothing is pinned, and refuses it where pins are."""
    file = device.file(debug_file)
    assert all(device.ask(file, "debug", host).without_tls for host in (DEVELOPMENT, "localhost"))
    assert not device.ask(file, "debug", PINNED).without_tls
    assert device.ask(file, "debug", OTHER).app == "accept"
    assert device.ask(file, "debug", PINNED).app.startswith(MISMATCH)


def test_a_release_ignores_the_overrides(device: Device, debug_file: str) -> None:
    """Even with the file of debug builds, a release trusts no authority of the user."""
    assert NO_ANCHOR in device.ask(device.file(debug_file), "release", OTHER).app


def test_by_default_the_overrides_switch_pins_off(device: Device, debug_file: str) -> None:
    """The control: without `overridePins="false"`, a debug build accepts the proxy at the pinned host."""
    file = device.file(debug_file.replace(' overridePins="false"', ""))
    assert device.ask(file, "debug", PINNED).app == "accept"


def test_a_trust_manager_of_a_key_store_compares_no_pins(device: Device, debug_file: str) -> None:
    """Code that makes a trust manager of a key store, as cordova-plugin-advanced-http does, is not pinned."""
    assert device.ask(device.file(debug_file), "debug", PINNED).own == "accept"
