"""
A project lists the package that an output needs.

Package managers keep a lock of exact versions beside the list, so `--fix` does not edit the list: people run the
command.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.finding import FilePlace
from pinsmith.setup.kinds._package import NAME, read
from pinsmith.setup.kinds._search import line_of
from pinsmith.setup.rule import found
from pinsmith.setup.tree import join
from pinsmith.setup.wire import Loose, Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.pinfile import Output
    from pinsmith.setup.tree import Tree


@dataclass(frozen=True, slots=True)
class _Need:
    files: tuple[str, ...]
    words: str
    command: str


_PYTHON: Final = ("pyproject.toml", "requirements.txt", "requirements.in", "setup.cfg", "setup.py")
_GRADLE: Final = ("build.gradle.kts", "build.gradle", "pom.xml")
_NPM: Final[dict[str, str]] = {
    "axios": "axios",
    "expo": "@bam.tech/react-native-app-security",
    "expo-nsc": "expo-network-security-config",
    "grpc-node": "@grpc/grpc-js",
    "react-native-ssl-pinning": "react-native-ssl-pinning",
    "react-native-ssl-public-key-pinning": "react-native-ssl-public-key-pinning",
    "rn-cert-pinner": "react-native-cert-pinner",
    "rn-public-key-pinning": "react-native-ssl-public-key-pinning",
    "rn-ssl-manager": "react-native-ssl-manager",
}
_OTHERS: Final[dict[str, _Need]] = {
    "python": _Need(_PYTHON, r"(?<![\w.-])pinsmith(?![\w-])", "add pinsmith to it"),
    "okhttp-kotlin": _Need(_GRADLE, "okhttp|retrofit", "add com.squareup.okhttp3:okhttp to it"),
    "okhttp-java": _Need(_GRADLE, "okhttp|retrofit", "add com.squareup.okhttp3:okhttp to it"),
    "retrofit-kotlin": _Need(_GRADLE, "retrofit", "add com.squareup.retrofit2:retrofit to it"),
}
_INSTALL: Final = (("yarn.lock", "yarn add"), ("pnpm-lock.yaml", "pnpm add"), ("bun.lock", "bun add"))


def _check(tree: Tree, output: Output) -> Iterator[Loose]:
    package = _NPM.get(output.format)
    if package is not None:
        yield from need_package(tree, output, package)
        return
    need = _OTHERS[output.format]
    path = tree.nearest(output.path, *need.files)
    if path is None:
        return
    folder = posixpath.dirname(path)
    lists = [listed for name in need.files if (listed := join(folder, name)) in tree]
    if not any(line_of(tree, listed, need.words) for listed in lists):
        text = f"it does not list the package that {output.path} needs"
        yield Loose(found("dependency-missing", FilePlace(path), text, need.command))


def need_package(tree: Tree, output: Output, name: str) -> Iterator[Loose]:
    """Yield what is missing if the nearest package.json does not list a package."""
    path = tree.nearest(output.path, NAME)
    package = read(tree, path) if path is not None else None
    if package is None or name in package.needs:
        return
    text = f"it does not list {name}, which {output.path} needs"
    where = f" in {package.folder}" if package.folder else ""
    yield Loose(
        found(
            "dependency-missing",
            FilePlace(package.path),
            text,
            f"run `{_install(tree, package.path, package.needs)} {name}`{where}",
        )
    )


def _install(tree: Tree, path: str, needs: dict[str, int]) -> str:
    if "expo" in needs:
        return "npx expo install"
    return next((command for lock, command in _INSTALL if tree.nearest(path, lock) is not None), "npm install")


WIRE: Final = Wire(
    id="dependency",
    formats=frozenset({*_NPM, *_OTHERS}),
    check=_check,
    covers=frozenset({"app/build.gradle.kts"}),
)
