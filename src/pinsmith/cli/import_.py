"""
Turn the pins of platforms' files and of code into one pins.toml.

A single file becomes a pins.toml. import recognises its format, or takes it from --from. Several files, or the files
with pins in a folder, are compared: import prints which place pins which keys, and adds an [[output]] for every file
that sync can write. A file that cannot be read does not stop the others; the exit code is 1 then. Code that people
wrote is not overwritten: its output is a new file beside it.

import prints a warning for everything that a pins.toml cannot hold or that does not do what it seems to do. It refuses
a file with a pin or host that cannot be used; --skip-bad imports the rest.

The table of known authorities, the file itself, --role and live hosts (--online) show which keys belong to leaves,
intermediates and roots. All other keys get role = "unknown".

The result goes to standard output, or into the file of --into, which is created or changed in place. If places describe
a host differently, the differences are printed, nothing is changed, and the exit code is 3. Then decide with --prefer
or --union, or for a single file and --into with --keep or --take. On a terminal, import asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _formats, _output
from pinsmith.cli._command import PATH, Command, argument
from pinsmith.cli._import_one import merge_into
from pinsmith.cli._options import Format, cafile_option, connect_option, format_option, proxy_option, timeout_option
from pinsmith.cli._roles import asker, given_roles, online_option, role_option
from pinsmith.errors import UsageError
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


EXAMPLES: Final = (
    ("Create a pins.toml from what an app pins:", "pinsmith import res/xml/network_security_config.xml > pins.toml"),
    ("Look at live hosts to learn which keys are leaves:", "pinsmith import Info.plist --online > pins.toml"),
    (
        "Compare all places of a repository, and write one pins.toml:",
        "pinsmith import . --into pins.toml --prefer ios/App/Info.plist",
    ),
    ("Add the pins of another file:", "pinsmith import .curlrc --host api.example.com --into pins.toml"),
)


@click.command("import", Command, help=__doc__, examples=EXAMPLES)
@argument(
    "paths",
    nargs=-1,
    required=True,
    type=PATH,
    metavar="PATH",
    help='A file, or a folder to search; "-" is standard input.',
)
@_formats.from_option
@click.option(
    "--host",
    "hosts",
    multiple=True,
    metavar="[FILE=]HOST",
    help="The host of the pins, if a file names none, or if only FILE names none; may be repeated.",
)
@role_option
@_formats.skip_bad_option
@online_option
@click.option("--into", type=PATH, metavar="FILE", help="Write into this pins.toml instead of printing one.")
@click.option("--keep", is_flag=True, help="With --into: where both differ, keep what pins.toml says.")
@click.option("--take", is_flag=True, help="With --into: where both differ, take what the file says.")
@click.option(
    "--prefer",
    multiple=True,
    metavar="PLACE",
    help="Where places differ, take the pins and settings of this file; the first that pins the host wins.",
)
@click.option("--union", is_flag=True, help="Where places differ, keep all pins and the strictest settings.")
@_formats.accept_loss_option
@format_option(help="How to print the result; json is a document instead of the matrix and the pins.toml.")
@connect_option
@proxy_option
@cafile_option
@timeout_option()
def import_(
    *,
    paths: tuple[Path, ...],
    source_format: str | None,
    hosts: tuple[str, ...],
    roles: tuple[str, ...],
    skip_bad: bool,
    online: bool,
    into: Path | None,
    keep: bool,
    take: bool,
    prefer: tuple[str, ...],
    union: bool,
    accept_loss: tuple[str, ...],
    output: Format,
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
    if paths[1:] or paths[0].is_dir() or prefer or union or accept_loss or output == "json":
        from pinsmith.cli import _adopt

        _require_one(paths, {"--from": source_format, "--keep": keep, "--take": take})
        return _adopt.adopt(
            _adopt.Wishes(
                paths=paths,
                hosts=hosts,
                skip_bad=skip_bad,
                roles=given_roles(roles),
                ask=ask,
                into=into,
                prefer=prefer,
                union=union,
                accept_loss=accept_loss,
                as_json=output == "json",
            )
        )
    policy, file = _formats.read_policy(
        paths[0], source_format, hosts, skip_bad=skip_bad, roles=given_roles(roles), ask=ask
    )
    if into is None:
        from pinsmith.pinfile._write import write_proven

        _output.text(write_proven(policy))
        return ExitCode.OK
    return merge_into(policy, file.target, paths[0], into, "keep" if keep else "take" if take else None)


def _require_one(paths: Sequence[Path], options: Mapping[str, object]) -> None:
    """Refuse options that are about one file only."""
    for name, value in options.items():
        if value:
            raise UsageError(
                f"{name} is for a single file without --prefer, --union, --accept-loss and --json",
                hint="use --prefer PLACE to decide between places" if name != "--from" else "import that file alone",
            )
    if any(str(path) == "-" for path in paths):
        raise UsageError("standard input can only be imported alone", hint="write it into a file")
