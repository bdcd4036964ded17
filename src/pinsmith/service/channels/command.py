"""A program that gets each alert and digest as JSON at its standard input."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Final

from pinsmith._clean import clean
from pinsmith.documents.document import encode_line
from pinsmith.errors.service import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pinsmith.documents.digest import Message
    from pinsmith.service.settings import Command

_TIMEOUT_SECONDS: Final = 60.0
_MAX_WORDS: Final = 200  # characters


def sender(channel: Command) -> Callable[[Message, str, datetime], None]:
    """Return what sends a message; see `pinsmith.service.channels.sender`."""

    def send(message: Message, identifier: str, now: datetime) -> None:  # noqa: ARG001 - the program needs neither
        name = channel.run[0]
        try:
            ended = subprocess.run(  # noqa: S603 - the operator named the program
                channel.run, input=encode_line(message), capture_output=True, timeout=_TIMEOUT_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise DeliveryError(f"{name} did not end within {_TIMEOUT_SECONDS:.0f} s, and was ended") from None
        except OSError as error:
            raise DeliveryError(f"{name} cannot be started: {error.strerror}") from error
        if ended.returncode:
            said = clean(ended.stderr.decode(errors="replace").strip()[-_MAX_WORDS:])
            raise DeliveryError(f"{name} ended with {ended.returncode}" + (f": {said}" if said else ""))

    return send
