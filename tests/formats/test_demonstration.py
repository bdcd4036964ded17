"""An app with ten hosts, pinned to the roots of four authorities, is imported and written for all platforms."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING

import pytest

from pinsmith import formats, pinfile
from pinsmith.exit_code import ExitCode
from pinsmith.pin import Pin
from tests.cli.support import run
from tests.thinned import thinned

if TYPE_CHECKING:
    from pathlib import Path

# Published by the authorities: letsencrypt.org/certificates, pki.goog/repository, ssl.com/repository,
# amazontrust.com/repository. These are SHA-256 of the SubjectPublicKeyInfo.
ROOTS = {
    "Let's Encrypt": (
        "C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M=",
        "diGVwiVYbubAI3RW4hB9xU8e/CH2GnkuvVFZE8zmgzI=",
    ),
    "Google Trust Services": (
        "hxqRlPTu1bMS/0DITB1SSu0vd4u/8l8TjPgfaAp63Gc=",
        "mEflZT5enoR1FuXLgYYGqnVEoZvmf9c2bVBpiOjYQ0c=",
    ),
    "SSL.com": (
        "G/ANXI8TwJTdF+AFBM8IiIUPEv0Gf6H5LA/b9guG4yE=",
        "K89VOmb1cJAN3TK6bf4ezAbJGC1mLcG2Dh97dnwr3VQ=",
    ),
    "Amazon": (
        "++MBgDH5WGvL9Bcn5Be30cRcL0f5O+NyoXuWtQdX1aI=",
        "f0KW/FtqTjs108NpYj42SrGvOB2PpxIVM8nWxjPqJGE=",
        "NqvDJlas/GRcYbcWE8S/IceH9cq77kg0jVhZeAPXq8k=",
        "9+ze1cZgR9KO1kZrVDxA4HQ6voHRCSVNz4RdTCx4U8U=",
    ),
}
# Some hosts are served through a network that takes certificates of several authorities.
PAIRS = [*itertools.combinations(ROOTS, 1), *itertools.combinations(ROOTS, 2)]
HOSTS = {
    f"{name}.example.com": tuple(pin for authority in PAIRS[at] for pin in ROOTS[authority])
    for at, name in enumerate(("www", "api", "cdn", "auth", "chat", "pay", "files", "maps", "push", "status"))
}
OUTPUTS = {
    "android-nsc": "android/network_security_config.xml",
    "okhttp-kotlin": "android/Pins.kt",
    "trustkit-ios": "ios/TrustKit.plist",
    "apple-ats": "ios/Info.plist",
    "rn-public-key-pinning": "app/pins.json",
    "policy-json": "other/policy.json",
}


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the app: one file with pins, and folders for the files of the platforms."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    for path in OUTPUTS.values():
        (tmp_path / path).parent.mkdir(exist_ok=True)
    pinned = {host: {"publicKeyHashes": list(pins), "includeSubdomains": False} for host, pins in HOSTS.items()}
    (tmp_path / "old.json").write_text(json.dumps(pinned, indent=2))
    imported = run("import", "old.json", "--from", "rn-public-key-pinning")
    assert imported.code == ExitCode.OK
    text = imported.stdout
    outputs = "".join(f'\n[[output]]\nformat = "{name}"\npath = "{path}"\n' for name, path in OUTPUTS.items())
    consent = 'accept-loss = ["expo-fetch-unpinned"]'
    outputs = outputs.replace('"rn-public-key-pinning"\n', f'"rn-public-key-pinning"\n{consent}\n')
    (tmp_path / "pins.toml").write_text(text + outputs)
    assert run("sync").code == ExitCode.OK
    return tmp_path


def _pins(path: Path, name: str) -> dict[str, set[str]]:
    of = formats.find(name)
    if of.read is None:
        calls = re.findall(r'pin\(\s*"([^"]+)",(.*?)\)', path.read_text(), re.DOTALL)
        return {host: set(re.findall(r'"sha256/([^"]+)"', pins)) for host, pins in calls}
    return {found.host: {pin.pin.base64 for pin in found.pins} for found in of.read(path.read_bytes(), path.name).hosts}


def test_ten_hosts_and_the_roots_of_four_authorities_are_one_pin_file(app: Path) -> None:
    """Every root is one key, although ten hosts share them."""
    policy = pinfile.load(app / "pins.toml")
    assert len(policy.hosts) == 10
    assert {key.pin for key in policy.keys} == {Pin.parse(f"sha256/{pin}") for pins in ROOTS.values() for pin in pins}


@pytest.mark.parametrize("name", OUTPUTS)
def test_every_platform_has_the_same_pins(name: str, app: Path) -> None:
    """In every written file, ten hosts have the pins of the old file."""
    assert _pins(app / OUTPUTS[name], name) == {host: set(pins) for host, pins in HOSTS.items()}


# tests/sync/test_sync_check.py tests an edit in every format.
@pytest.mark.parametrize("name", thinned(OUTPUTS, {"android-nsc", "trustkit-ios"}))
def test_an_edit_by_hand_in_any_file_fails_ci(name: str, app: Path) -> None:
    """A changed pin in one of six files is found, and repaired after consent."""
    path = app / OUTPUTS[name]
    assert run("sync", "--check").code == ExitCode.OK
    first = HOSTS["pay.example.com"][0]
    path.write_text(path.read_text().replace(first, first.swapcase(), 1))
    answer = run("sync", "--check")
    assert answer.code == ExitCode.MISMATCH
    assert f"  {OUTPUTS[name]} ({name})" in answer.stderr.splitlines()
    assert run("sync").code == ExitCode.BROKE
    assert run("sync", "--drop-foreign").code == ExitCode.OK
    assert run("sync", "--check").code == ExitCode.OK
    assert _pins(path, name) == {host: set(pins) for host, pins in HOSTS.items()}


def test_the_loss_of_a_root_changes_every_file(app: Path) -> None:
    """One line in the pin file and one command update every platform."""
    gone = ROOTS["Amazon"][0]
    key = next(key.name for key in pinfile.load(app / "pins.toml").keys if key.pin.base64 == gone)
    for host, pins in HOSTS.items():
        if gone in pins:
            assert run("remove", host, "--key", key, "--offline", "--force").code == ExitCode.OK
    assert run("sync").code == ExitCode.OK
    assert not [path for path in OUTPUTS.values() if gone in (app / path).read_text()]
