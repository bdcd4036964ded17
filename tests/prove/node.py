"""Node: each variant a module of its own, formatted as prettier does, its types checked by TypeScript."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.prove.subject import PROGRAMS, Built, Subject, Tool, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.prove.variant import Variant

NODE: Final = Tool("Node", "node", "nodejs", r"(?<=v)\d[\d.]+")
NPM: Final = Tool("npm", "npm", "npm", r"\d[\d.]+")
PINS: Final = "pins"
"""The folder of what was generated."""

_FOLDER: Final = PROGRAMS / "node"
_CACHE: Final = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pinsmith-prove"
_PLACEHOLDERS: Final = frozenset({"{url}", "{cafile}", "{proxy}", "{address}"})
_REMOVE: Final = ("\n  return mismatch;\n", "\n  return undefined;\n")


def packages() -> Path:
    """Return the folder of the packages that ``package-lock.json`` names; npm fetches them once."""
    lock = _FOLDER / "package-lock.json"
    folder = _CACHE / f"node-{hashlib.sha256(lock.read_bytes()).hexdigest()[:16]}"
    if not folder.exists():
        made = folder.with_suffix(f".{os.getpid()}")
        made.mkdir(parents=True)
        for file in (lock, _FOLDER / "package.json"):
            shutil.copy(file, made)
        run([NPM.find(), "ci", "--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund"], made)
        made.replace(folder)
    return folder / "node_modules"


def version(package: str) -> str:
    """Return the version of a package that is proven."""
    found: str = json.loads((_FOLDER / "package.json").read_text("utf-8"))["dependencies"][package]
    return found


def check(folder: Path) -> None:
    """
    Demand of what stands in `PINS` that prettier would change nothing, and that its types are sound.

    The ``tsconfig.json`` that stands in *folder* says what more is looked at, and what becomes of it.
    """
    (folder / "node_modules").symlink_to(packages())
    tools = folder / "node_modules" / ".bin"
    run([NODE.find(), tools / "prettier", "--check", "--log-level=warn", PINS], folder)
    run([tools / "tsc", "--project", "."], folder)


def _build(
    target: str, package: str | None, command: tuple[str, ...], folder: Path, variants: Sequence[Variant]
) -> Built:
    for variant in variants:
        variant.write(folder, f"{PINS}/{{name}}.mjs", target)
    for file in ("tsconfig.json", command[0]):
        shutil.copy(_FOLDER / file, folder)
    check(folder)
    arguments = (f"{folder}/{PINS}/{{variant}}.mjs" if each == "{pins}" else each for each in command[1:])
    versions = {NODE.name: NODE.version} | ({package: version(package)} if package else {})
    return Built((NODE.find(), f"{folder}/{command[0]}", *arguments), versions)


def _subject(name: str, target: str, title: str, package: str | None, *command: str) -> Subject:
    return Subject(
        name,
        target,
        title,
        partial(_build, target, package, command),
        _REMOVE,
        (NODE, NPM),
        frozenset({"policy", *(each[1:-1] for each in command if each in _PLACEHOLDERS)}),
        "leaf",
    )


_TOLD: Final = ("{pins}", "{url}", "{cafile}")
SUBJECTS: Final = (
    _subject("node-https", "node-https", "https with the generated agent", None, "https.mjs", *_TOLD, "{address}"),
    _subject(
        "node-undici",
        "node-undici",
        "fetch of undici with the generated dispatcher",
        "undici",
        *("undici.mjs", "own", *_TOLD, "{proxy}"),
    ),
    _subject(
        "node-undici-global",
        "node-undici",
        "fetch of Node with the generated dispatcher",
        "undici",
        *("undici.mjs", "global", *_TOLD, "{proxy}"),
    ),
    _subject("axios", "axios", "the generated instance", "axios", "axios.mjs", *_TOLD, "{proxy}"),
)
