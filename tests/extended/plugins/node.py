"""Install the plugins in the locked versions, and make app projects for them to work on."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pinsmith.formats import LOSSES, export, find as find_format
from tests.extended.program import find

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pinsmith.formats._format import Found, FoundPin
    from pinsmith.policy import Policy

HERE: Final = Path(__file__).parent
_PROGRAMS: Final = ("prebuild.js", "header.js", "bundle.js", "jws.js")
_INSTALL: Final = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error")
_INSTALL_SECONDS: Final = 240.0
_SECONDS: Final = 50.0
# The module expo/config-plugins has no other content; the whole package would install 300 more.
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
    """The packages that npm installed in a folder."""

    folder: Path

    @classmethod
    def install(cls, folder: Path) -> Packages:
        """Install the locked packages, and run none of their scripts."""
        for name in ("package.json", "package-lock.json", ".npmrc", *_PROGRAMS):
            shutil.copy2(HERE / name, folder / name)
        find("node", "nodejs")
        _run([find("npm", "npm"), *_INSTALL], folder, _INSTALL_SECONDS)
        expo = folder / "node_modules" / "expo"
        expo.mkdir()
        (expo / "config-plugins.js").write_text(_EXPO, "utf-8")
        return cls(folder)

    def prebuild(self, *projects: Project) -> None:
        """Let Expo update the platform files of *projects*."""
        _run([self._node, "prebuild.js", *(project.folder for project in projects)], self.folder)

    def pinset(self, project: Project) -> None:
        """Let react-native-cert-pinner update the platform files of *project*."""
        program = self.folder / "node_modules" / "react-native-cert-pinner" / "cli" / "pinset.js"
        _run([self._node, program, "gen"], project.folder)

    def header(self, options: str) -> str:
        """Return the header of the middleware hpkp; its errors are errors of the process."""
        return _run([self._node, "header.js", options], self.folder)

    def outcomes(self, program: str, attempts: Sequence[Mapping[str, object]]) -> list[str]:
        """Return what the steps of a client, which are in *program*, do with each attempt."""
        found: list[str] = json.loads(_run([self._node, program, json.dumps(attempts)], self.folder))
        return found

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
    """An app whose platform files contain no pins yet."""

    def __init__(self, folder: Path, packages: Packages) -> None:
        self.folder = folder
        self.write("package.json", f'{{"name": "{_NAME}", "version": "1.0.0"}}')
        self.write(f"ios/{_NAME}/Info.plist", _PLIST)
        self.write(f"ios/{_NAME}/info.plist", _PLIST)  # the name that react-native-cert-pinner uses for the same file
        (folder / "ios" / f"{_NAME}.xcodeproj").mkdir()
        self.write("android/app/src/main/AndroidManifest.xml", _MANIFEST)
        self.write("android/gradle.properties", "")
        (folder / "android/app/src/main/res").mkdir()
        (folder / "android/app/src/main/java/com/criticalblue/reactnative").mkdir(parents=True)
        (folder / "node_modules").symlink_to(packages.folder / "node_modules", target_is_directory=True)

    def write(self, name: str, text: str) -> None:
        """Write a file, and make its folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def export(self, policy: Policy, of: str, name: str) -> None:
        """Export *policy* into a new or existing file, and write the attachments beside it."""
        path = self.folder / name
        existing = path.read_text("utf-8") if path.exists() else None
        made = export(policy, find_format(of), options={"accept-loss": tuple(LOSSES)}, existing=existing)
        self.write(name, made.text)
        for beside, content in made.attachments.items():
            self.write(beside, content.decode())

    def read(self, of: str, name: str) -> tuple[Found, ...]:
        """Read a file with pinsmith; return its hosts."""
        read = find_format(of).read
        assert read is not None
        return read((self.folder / name).read_bytes(), name).hosts


def base64_pins(pins: Iterable[FoundPin] | Iterable[str]) -> frozenset[str]:
    """Return *pins* as a set of base64 texts."""
    return frozenset(pin if isinstance(pin, str) else pin.pin.base64 for pin in pins)


def by_host(found: Iterable[Found]) -> Mapping[str, tuple[object, ...]]:
    """Return the settings of each host, independent of their order."""
    return {
        entry.host: (base64_pins(entry.pins), entry.include_subdomains, entry.expires, entry.report_only, entry.exempt)
        for entry in found
    }
