"""Expo's ``app.json``: JSON5 that lists plugins by name, or as lists of a name and options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError
from pinsmith.formats import _json_pins as json_pins

if TYPE_CHECKING:
    from pinsmith.formats._note import Notes
    from pinsmith.syntax.json import Node
    from pinsmith.syntax.json_edit import JSONEdits, Value

EXPO: Final = "expo"
PLUGINS: Final = "plugins"
BAM: Final = "@bam.tech/react-native-app-security"
NSC: Final = "expo-network-security-config"
PINNED_DOMAINS: Final = "NSPinnedDomains"
INFO_PLIST: Final = ("ios", "infoPlist")
ATS: Final = (*INFO_PLIST, "NSAppTransportSecurity", PINNED_DOMAINS)
_PINNING: Final = "sslPinning"
REMARKS: Final = (
    "`app.json` is JSON5. Its comments are kept, but none is added, because other tools read it as plain JSON.",
    "`app.config.js` and `app.config.ts` are programs, which pinsmith does not edit.",
    "Run `npx expo prebuild` after a change.",
)


def config(root: Node, file: str) -> Node:
    """
    Return the configuration, which may be the file itself or its member ``expo``.

    Raises:
        FormatError: if it is not an object.

    Source:
        https://github.com/expo/expo/blob/main/packages/%40expo/config/src/Config.ts and getConfig.ts, which reads
        ``app.json`` as JSON5.
    """
    top = json_pins.members(root, "the file", file)
    if EXPO in top:
        json_pins.members(top[EXPO], EXPO, file)
        return top[EXPO]
    return root


def at(node: Node, path: tuple[str, ...]) -> Node | None:
    """Return the node at a path of names; None if there is none."""
    for name in path:
        if not isinstance(node.value, dict) or name not in node.value:
            return None
        node = node.value[name]
    return node


def plugin(node: Node, name: str, file: str) -> Node | None:
    """
    Find a plugin: a name, or a list that begins with one.

    Raises:
        FormatError: if it is listed twice.
    """
    plugins = at(node, (PLUGINS,))
    if plugins is None:
        return None
    found = [element for element in json_pins.elements(plugins, PLUGINS, file) if _name(element) == name]
    if len(found) > 1:
        raise FormatError(
            f"the plugin {name} is listed twice",
            file=file,
            line=found[1].line,
            column=found[1].column,
            hint="join the two entries",
        )
    return found[0] if found else None


def _name(node: Node) -> object:
    return node.value[0].value if isinstance(node.value, list) and node.value else node.value


def options(node: Node, file: str) -> Node | None:
    """
    Return the options of a plugin; None if there are none.

    Raises:
        FormatError: if they are not an object.
    """
    if not isinstance(node.value, list) or len(node.value) == 1:
        return None
    json_pins.members(node.value[1], f"the options of {_name(node)}", file)
    return node.value[1]


def put_plugin(edits: JSONEdits, root: Node, name: str, wanted: dict[str, Value], file: str) -> None:
    """Set these options of a plugin and leave its others. Add the plugin if it is not listed."""
    home = config(root, file)
    found = plugin(home, name, file)
    new: list[Value] = [name, wanted]
    if found is not None:
        given = options(found, file)
        if given is not None:
            edits.update(given, wanted)
        elif isinstance(found.value, list):
            edits.change(found, [0], [(None, wanted)])
        else:
            edits.replace(found, new)
        return
    plugins = at(home, (PLUGINS,))
    if plugins is not None:
        edits.change(plugins, range(len(plugins.starts)), [(None, new)])
    elif home is root and not root.starts:
        edits.update(root, {EXPO: {PLUGINS: [new]}})
    else:
        edits.update(home, {PLUGINS: [new]})


def others(home: Node, file: str, notes: Notes, *, but: str) -> None:
    """Note the other settings of the file that pin."""
    bam = plugin(home, BAM, file)
    given = options(bam, file) if bam is not None else None
    pinned = at(given, (_PINNING,)) if given is not None else None
    if but != BAM and pinned is not None:
        text, fix = f"{BAM} also pins in this file", "import that with --from expo"
        notes.add("pins-elsewhere", text, pinned.position, fix=fix)
    ats = at(home, ATS)
    if but != PINNED_DOMAINS and ats is not None:
        text, fix = f"{PINNED_DOMAINS} also pins in this file", "import that with --from expo-ats"
        notes.add("pins-elsewhere", text, ats.position, fix=fix)
    trustkit = at(home, (*INFO_PLIST, "TSKConfiguration"))
    if trustkit is not None:
        notes.add("pins-elsewhere", "TSKConfiguration also pins in this file, but is left out", trustkit.position)
    nsc = plugin(home, NSC, file)
    if nsc is not None:
        text, fix = f"{NSC} names a file for Android that may also pin", "import that file too"
        notes.add("pins-elsewhere", text, nsc.position, fix=fix)
