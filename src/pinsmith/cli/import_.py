"""
Read the pins of a platform's file, as a pins.toml.

The format is recognised, or named with --from. What a pins.toml cannot hold is told with its line. The result goes to
standard output, or into an existing pins.toml with --into: hosts that are not in it are added, and nothing that is in
it changes.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from pinsmith.cli import _output
from pinsmith.cli._editing import editing
from pinsmith.cli._exit import ExitCode
from pinsmith.cli._formats import FromOption, HostOption

if TYPE_CHECKING:
    from pinsmith.pin import Pin
    from pinsmith.pinfile import Edit
    from pinsmith.policy import HostPins, Policy

EXAMPLES: Final = (
    ("Begin a pins.toml with what an app pins:", "pinsmith import res/xml/network_security_config.xml > pins.toml"),
    ("Add the pins of another file:", "pinsmith import .curlrc --host api.example.com --into pins.toml"),
)


def import_(
    path: Annotated[Path, typer.Argument(metavar="FILE", help='What to read; "-" is standard input.')],
    *,
    source: FromOption = None,
    host: HostOption = None,
    into: Annotated[
        Path | None, typer.Option("--into", metavar="FILE", help="Add to this pins.toml instead of printing one.")
    ] = None,
) -> int:
    """Import, and tell what was left."""
    from pinsmith import pinfile
    from pinsmith.cli._formats import read_policy

    policy, _ = read_policy(path, source, host or [])
    if into is None:
        _output.text(pinfile.write(policy))
        return ExitCode.OK
    with editing(into):
        added = _merge(policy, into)
    _output.note(f"added {', '.join(added)} to {into}" if added else f"{into} is as it was: it has every host already")
    return ExitCode.OK


def _merge(policy: Policy, into: Path) -> list[str]:
    from pinsmith.pinfile import Edit

    edit = Edit.load(into)
    before = edit.result().policy
    known = {entry.host: entry for entry in before.hosts}
    names = {key.pin: key.name for key in before.keys}
    taken = {key.name for key in before.keys}
    added = []
    for entry in policy.hosts:
        if entry.host in known:
            _compare(entry, known[entry.host], into)
            continue
        added.append(entry.host)
        edit.add_host(_with_keys(edit, entry, names, taken))
    if added:
        edit.save()
    return added


def _with_keys(edit: Edit, entry: HostPins, names: dict[Pin, str], taken: set[str]) -> HostPins:
    """Give the keys of *entry* the names they have in the file, or names that are free there."""
    from dataclasses import replace

    keys = []
    for key in entry.keys:
        name = names.get(key.pin)
        if name is None:
            name = next(
                free for free in (key.name, *(f"{key.name}-{n}" for n in range(2, 10_000))) if free not in taken
            )
            edit.add_key(replace(key, name=name))
            names[key.pin] = name
            taken.add(name)
        known = next(each for each in edit.result().policy.keys if each.name == name)
        keys.append(known)
    return replace(entry, keys=tuple(keys))


def _compare(entry: HostPins, known: HostPins, into: Path) -> None:
    if {key.pin for key in entry.keys} != {key.pin for key in known.keys}:
        _output.warning(f"{into} pins other keys for {entry.host}; they are left as they are")
