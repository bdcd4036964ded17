"""Cordova apps: a config.xml whose root is a widget. The native projects below it are generated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.finding import FilePlace
from pinsmith.pinfile import Output
from pinsmith.setup.kinds._package import NAME, read
from pinsmith.setup.kinds._search import folder_of
from pinsmith.setup.project import Kind, Project, Way
from pinsmith.setup.rule import found
from pinsmith.setup.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.setup.tree import Tree

CONFIG: Final = "config.xml"
_PLUGIN: Final = "cordova-plugin-advanced-http"


def _find(tree: Tree) -> Iterator[Project]:
    for path in tree.named(CONFIG):
        # Android has such a file among its resources: a copy that Cordova or Capacitor made.
        document = tree.xml(path) if not path.endswith("/res/xml/config.xml") else None
        if document is None or document.root.name != "widget":
            continue
        folder = folder_of(path)
        text = "android-nsc pins nothing on iOS, and Cordova generates the Info.plist"
        fix = (
            "choose the plugin with `pinsmith setup --prefer cordova`, or write apple-ats into the generated file, "
            "again after every `cordova prepare`, which removes the pins"
        )
        package = read(tree, join(folder, NAME))
        platform = Way(
            "Android enforces the pins for the whole app, and iOS pins nothing",
            (Output("android-nsc", join(folder, "network_security_config.xml")),),
            (found("platform-not-covered", FilePlace(path, document.root.line), text, fix),),
        )
        plugin = Way(
            f"{_PLUGIN} enforces certificates on Android and iOS",
            (Output("cordova", join(folder, "www/pins.cordova.js")),),
        )
        yield Project(
            kind=KIND.id,
            folder=folder,
            evidence=(FilePlace(path, document.root.line),),
            # The plugin has a trust manager of its own, which the platform does not pin.
            ways=(plugin, platform) if package is not None and _PLUGIN in package.needs else (platform, plugin),
        )


KIND: Final = Kind(id="cordova", title="Cordova app", find=_find)
