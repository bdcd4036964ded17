"""What a shipped release enforces: read from the pin file, now or earlier, a platform's file, or the app package."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pinsmith import files, pinfile
from pinsmith.audit import packages
from pinsmith.errors import FormatError, ParseError, UnknownFormatError, UsageError
from pinsmith.importing.read import import_policy, read
from pinsmith.limit import MAX_BYTES
from pinsmith.pinfile.releases import NAME
from pinsmith.release import ReleasedHost, System, released_hosts

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from pinsmith.audit.packages import Declared
    from pinsmith.pin import Pin
    from pinsmith.policy import Policy

_PACKAGES: Final = (".aab", ".apk", ".apks", ".ipa", ".xapk")
_GIT_SECONDS: Final = 60


def hosts_of_source(source: str | None, pin_file: Path, *, today: dt.date) -> tuple[tuple[ReleasedHost, ...], str]:
    """
    Read what a release enforces.

    Args:
        source: A file, or else a tag, branch or commit of the repository of the pin file; None for the pin file as it
            is now.

        pin_file: Its names are used for keys that it contains.

        today: In UTC.

    Returns:
        The hosts, and where they were read.

    Raises:
        ParseError: If a pin file is broken.
        FormatError: If another file is broken or pins nothing.
        UnknownFormatError: If the format of another file is not recognised.
        UsageError: If *source* is neither a file nor in Git.
        FileError: If a file cannot be read.
    """
    policy = pinfile.load(pin_file)
    if source is None:
        return released_hosts(policy), pin_file.name
    path = Path(source)
    if not path.exists():
        return released_hosts(_at(source, pin_file)), f"{pin_file.name} at {source}"
    names = {key.pin: key.name for key in policy.keys}
    if path.suffix.lower() in _PACKAGES:
        return _of_package(packages.read(path).declared, names, source), path.name
    content = files.read(path, most_bytes=MAX_BYTES)
    if path.suffix == ".toml":
        return released_hosts(pinfile.load(path)), path.name
    try:
        found = released_hosts(import_policy(read(content, source), today=today).policy)
    except (FormatError, UnknownFormatError) as error:
        if error.hint and "--" in error.hint:  # an option of `pinsmith import`
            error.hint = f"make a pin file of it with `pinsmith import {path} --into release.toml`, and name that file"
        raise
    return tuple(replace(entry, pins=_named(entry.pins.values(), names)) for entry in found), path.name


def oldest_of_source(source: str | None) -> System | None:
    """
    Read the oldest system that an app package runs on; None for anything else, and if the package does not say so.

    Raises:
        FormatError: If the package is damaged.
        FileError: If it cannot be read.
    """
    path = Path(source) if source is not None else None
    if path is None or path.suffix.lower() not in _PACKAGES or not path.exists():
        return None
    package = packages.read(path)
    return System.parse(f"{package.platform} {package.oldest}")


def _at(revision: str, pin_file: Path) -> Policy:
    """Read the pin file as it was at a revision of Git, with the trust anchors of that time."""
    folder = pin_file.parent

    def show(name: str) -> bytes:
        return _git(revision, name, folder)

    try:
        text = show(pin_file.name).decode()
    except UnicodeDecodeError as error:
        raise ParseError("it is not UTF-8", file=f"{pin_file.name} at {revision}") from error
    return pinfile.parse(text, file=f"{pin_file.name} at {revision}", read_certificate=show)


def _git(revision: str, name: str, folder: Path) -> bytes:
    hint = "name a file, or a tag, branch or commit that contains the pin file"
    if revision.startswith("-") or ":" in revision:
        raise UsageError(f"{revision} is neither a file nor a revision of Git", hint=hint)
    command = ["git", "-C", str(folder), "cat-file", "blob", f"{revision}:./{name}"]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=_GIT_SECONDS)  # noqa: S603 - no shell
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"{revision} is not a file, and Git could not be asked for it: {error}", hint=hint) from error
    if done.returncode != 0 or len(done.stdout) > MAX_BYTES:
        raise UsageError(f"{revision} is not a file, and Git has no {name} at a revision of that name", hint=hint)
    return done.stdout


def _of_package(declared: Iterable[Declared], names: Mapping[Pin, str], source: str) -> tuple[ReleasedHost, ...]:
    """Take what the operating system enforces. Pins in code cannot be read for certain."""
    by_hand = f"write what it enforces into {NAME}, or name the pin file, or the commit, that it was built from"
    found: dict[str, ReleasedHost] = {}
    for one in declared:
        if not one.exempt and not one.pins:
            raise FormatError(f"its pins of {one.host} cannot be read", file=source, hint=by_hand)
        entry = ReleasedHost(
            host=one.host,
            pins={} if one.exempt else _named(one.pins, names),
            mode="off" if one.exempt else "enforce",
            include_subdomains=one.include_subdomains,
            expires=one.expires,
        )
        # Variants of an app, or an app and its extensions, are different apps to their users.
        if found.setdefault(one.host, entry) != entry:
            raise FormatError(f"its parts enforce different pins for {one.host}", file=source, hint=by_hand)
    if not any(entry.pins for entry in found.values()):
        raise FormatError(
            "it declares no pins that can be read for certain",
            file=source,
            hint="name the pin file, or the commit, that it was built from; pins in code are not read here",
        )
    return tuple(found.values())


def _named(pins: Iterable[Pin], names: Mapping[Pin, str]) -> dict[str, Pin]:
    """Name *pins* as the pin file does, and others by the first digits of their hash."""
    return {names.get(pin) or f"pin-{pin.hex[:12]}": pin for pin in pins}
