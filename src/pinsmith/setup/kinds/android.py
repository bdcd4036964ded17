"""Android apps: a module of Gradle that applies the plugin of applications, or has an application id."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.pinfile import Output
from pinsmith.setup.kinds._search import folder_of, line_of, mentions
from pinsmith.setup.project import Kind, Project, ways
from pinsmith.setup.tree import is_below, join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.setup.tree import Tree

ANDROID: Final = "{http://schemas.android.com/apk/res/android}"
CONFIG: Final = "networkSecurityConfig"
_BUILD: Final = ("build.gradle.kts", "build.gradle")
# `apply false` stands in the build file above all modules. Catalogues of versions spell the plugin in many ways.
_PLUGIN: Final = (
    r"com\.android\.application(?!.*\bapply\s*\(?\s*false)"
    r"|libs\.plugins\.[\w.]*android[\w.]*application(?!.*\bapply\s*\(?\s*false)"
    r"|\bapplicationId\b"
)
_OKHTTP: Final = r"com\.squareup\.okhttp3:okhttp\b|libs\.[\w.]*okhttp"
_KTOR: Final = r"\bktor-client-okhttp\b|libs\.[\w.]*ktor[\w.]*okhttp"
_RETROFIT: Final = r"com\.squareup\.retrofit2:retrofit\b|libs\.[\w.]*retrofit"
_RESOURCE: Final = re.compile(r"@xml/([a-z0-9_]+)")
_USUAL: Final = "network_security_config"


def find(tree: Tree, within: str | None = None) -> Iterator[Project]:
    """Yield the apps in a directory; None for the whole tree."""
    seen: set[str] = set()
    for path in tree.named(*_BUILD):
        if within is not None and not is_below(path, within):
            continue
        folder = folder_of(path)
        if folder in seen:
            continue
        evidence = line_of(tree, path, _PLUGIN)
        if evidence is None:
            continue
        seen.add(folder)
        home = join(folder, f"src/{main_set(tree, folder)}")
        config = Output("android-nsc", join(home, f"res/xml/{_named(tree, home) or _USUAL}.xml"))
        code = []
        if mentions(tree, [path], _RETROFIT):
            code.append(("the code of Retrofit enforces the pins of its own calls only", "retrofit-kotlin"))
        if mentions(tree, [path], _KTOR):
            code.append(("the client of Ktor enforces the pins of its own calls only", "ktor"))
        if mentions(tree, [path], _OKHTTP):
            code.append(("the code of OkHttp enforces the pins of its own calls only", "okhttp-kotlin"))
        target = join(folder, "src/main/java/pins/Pins.kt")
        yield Project(
            kind=KIND.id,
            folder=folder,
            evidence=(evidence,),
            ways=ways(
                ("Android enforces the pins for the whole app", (config,)),
                *((text, (Output(target_id, target),)) for text, target_id in code),
            ),
        )


def main_set(tree: Tree, folder: str) -> str:
    """Return the name of the main source set of a module, which has another name in Kotlin Multiplatform."""
    return "androidMain" if join(folder, "src/androidMain/AndroidManifest.xml") in tree else "main"


def _named(tree: Tree, home: str) -> str | None:
    """Return the name of the resource that the manifest names, because its file must hold the pins."""
    document = tree.xml(join(home, "AndroidManifest.xml"))
    for child in document.root.children if document is not None else ():
        found = _RESOURCE.fullmatch(child.attributes.get(ANDROID + CONFIG, ""))
        if child.name == "application" and found is not None:
            return found[1]
    return None


KIND: Final = Kind(id="android", title="Android app", find=find)
