"""The plugins' own code, installed as it is locked here, and a project of an app for it to work on."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pinsmith.formats import LOSSES, export, find as find_format
from tests.extended.program import find

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pinsmith.formats._format import Found, FoundPin
    from pinsmith.policy import Policy

HERE: Final = Path(__file__).parent
_INSTALL: Final = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error")
_INSTALL_SECONDS: Final = 240.0
_SECONDS: Final = 50.0
# All that the package expo has under this name; whole, it brings 300 more packages.
_EXPO: Final = "module.exports = require('@expo/config-plugins');\n"
_NAME: Final = "example"
_PLIST: Final = """<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict><key>CFBundleName</key><string>example</string></dict></plist>
"""
_MANIFEST: Final = """<manifest xmlns:android="http://schemas.android.com/apk/res/android">
  <application android:name=".MainApplication"/>
</manifest>
"""


@dataclass(frozen=True, slots=True)
class Packages:
    """What npm installed in a folder."""

    folder: Path

    @classmethod
    def install(cls, folder: Path) -> Packages:
        """Install what is locked, and run none of the scripts of the packages."""
        for name in ("package.json", "package-lock.json", ".npmrc", "prebuild.js", "header.js"):
            shutil.copy2(HERE / name, folder / name)
        find("node", "nodejs")
        _run([find("npm", "npm"), *_INSTALL], folder, _INSTALL_SECONDS)
        expo = folder / "node_modules" / "expo"
        expo.mkdir()
        (expo / "config-plugins.js").write_text(_EXPO, "utf-8")
        return cls(folder)

    def prebuild(self, *projects: Project) -> None:
        """Let Expo bring the files of the platforms up to date."""
        _run([self._node, "prebuild.js", *(each.folder for each in projects)], self.folder)

    def pinset(self, project: Project) -> None:
        """Let react-native-cert-pinner do the same."""
        program = self.folder / "node_modules" / "react-native-cert-pinner" / "cli" / "pinset.js"
        _run([self._node, program, "gen"], project.folder)

    def header(self, options: str) -> str:
        """Ask the middleware hpkp for its header; its errors are errors of the process."""
        return _run([self._node, "header.js", options], self.folder)

    @property
    def _node(self) -> str:
        return find("node", "nodejs")


def _run(command: list[str | Path], folder: Path, seconds: float = _SECONDS) -> str:
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


class Project:
    """An app whose files of the platforms say nothing of pins yet."""

    def __init__(self, folder: Path, packages: Packages) -> None:
        self.folder = folder
        self.write("package.json", f'{{"name": "{_NAME}", "version": "1.0.0"}}')
        self.write(f"ios/{_NAME}/Info.plist", _PLIST)
        self.write(f"ios/{_NAME}/info.plist", _PLIST)  # what react-native-cert-pinner calls the same file
        (folder / "ios" / f"{_NAME}.xcodeproj").mkdir()
        self.write("android/app/src/main/AndroidManifest.xml", _MANIFEST)
        self.write("android/gradle.properties", "")
        (folder / "android/app/src/main/res").mkdir()
        (folder / "android/app/src/main/java/com/criticalblue/reactnative").mkdir(parents=True)
        (folder / "node_modules").symlink_to(packages.folder / "node_modules", target_is_directory=True)

    def write(self, name: str, text: str) -> None:
        """Write a file, and its folder before it."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def export(self, policy: Policy, of: str, name: str) -> None:
        """Write what pinsmith exports into the file that is there, and what belongs to it beside it."""
        path = self.folder / name
        existing = path.read_text("utf-8") if path.exists() else None
        made = export(policy, find_format(of), options={"accept-loss": tuple(LOSSES)}, existing=existing)
        self.write(name, made.text)
        for beside, content in made.attachments.items():
            self.write(beside, content.decode())

    def read(self, of: str, name: str) -> tuple[Found, ...]:
        """Read a file with pinsmith."""
        read = find_format(of).read
        assert read is not None
        return read((self.folder / name).read_bytes(), name).hosts


def said(pins: Iterable[FoundPin] | Iterable[str]) -> frozenset[str]:
    """Return pins without order, in base64."""
    return frozenset(each if isinstance(each, str) else each.pin.base64 for each in pins)


def by_host(found: Iterable[Found]) -> Mapping[str, tuple[object, ...]]:
    """Return what is said of each host, whatever the order."""
    return {
        each.host: (said(each.pins), each.include_subdomains, each.expires, each.report_only, each.exempt)
        for each in found
    }
