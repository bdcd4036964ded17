"""
Turn the pins of a platform's file into a pins.toml.

`import` recognises the format of the file, or takes it from --from. It prints a warning, with the line number, for
everything that a pins.toml cannot hold or that does not do what it seems to do. It refuses a file with a pin or host
that cannot be used; --skip-bad imports the rest.

The table of known authorities, the file itself, --role and live hosts (--online) show which keys belong to leaves,
intermediates and roots. All other keys get role = "unknown".

The result goes to standard output. With --into, the hosts that are missing in an existing pins.toml are added there. If
both files describe a host differently, the differences are printed, nothing is changed, and the exit code is 3. Then
decide: --keep keeps what pins.toml says, --take takes what the other file says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _formats, _output
from pinsmith.cli._command import PATH, Command, argument
from pinsmith.cli._editing import editing
from pinsmith.cli._options import cafile_option, connect_option, proxy_option, timeout_option
from pinsmith.cli._roles import asker, given_roles, online_option, role_option
from pinsmith.errors import UsageError
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pinsmith.formats import Format
    from pinsmith.importing import Choice, Difference, Merged
    from pinsmith.policy import Policy

EXAMPLES: Final = (
    ("Create a pins.toml from what an app pins:", "pinsmith import res/xml/network_security_config.xml > pins.toml"),
    ("Look at live hosts to learn which keys are leaves:", "pinsmith import Info.plist --online > pins.toml"),
    ("Add the pins of another file:", "pinsmith import .curlrc --host api.example.com --into pins.toml"),
)


@click.command("import", Command, help=__doc__, examples=EXAMPLES)
@argument("path", type=PATH, metavar="FILE", help='The file to read; "-" is standard input.')
@_formats.from_option
@_formats.host_option
@role_option
@_formats.skip_bad_option
@online_option
@click.option("--into", type=PATH, metavar="FILE", help="Add to this pins.toml instead of printing one.")
@click.option("--keep", is_flag=True, help="With --into: where both differ, keep what pins.toml says.")
@click.option("--take", is_flag=True, help="With --into: where both differ, take what FILE says.")
@connect_option
@proxy_option
@cafile_option
@timeout_option()
def import_(
    *,
    path: Path,
    source_format: str | None,
    hosts: tuple[str, ...],
    roles: tuple[str, ...],
    skip_bad: bool,
    online: bool,
    into: Path | None,
    keep: bool,
    take: bool,
    connect: str | None,
    proxy: str | None,
    cafile: Path | None,
    timeout: float,
) -> int:
    """Import, and print a warning for everything that is left out."""
    if keep and take:
        raise UsageError("--keep and --take exclude each other")
    if into is None and (keep or take):
        raise UsageError(f"{'--keep' if keep else '--take'} needs --into")
    ask = asker(online=online, connect=connect, proxy=proxy, cafile=cafile, timeout=timeout)
    policy, file = _formats.read_policy(
        path, source_format, hosts, skip_bad=skip_bad, roles=given_roles(roles), ask=ask
    )
    if into is None:
        from pinsmith.pinfile._write import write_proven

        _output.text(write_proven(policy))
        return ExitCode.OK
    with editing(into):
        return _merge(policy, file.target, path, into, "keep" if keep else "take" if take else None)


def _merge(policy: Policy, target: Format, path: Path, into: Path, choice: Choice | None) -> int:
    from pinsmith.importing import differences, merge
    from pinsmith.pinfile import Edit

    edit = Edit.load(into)
    found = differences(edit.result().policy, policy, target.can)
    if found and choice is None:
        _output.result(*_diff(found, str(into), str(path)))
        hosts = dict.fromkeys(difference.host for difference in found)
        _output.error(
            "import-differs",
            f"{into} and {path} differ for {', '.join(hosts)}; nothing was changed",
            hint=f"--keep keeps what {into} says, --take takes what {path} says",
        )
        return ExitCode.MISMATCH
    _tell(merge(edit, policy, found, choice), into)
    edit.save()
    return ExitCode.OK


def _diff(found: Sequence[Difference], ours: str, theirs: str) -> Iterator[str]:
    host = None
    for difference in found:
        if difference.host != host:
            host = difference.host
            yield f"--- {ours}: {host}"
            yield f"+++ {theirs}: {host}"
        yield from (f"-{line}" for line in difference.ours)
        yield from (f"+{line}" for line in difference.theirs)


def _tell(merged: Merged, into: Path) -> None:
    if not (merged.added or merged.taken or merged.roles):
        _output.success(f"{into} already has every host, so it is unchanged")
    if merged.added:
        _output.note(f"added {', '.join(merged.added)} to {into}")
    if merged.taken:
        _output.note(f"changed {', '.join(dict.fromkeys(difference.host for difference in merged.taken))} in {into}")
    if merged.roles:
        _output.note(f"set the role of {', '.join(merged.roles)} in {into}")
    for name in merged.unused:
        _output.warning(f"no host in {into} uses the key {name} any longer; [keys.{name}] was kept, but may be deleted")
