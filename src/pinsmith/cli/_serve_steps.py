"""The steps of ``pinsmith serve`` before it serves: where it listens, and rows that it takes over."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pinsmith._port import parse_address
from pinsmith.cli import _clock
from pinsmith.cli._output import note
from pinsmith.errors import UsageError
from pinsmith.host import is_address

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.service.setup import Setup


def move_rows(setup: Setup, source: Path) -> None:
    """Move all rows of *source* to the database of *setup*, and print how many; a second call does nothing."""
    from pinsmith.service.moving import move_in

    copied = asyncio.run(move_in(setup, source.absolute(), _clock.now()))
    if copied:
        rows = sum(copied.values())
        note(f"moved {rows} rows from {source} to {setup.database}; a service that still uses that file must end now")


def listen_at(text: str) -> tuple[str, int]:
    """Read ADDRESS:PORT; port 0 is any free port."""
    try:
        # Nobody can connect to port 0, so parse_address refuses it.
        address, port = (text.removesuffix(":0"), 0) if text.endswith(":0") else parse_address(text)
    except ValueError as error:
        raise UsageError(f"--listen {text!r} {error}", hint="write an address such as 127.0.0.1:8443") from error
    address = address.strip("[]")
    if not is_address(address) or port is None:
        raise UsageError(f"--listen {text!r} is not a numeric address and a port", hint="write 127.0.0.1:8443")
    return address, port
