"""Capacitor apps: web apps with native projects in the same repository."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.finding import FilePlace
from pinsmith.pinfile import Output
from pinsmith.setup.kinds import _native
from pinsmith.setup.kinds._search import folder_of
from pinsmith.setup.project import Kind, Project, ways
from pinsmith.setup.rule import found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.setup.tree import Tree

CONFIG: Final = "capacitor.config.json"
_COPIES: Final = ("android/app/src/main/assets", "ios/App/App")


def _find(tree: Tree) -> Iterator[Project]:
    seen: set[str] = set()
    for path in tree.named(CONFIG, "capacitor.config.ts", "capacitor.config.js"):
        folder = folder_of(path)
        # Capacitor copies its configuration into the native projects.
        if folder in seen or folder.endswith(_COPIES):
            continue
        seen.add(folder)
        apps = _native.apps(tree, folder)
        certificates = (Output("capacitor-certificates", path),) if path.endswith(CONFIG) else ()
        findings = _native.findings(apps)
        if not apps:
            text = "there is no native project, so pins have no effect"
            fix = "run `npx cap add android` and `npx cap add ios`, and then `pinsmith setup`"
            findings = (found("platform-not-covered", FilePlace(path), text, fix),)
        yield Project(
            kind=KIND.id,
            folder=folder,
            evidence=(FilePlace(path),),
            ways=ways(
                ("Android and iOS enforce the pins, for CapacitorHttp and native code", _native.outputs(apps)),
                ("a plugin enforces certificates", certificates),
            ),
            findings=findings,
            claims=_native.claims(folder),
        )


KIND: Final = Kind(id="capacitor", title="Capacitor app", find=_find)
