"""Pins that stand in the files of apps and that the pin file does not have."""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import TYPE_CHECKING, Final

from pinsmith import formats
from pinsmith.errors import FormatError, UnknownFormatError
from pinsmith.finding import FilePlace
from pinsmith.setup.rule import found

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pinsmith.finding import Finding
    from pinsmith.formats import Reading
    from pinsmith.pin import Pin
    from pinsmith.policy import Policy
    from pinsmith.setup.tree import Tree

_FILES: Final = re.compile(
    r"(?:.*/)?(?:res/xml/[a-z0-9_]+\.xml|network_security_config\.xml|[\w.-]*Info\.plist|[\w.-]*TrustKit\.plist"
    r"|app(?:\.config)?\.json|capacitor\.config\.json|wm_rn_config\.json|pinning\.json|ssl_config\.json|pinset\.json)"
)
_MAX_FILES: Final = 500


def standing(tree: Tree, policy: Policy, passed: Collection[str], *, into: str | None) -> Iterator[Finding]:
    """
    Find files that pin keys which a policy does not have.

    Args:
        tree: The files.

        policy: The pins of the pin file.

        passed: Paths of files that are looked after elsewhere, such as the outputs of the pin file.

        into: The pin file that the advice names; None if there is none yet.
    """
    known = {key.pin for key in policy.keys}
    skipped = {posixpath.normpath(path) for path in passed}
    paths = [path for path in tree.paths if path not in skipped and _FILES.fullmatch(path)]
    for path in paths[:_MAX_FILES]:
        pins = _pins(tree, path)
        if missing := [pin for pin in pins if pin not in known]:
            text = f"it contains {len(missing)} {'pin' if len(missing) == 1 else 'pins'} that "
            text += f"{into} does not have" if into else "no pin file has"
            target = f"--into {into}" if into else "> pins.toml"
            fix = f"run `pinsmith import {shlex.quote(path)} {target}`"
            yield found("pins-not-in-pin-file", FilePlace(path), text, fix)
    if len(paths) > _MAX_FILES:
        text = f"this file and {len(paths) - _MAX_FILES - 1} more are not searched for pins"
        yield found("search-incomplete", FilePlace(paths[_MAX_FILES]), text, "name the directories of your apps")


def _pins(tree: Tree, path: str) -> list[Pin]:
    content = tree.content(path)
    if content is None:
        return []
    try:
        target = formats.recognise(content, path)
        reading = target.collect(content, path) if target.collect is not None else None
    except (FormatError, UnknownFormatError):
        return []  # most of these files hold no pins
    return list(dict.fromkeys(_of(reading))) if reading is not None else []


def _of(reading: Reading) -> Iterator[Pin]:
    yield from (one.pin for one in reading.pins)
    yield from (one.pin for entry in reading.hosts for one in entry.pins)
