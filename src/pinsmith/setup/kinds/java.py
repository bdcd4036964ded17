"""Java and Kotlin programs that are not Android apps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.pinfile import Output
from pinsmith.setup.kinds._search import folder_of, line_of
from pinsmith.setup.project import Kind, Project, ways
from pinsmith.setup.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.finding import FilePlace
    from pinsmith.setup.tree import Tree

_FILES: Final = ("pom.xml", "build.gradle.kts", "build.gradle")
# The words of a dependency, the format, and the name of its file.
_CLIENTS: Final = (
    (r"\bcom\.squareup\.retrofit2\b|\bretrofit\b", "retrofit-kotlin", "kotlin/pins/Pins.kt", "Retrofit"),
    (r"\bcom\.squareup\.okhttp3\b|\bokhttp\b", "okhttp-java", "java/pins/Pins.java", "OkHttp"),
    (r"\borg\.apache\.httpcomponents\.client5\b", "apache-httpclient", "java/pins/Pins.java", "Apache HttpClient"),
    (r"\bktor-client-cio\b", "ktor-cio", "kotlin/pins/Pins.kt", "Ktor"),
)


def _find(tree: Tree) -> Iterator[Project]:
    for path in tree.named(*_FILES):
        folder = folder_of(path)
        found = [
            (f"the code of {name} enforces the pins", Output(target, join(folder, f"src/main/{place}")), line)
            for pattern, target, place, name in _CLIENTS
            if (line := line_of(tree, path, pattern)) is not None
        ]
        if not found or line_of(tree, path, r"com\.android\.|\bandroid\s*\{") is not None:
            continue
        evidence: tuple[FilePlace, ...] = tuple(line for _, _, line in found)
        yield Project(
            kind=KIND.id,
            folder=folder,
            evidence=evidence,
            ways=ways(
                *((text, (output,)) for text, output, _ in found),
                (
                    "an SSLContext enforces the pins",
                    (Output("jsse-java", join(folder, "src/main/java/pins/Pins.java")),),
                ),
            ),
        )


KIND: Final = Kind(id="java", title="Java or Kotlin program", find=_find)
