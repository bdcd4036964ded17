"""
Offer read-only tools to agents, by the Model Context Protocol.

The client of an agent starts this command and speaks to it on standard input and output, until it closes them. The
tools inspect a host, show what is known of a pin, check the pin file against live hosts, lint a path, preview an export
and list hosts. None of them writes a file, changes a pin or returns a private key. They read files only below the
working directory, and the pin file with what it names.

The tools connect only to hosts of the pin file. With --allow-any-host they also connect to other hosts, but only at
public addresses. So whoever can write the pin file decides where this command connects to.

This command needs the extra pinsmith[mcp].
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from pinsmith.cli import _options
from pinsmith.cli._command import Command
from pinsmith.errors import FileError
from pinsmith.exit_code import ExitCode

EXAMPLES: Final = (
    ("Serve the nearest pins.toml, and files below this folder:", "pinsmith mcp"),
    ("Name the pin file, as in the configuration of a client:", "pinsmith mcp --file /srv/app/pins.toml"),
    ("Let the agent inspect every public host:", "pinsmith mcp --allow-any-host"),
)


@click.command("mcp", Command, help=__doc__, examples=EXAMPLES)
@_options.file_option
@click.option("--allow-any-host", is_flag=True, help="Also connect to hosts outside the pin file, at public addresses.")
@_options.timeout_option()
def mcp(*, file: Path | None, allow_any_host: bool, timeout: float) -> int:
    """Serve until the client ends the connection."""
    # The only import of another shell: this command is how that shell is started (docs/decisions/0044).
    from pinsmith import mcp as shell

    shell.serve(_pin_file(file), any_host=allow_any_host, timeout_seconds=timeout)
    return ExitCode.OK


def _pin_file(given: Path | None) -> Path:
    """Find the pin file. If there is none yet, the tools that need it say so, and the others work."""
    try:
        return _options.find_pin_file(given).absolute()
    except FileError as error:
        if error.path != _options.PIN_FILE:
            raise
        return Path(_options.PIN_FILE).absolute()
