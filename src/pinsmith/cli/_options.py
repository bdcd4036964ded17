"""Options that mean the same in every command."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, get_args

import click

from pinsmith._port import parse_address
from pinsmith.cli._command import PATH, CommandLineError, choice_option, number
from pinsmith.cli._complete_members import scenario_ids
from pinsmith.errors import FileError, UsageError
from pinsmith.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.cli._command import Declared
    from pinsmith.probe.trust import Trust

Format = Literal["text", "json"]
PIN_FILE: Final = "pins.toml"

Engine = Literal["openssl", "rustls"]
engine_option = choice_option(
    "--engine",
    choices=get_args(Engine),
    default="openssl",
    help="The library for handshakes: rustls is faster for long lists, and OpenSSL judges what it does not accept.",
)
file_option = click.option(
    "-f",
    "--file",
    type=PATH,
    metavar="FILE",
    help="The pin file. Default: the nearest pins.toml here or in a directory above.",
)
scenario_option = click.option(
    "--scenario",
    "scenarios",
    multiple=True,
    metavar="ID",
    shell_complete=scenario_ids,
    help="Use only this scenario; may be repeated.",
)
skip_option = click.option(
    "--skip",
    "unwanted",
    multiple=True,
    metavar="ID",
    shell_complete=scenario_ids,
    help="Leave out this scenario, which the client is known to fail, and list it as skipped; may be repeated.",
)
cafile_option = click.option(
    "--cafile", type=PATH, metavar="FILE", help="Trust the PEM certificates in FILE instead of those of the system."
)
min_severity_option = choice_option(
    "--min-severity",
    choices=[str(severity) for severity in Severity],
    default="low",
    show_default=True,
    help="Leave out findings below this severity.",
)
connect_option = click.option(
    "--connect",
    metavar="ADDRESS[:PORT]",
    help="Connect to ADDRESS, but still ask for the host by its name and check it.",
)

proxy_option = click.option(
    "--proxy",
    metavar="URL",
    help="Connect through this HTTP proxy; none for no proxy. Default: HTTPS_PROXY and NO_PROXY of the environment.",
)

_ROOT_UID: Final = 0
_JSON: Final = "pinsmith.json"


def format_option(*formats: str, help: str = "How to print the result.") -> Callable[[Declared], Declared]:
    """Declare --format, with the default text, and --json. Without *formats*, the choices are text and json."""
    chosen = choice_option(
        "--format",
        "output",
        choices=formats or get_args(Format),
        default="text",
        callback=_chosen_format,
        help=help,
    )
    # Eager, so that it is known when --format is read.
    short = click.option(
        "--json",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_remember_json,
        help="The same as --format json.",
    )
    return lambda command: chosen(short(command))


def _remember_json(context: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 - as click calls it
    context.meta[_JSON] = value


def _chosen_format(context: click.Context, _: click.Parameter, value: str) -> str:
    if not context.meta.get(_JSON):
        return value
    is_given = context.get_parameter_source("output") is not click.core.ParameterSource.DEFAULT
    if is_given and value != "json" and not context.resilient_parsing:
        raise CommandLineError(f"--json and --format {value} exclude each other", context, hint="leave out one of them")
    return "json"


def timeout_option(
    least: float = 0.001, most: float = 86_400, help: str = "Give up on an address after this time."
) -> Callable[[Declared], Declared]:
    """Declare --timeout, in seconds from *least* to *most*."""
    return click.option("--timeout", type=number(float, least, most), default=10.0, metavar="SECONDS", help=help)


def parse_connect(text: str | None) -> tuple[str | None, int | None]:
    """
    Read ``ADDRESS``, ``ADDRESS:PORT``, ``[::1]:PORT`` or ``::1``.

    Raises:
        UsageError: If the address is a URL, or the port is not valid.
    """
    if text is None:
        return None, None
    try:
        return parse_address(text)
    except ValueError as error:
        hint = "write address or address:port, without scheme"
        raise UsageError(f"--connect {text!r} {error}", hint=hint) from error


def trust_of(cafile: Path | None) -> Trust:
    """
    Load the trust anchors of a command.

    Raises:
        FileError: If *cafile* cannot be read or contains no certificate.
    """
    from pinsmith.probe.trust import Trust

    return Trust(cafile=cafile)


def find_pin_file(given: Path | None) -> Path:
    """
    Return the pin file that was *given*, or otherwise the nearest one upward.

    Raises:
        FileError: If there is none, or if one above belongs to another user.
    """
    if given is not None:
        return given
    here = Path.cwd()
    for directory in (here, *here.parents):
        candidate = directory / PIN_FILE
        if candidate.is_file():
            if directory == here:
                return candidate.relative_to(here)  # as the user would write it
            _require_own(candidate)
            return candidate
    raise FileError(
        f"there is no {PIN_FILE} here or in any directory above",
        path=PIN_FILE,
        hint="create one with `pinsmith init HOST`, or pass its path with --file",
    )


def _require_own(path: Path) -> None:
    """Raise if another user could have put *path* above the working directory, as in a shared /tmp."""
    if os.name != "nt" and path.stat().st_uid not in {os.geteuid(), _ROOT_UID}:
        raise FileError(
            f"{path} belongs to another user, so pinsmith uses it only on request",
            path=str(path),
            hint="pass it with --file",
        )
