"""The findings of `pinsmith setup`: their rules, and the severity of each rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.finding import Finding, Severity

if TYPE_CHECKING:
    from pinsmith.finding import FilePlace

RULES: Final[dict[str, tuple[Severity, str]]] = {
    "app-config-is-code": (
        Severity.LOW,
        "an app.config.js or app.config.ts decides what Expo uses of app.json, and pinsmith does not run it",
    ),
    "app-config-not-used": (Severity.HIGH, "Expo does not read the file that holds the pins, so it pins nothing"),
    "cleartext-in-other-build": (
        Severity.LOW,
        "a debug build permits cleartext traffic in its manifest, but Android ignores that beside the pins",
    ),
    "cleartext-setting-changes": (
        Severity.HIGH,
        "with a network security configuration, Android ignores `usesCleartextTraffic`, so the manifest is not changed",
    ),
    "dependency-missing": (Severity.MEDIUM, "the project does not list a package that the output needs"),
    "extension-not-pinned": (Severity.LOW, "an app extension has an Info.plist of its own, which has no pins"),
    "file-not-read": (Severity.MEDIUM, "a file or a directory of a project cannot be read"),
    "info-plist-not-built": (Severity.HIGH, "the Xcode project does not build the Info.plist that holds the pins"),
    "named-elsewhere": (Severity.HIGH, "the app names another configuration than the one that holds the pins"),
    "not-named": (Severity.HIGH, "the app does not name the file that holds the pins, so it pins nothing"),
    "output-not-added": (Severity.MEDIUM, "`pinsmith sync` would refuse an output, so it was not added"),
    "pins-not-in-pin-file": (Severity.MEDIUM, "a file of an app contains pins that the pin file does not have"),
    "platform-not-covered": (Severity.LOW, "an app also runs on a platform that the outputs do not pin"),
    "project-without-output": (Severity.MEDIUM, "no output of the pin file pins a project that was found"),
    "search-incomplete": (Severity.MEDIUM, "the repository is too large to be searched completely"),
}
"""The severity and the meaning of every finding, by its rule."""

OPTIONAL: Final = frozenset({"app-config-is-code", "cleartext-in-other-build"})
"""Findings about wires that may be as they should be."""


def found(rule: str, place: FilePlace, message: str, fix: str | None = None) -> Finding:
    """
    Make a finding.

    Args:
        rule: One of `RULES`.

        place: Where it is.

        message: The fact and its effect, as a clause without a final period.

        fix: What to do, in the same form.
    """
    return Finding(rule, RULES[rule][0], place, message, fix)
