"""Expo: the plugin expo-network-security-config in an ``app.json``, with the file for Android beside it; write only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError
from pinsmith.formats import _expo, _json_pins as json_pins, android_nsc
from pinsmith.formats._format import Export, Format
from pinsmith.formats._guide import Addition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinsmith.syntax.json import Node
    from pinsmith.syntax.json_edit import JSONEdits, Value

_FILE: Final = "pinned_network_security_config.xml"
_NAME: Final = "networkSecurityConfig"
_PATH: Final = f"./{_FILE}"


def _write(export: Export) -> str:
    options: dict[str, Value] = {_NAME: _PATH, "enable": True}

    def edit(edits: JSONEdits, root: Node) -> None:
        _require_own(root, export.name)
        _expo.put_plugin(edits, root, _expo.NSC, options, export.name)

    new: Value = {_expo.EXPO: {_expo.PLUGINS: [[_expo.NSC, options]]}}
    return json_pins.edit_file(export, edit, new, loose=True)


def _require_own(root: Node, file: str) -> None:
    """Refuse to replace the name of another file, which may hold other settings besides pins."""
    plugin = _expo.plugin(_expo.config(root, file), _expo.NSC, file)
    options = _expo.options(plugin, file) if plugin is not None else None
    named = _expo.at(options, (_NAME,)) if options is not None else None
    if named is not None and named.value != _PATH:
        raise FormatError(
            f"{_expo.NSC} already names {named.value!r}",
            file=file,
            line=named.line,
            column=named.column,
            hint="write the pins into that file, with an output in the format android-nsc",
        )


def _attachments(export: Export) -> Mapping[str, bytes]:
    write = android_nsc.FORMAT.write
    assert write is not None  # noqa: S101 - it can be written
    return {_FILE: write(replace(export, existing=None, name=_FILE, options={})).encode()}


FORMAT: Final = Format(
    id="expo-nsc",
    title="Expo, plugin expo-network-security-config",
    spec="https://github.com/pchalupa/expo-network-security-config",
    suffixes=("app.json",),
    can=android_nsc.FORMAT.can,
    platforms=("expo",),
    place="app.json",
    additions=(Addition("shell", "npx expo install expo-network-security-config\nnpx expo prebuild"),),
    write=_write,
    recognises=lambda text, _: _expo.NSC in text,
    attachments=_attachments,
    marks=False,
    unreadable="the name of a network_security_config.xml; import that file instead",
    remarks=(
        *_expo.REMARKS,
        f"The pins are in `{_FILE}` beside it. pinsmith replaces the whole file.",
        "Android enforces these pins for the whole app, also for Expo's own `fetch` (Expo SDK 56 and later).",
    ),
    limits=("Android only. The remarks on android-nsc also apply here. For iOS, see expo-ats.",),
)
