"""Prove Node: every variant is a module, whose format prettier checks and whose types TypeScript checks."""

from __future__ import annotations

import json
import shutil
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.prove import grpc, npm
from tests.prove.npm import NODE, NPM
from tests.prove.subject import PROGRAMS, Built, Subject, as_it_is, run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pinsmith.lab.scenario import Scenario
    from tests.prove.variant import Variant

PINS: Final = "pins"
"""The folder of the generated modules."""

_FOLDER: Final = PROGRAMS / "node"
_PLACEHOLDERS: Final = frozenset({"{url}", "{cafile}", "{proxy}", "{address}"})
_REMOVE: Final = ("\n  return mismatch;\n", "\n  return undefined;\n")


def packages() -> Path:
    """Return the folder of the locked packages."""
    return npm.installed(_FOLDER.name)


def version(package: str) -> str:
    """Return the locked version of a package."""
    found: str = json.loads((_FOLDER / "package.json").read_text("utf-8"))["dependencies"][package]
    return found


def check(folder: Path) -> None:
    """
    Require that prettier would not change the modules in `PINS`, and that their types are correct.

    The ``tsconfig.json`` in *folder* determines which other files TypeScript checks, and where its output goes.
    """
    (folder / "node_modules").symlink_to(packages())
    tools = folder / "node_modules" / ".bin"
    run([NODE.find(), tools / "prettier", "--check", "--log-level=warn", PINS], folder)
    run([tools / "tsc", "--project", "."], folder)


def _build(
    target: str,
    command: tuple[str, ...],
    folder: Path,
    variants: Sequence[Variant],
    *,
    package: str | None,
    suffix: str,
) -> Built:
    for variant in variants:
        kind = "commonjs" if suffix == ".cjs" else "esm"
        variant.write(folder, f"{PINS}/{{name}}{suffix}", target, {"module": kind})
    for file in ("tsconfig.json", command[0]):
        shutil.copy(_FOLDER / file, folder)
    check(folder)
    arguments = (f"{folder}/{PINS}/{{variant}}{suffix}" if word == "{pins}" else word for word in command[1:])
    versions = {NODE.name: NODE.version} | ({package: version(package)} if package else {})
    return Built((NODE.find(), f"{folder}/{command[0]}", *arguments), versions)


def _subject(
    name: str,
    title: str,
    package: str | None,
    *command: str,
    target: str | None = None,
    staged: Callable[[Scenario], Scenario] = as_it_is,
    suffix: str,
) -> Subject:
    target = target or name
    return Subject(
        name,
        target,
        title,
        partial(_build, target, command, package=package, suffix=suffix),
        _REMOVE,
        (NODE, NPM),
        frozenset({"policy", *(word[1:-1] for word in command if word in _PLACEHOLDERS)}),
        "leaf",
        staged=staged,
    )


def _subjects(suffix: str) -> tuple[Subject, ...]:
    told = ("{pins}", "{url}", "{cafile}")
    made = partial(_subject, suffix=suffix)
    return (
        made("node-https", "https with the generated agent", None, "https.mjs", *told, "{address}"),
        made(
            "node-undici",
            "fetch of undici with the generated dispatcher",
            "undici",
            *("undici.mjs", "own", *told, "{proxy}"),
        ),
        made(
            "node-undici-global",
            "fetch of Node with the generated dispatcher",
            "undici",
            *("undici.mjs", "global", *told, "{proxy}"),
            target="node-undici",
        ),
        made("axios", "the generated instance", "axios", "axios.mjs", *told, "{proxy}"),
        made(
            "grpc-node",
            "a channel of @grpc/grpc-js with the generated credentials",
            "@grpc/grpc-js",
            *("grpc.mjs", *told, "{proxy}"),
            staged=grpc.staged,
        ),
    )


SUBJECTS: Final = _subjects(".mjs")
COMMONJS: Final = _subjects(".cjs")
"""The same clients with CommonJS modules, which a test tries in some scenarios."""
