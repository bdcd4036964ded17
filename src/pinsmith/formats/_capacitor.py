"""Capacitor's ``capacitor.config.json``, which two kinds of plugins named SSLPinning read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.formats import _json_pins as json_pins

if TYPE_CHECKING:
    from pinsmith.formats._format import Export
    from pinsmith.syntax.json import Node
    from pinsmith.syntax.json_edit import JSONEdits, Value

PLUGINS: Final = "plugins"
PINNING: Final = "SSLPinning"
ADVICE: Final = "Prefer android-nsc and apple-ats: CapacitorHttp uses the platforms, which then pin by key and host."


def put_plugins(
    edits: JSONEdits,
    root: Node,
    wanted: dict[str, dict[str, Value]],
    file: str,
    *,
    without: frozenset[str] = frozenset(),
) -> None:
    """
    Give these settings to plugins, remove others from them, and leave the rest.

    Args:
        edits: The edits of the file.

        root: The root of the file.

        wanted: The settings, by plugin.

        file: The name of the file, for errors.

        without: Settings to remove from these plugins.

    Raises:
        FormatError: if a value on the path to the settings is not an object.
    """
    top = json_pins.members(root, "the file", file)
    if PLUGINS not in top:
        edits.update(root, {PLUGINS: wanted})
        return
    plugins = json_pins.members(top[PLUGINS], PLUGINS, file)
    for name, settings in wanted.items():
        if name not in plugins:
            continue
        old = json_pins.members(plugins[name], name, file)
        for key in old:
            if key in settings:
                edits.merge(old[key], settings[key])
        keep = [at for at, key in enumerate(old) if key not in without]
        edits.change(plugins[name], keep, [(key, value) for key, value in settings.items() if key not in old])
    missing: dict[str, Value] = {name: settings for name, settings in wanted.items() if name not in plugins}
    edits.update(top[PLUGINS], missing)


def edit(export: Export, wanted: dict[str, dict[str, Value]], *, without: frozenset[str] = frozenset()) -> str:
    """
    Edit the configuration, or create one.

    Raises:
        FormatError: if the configuration cannot be read.
    """
    return json_pins.edit_file(
        export,
        lambda edits, root: put_plugins(edits, root, wanted, export.name, without=without),
        {PLUGINS: wanted},
    )
