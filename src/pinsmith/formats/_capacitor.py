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
ADVICE: Final = (
    "Better write android-nsc and apple-ats: CapacitorHttp goes through the platforms, which then pin by key and host."
)


def put_plugins(
    edits: JSONEdits,
    root: Node,
    wanted: dict[str, dict[str, Value]],
    file: str,
    *,
    without: frozenset[str] = frozenset(),
) -> None:
    """
    Give plugins these settings, take others away from them, and leave the rest.

    Args:
        edits: Of the file.

        root: Of the file.

        wanted: Settings by plugin.

        file: For errors.

        without: Settings that none of these plugins shall have.

    Raises:
        FormatError: Something on the way is no object.
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
        for each in old:
            if each in settings:
                edits.merge(old[each], settings[each])
        keep = [at for at, each in enumerate(old) if each not in without]
        edits.change(plugins[name], keep, [(each, value) for each, value in settings.items() if each not in old])
    missing: dict[str, Value] = {name: settings for name, settings in wanted.items() if name not in plugins}
    edits.update(top[PLUGINS], missing)


def edit(export: Export, wanted: dict[str, dict[str, Value]], *, without: frozenset[str] = frozenset()) -> str:
    """
    Edit the configuration, or make one.

    Raises:
        FormatError: It is not understood.
    """
    return json_pins.edit_file(
        export,
        lambda edits, root: put_plugins(edits, root, wanted, export.name, without=without),
        {PLUGINS: wanted},
    )
