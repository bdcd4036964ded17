"""Build real app bundles with aapt2 and bundletool, and ask bundletool what they contain."""

from __future__ import annotations

import zipfile
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from tests.extended.packages.build import FRAMEWORK, run
from tests.extended.program import find

if TYPE_CHECKING:
    from tests.extended.packages.build import Project

_POM: Final = Path(__file__).with_name("pom.xml")
_RESOLVE: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.11.0:build-classpath"
_MAIN: Final = "com.android.tools.build.bundletool.BundleToolMain"


def bundle(project: Project, folder: Path) -> Path:
    """Compile, link and bundle an app."""
    project.write(folder)
    aapt2 = find("aapt2", "aapt")
    run(folder, aapt2, "compile", "--dir", "res", "-o", "resources.zip")
    linked = ("--proto-format", "-o", "linked.apk", "-I", FRAMEWORK, "--manifest", "AndroidManifest.xml")
    run(folder, aapt2, "link", *linked, "resources.zip")
    project.compile(folder)
    with zipfile.ZipFile(folder / "linked.apk") as source, zipfile.ZipFile(folder / "base.zip", "w") as module:
        for name in source.namelist():
            module.writestr(f"manifest/{name}" if name == "AndroidManifest.xml" else name, source.read(name))
        module.write(folder / "classes.dex", "dex/classes.dex")
    bundletool(folder, "build-bundle", "--modules=base.zip", "--output=app.aab")
    return folder / "app.aab"


def apks(folder: Path, *options: str) -> Path:
    """Make of ``app.aab`` the APKs that a store gives to devices, in a new package."""
    target = folder / "app.apks"
    made = (f"--aapt2={find('aapt2', 'aapt')}", "--bundle=app.aab", f"--output={target}", "--overwrite", *options)
    bundletool(folder, "build-apks", *made)
    return target


def bundletool(folder: Path, *arguments: str) -> str:
    """Run bundletool, and return what it prints."""
    return run(folder, find("java", "default-jdk-headless"), "-cp", _class_path(), _MAIN, *arguments)


@cache
def _class_path() -> str:
    """Resolve ``pom.xml``; Maven downloads the jars that its local repository lacks."""
    with TemporaryDirectory() as folder:
        made = Path(folder) / "path"
        run(made.parent, find("mvn", "maven"), "-q", "-B", "-f", _POM, _RESOLVE, f"-Dmdep.outputFile={made}")
        return made.read_text("utf-8")
