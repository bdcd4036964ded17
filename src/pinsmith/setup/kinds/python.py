"""Python programs that send requests."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from pinsmith.pinfile import Output
from pinsmith.setup.kinds._search import folder_of, line_of
from pinsmith.setup.project import Kind, Project, ways
from pinsmith.setup.tree import is_below, join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.finding import FilePlace
    from pinsmith.setup.tree import Tree

_FILES: Final = ("pyproject.toml", "requirements.txt", "requirements.in", "setup.cfg", "setup.py")
_OTHER_FOLDERS: Final = frozenset({"doc", "docs", "test", "tests"})  # their requirements are not those of the program
# Each package, the format, and the value of its option client.
_CLIENTS: Final = (
    ("httpx", "python", "httpx"),
    ("requests", "python", "requests"),
    ("aiohttp", "python", "aiohttp"),
    ("niquests", "python", "niquests"),
    ("urllib3", "python", "urllib3"),
    ("grpcio", "grpc-python", ""),
    ("PySide6", "qt-pyside", ""),
)


def _find(tree: Tree) -> Iterator[Project]:
    places: dict[str, dict[str, FilePlace]] = {}
    for path in tree.named(*_FILES):
        for name, _, _ in _CLIENTS:
            if (line := line_of(tree, path, rf"(?<![\w.-]){name}(?![\w.-])")) is not None:
                places.setdefault(folder_of(path), {}).setdefault(name, line)
    for folder, used in places.items():
        if posixpath.basename(folder) in _OTHER_FOLDERS:
            continue
        place = join(_package(tree, folder), "pins.py")
        clients = [entry for entry in _CLIENTS if entry[0] in used]
        yield Project(
            kind=KIND.id,
            folder=folder,
            evidence=tuple(used[name] for name, _, _ in clients),
            ways=ways(
                *(
                    (f"{name} enforces the pins", (Output(target, place, {"client": client} if client else {}),))
                    for name, target, client in clients
                ),
                (
                    "an SSLContext enforces the pins, without the package pinsmith",
                    (Output("python-standalone", place),),
                ),
            ),
        )


def _package(tree: Tree, folder: str) -> str:
    """Return the directory of the only package of a project; without one, that of the project."""
    for home in (join(folder, "src"), folder):
        found = [
            path for path in tree.named("__init__.py") if folder_of(folder_of(path)) == ("" if home == "." else home)
        ]
        found = [path for path in found if not is_below(path, join(folder, "tests"))]
        if len(found) == 1:
            return folder_of(found[0])
    return folder


KIND: Final = Kind(id="python", title="Python program", find=_find)
