"""Run Android's own parser of network security configurations on a JVM, from the jars that Robolectric publishes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SOURCES: Final = Path(__file__).parent / "java"
_REPOSITORY: Final = Path.home() / ".m2" / "repository"
_SECONDS: Final = 900.0  # a jar has up to 200 MB, and is downloaded once on each machine
_JAVA_17, _JAVA_21 = 17, 21
ALL: Final = "org.robolectric:android-all"
# Classes of Android 7 that call a private overload of System.arraycopy are taken from Android 14 instead.
_REPLACED: Final = ("ArraySet", "ArrayMap", "MapCollections", "ContainerHelpers", "Base64")


@dataclass(frozen=True, slots=True)
class Platform:
    """A version of Android."""

    name: str
    artifact: str
    java: int = _JAVA_17


PLATFORMS: Final = (
    Platform("7", f"{ALL}:7.0.0_r1-robolectric-r1"),
    Platform("10", f"{ALL}:10-robolectric-5803371"),
    Platform("14", f"{ALL}:14-robolectric-10818077"),
    Platform("15", f"{ALL}:15-robolectric-13954326"),
    Platform("16", f"{ALL}:16-robolectric-13921718", _JAVA_21),
    Platform("17", f"{ALL}:17-robolectric-15733970", _JAVA_21),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """
    The result of parsing one file.

    Attributes:
        crash: The error that would crash the app, or None.
        pins: The expiry in milliseconds and the pins in base64, by host.
    """

    crash: str | None
    pins: Mapping[str, tuple[int | None, frozenset[str]]]


@cache
def javas() -> dict[int, Path]:
    """Find the JDKs of this machine; return their folders by version."""
    homes = {Path(found).resolve().parents[1] for found in (shutil.which("javac"),) if found}
    homes |= {path.parents[1].resolve() for path in Path("/usr/lib/jvm").glob("*/bin/javac")}
    versions: dict[int, Path] = {}
    for home in sorted(homes):
        release = home / "release"
        version = re.search(r'JAVA_VERSION="(\d+)', release.read_text() if release.exists() else "")
        if version:
            versions.setdefault(int(version[1]), home)
    return versions


def jar(artifact: str, kind: str = "jar") -> Path:
    """Return an artifact of Maven Central from the local repository; the first use downloads it."""
    group, name, version = artifact.split(":")
    path = _REPOSITORY.joinpath(*group.split("."), name, version, f"{name}-{version}.{kind}")
    if not path.exists():
        maven = shutil.which("mvn")
        if maven is None:
            pytest.skip("mvn is not installed: apt-get install maven")
        subprocess.run(
            [maven, "-q", "-B", "dependency:get", f"-Dartifact={artifact}:{kind}", "-Dtransitive=false"],
            check=True,
            timeout=_SECONDS,
            cwd=_REPOSITORY.parent.parent,
        )
    return path


class Machine:
    """A JVM with the classes of one platform."""

    def __init__(self, platform: Platform, folder: Path) -> None:
        usable = [version for version in sorted(javas()) if version >= platform.java]
        if not usable:
            pytest.skip(f"no JDK {platform.java} is installed: apt-get install default-jdk-headless")
        self._home = javas()[usable[0]]
        self._folder = folder
        archive = jar(platform.artifact)
        self._path = [folder / "own", archive]
        if platform.name == "7":
            self._path.insert(1, _replacements(folder / "replaced"))
        self.compile("harness/Pins.java", "harness/Chains.java", "harness/Builds.java")

    def ask(self, files: Mapping[Path, Iterable[str]]) -> dict[Path, Answer]:
        """Ask the platform how each file pins the hosts that are given for it."""
        lines = "".join(f"{path}\t{','.join(hosts)}\n" for path, hosts in files.items())
        output = self.run("harness.Pins", lines)
        crashes: dict[Path, str] = {}
        pins: dict[Path, dict[str, tuple[int | None, frozenset[str]]]] = {}
        for line in output.splitlines():
            path, host, *rest = line.split("\t")
            if host == "crash":
                crashes[Path(path)] = rest[0]
                continue
            day, texts = rest
            found = frozenset(texts.split(",")) - {""}
            pins.setdefault(Path(path), {})[host] = (None if day == "never" else int(day), found)
        return {path: Answer(crashes.get(path), pins.get(path, {})) for path in files}

    def run(self, main: str, lines: str) -> str:
        """Run the class *main* with *lines* on its standard input; return its output."""
        done = subprocess.run(
            [self._home / "bin" / "java", "-Duser.timezone=UTC", "-cp", _class_path(self._path), main],
            input=lines,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
            env={**os.environ, "ANDROID_DATA": str(self._folder / "device")},  # a folder without any file
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout

    def add(self, archive: Path) -> None:
        """Add *archive* to the class path."""
        self._path.append(archive)

    def compile(self, *mains: str) -> None:
        """Compile classes of `SOURCES`, the classes that they need, and the replacements for native code."""
        stubs = sorted(path for path in SOURCES.rglob("*.java") if path.parent.name != "harness")
        subprocess.run(
            [
                *(self._home / "bin" / "javac", "-nowarn", "-d", self._folder / "own"),
                *("-cp", _class_path(self._path[1:]), "-sourcepath", SOURCES),
                *(*stubs, *(SOURCES / main for main in mains)),
            ],
            check=True,
            timeout=_SECONDS,
        )


def classes_of(archive: Path, folder: Path) -> Path:
    """Unpack the classes of an Android library; return their path."""
    with zipfile.ZipFile(archive) as library:
        return Path(library.extract("classes.jar", folder))


def _replacements(folder: Path) -> Path:
    newer = next(platform for platform in PLATFORMS if platform.name == "14")
    with zipfile.ZipFile(jar(newer.artifact)) as archive:
        for name in archive.namelist():
            package, _, file = name.rpartition("/")
            if package == "android/util" and re.split(r"[.$]", file)[0] in _REPLACED:
                archive.extract(name, folder)
    return folder


def _class_path(paths: Iterable[Path]) -> str:
    return ":".join(str(path) for path in paths)
