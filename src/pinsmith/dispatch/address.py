"""The queue that an address names, on one of the engines."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pinsmith.dispatch.database import DatabaseQueue
from pinsmith.dispatch.nats import NatsQueue
from pinsmith.dispatch.nats_address import SCHEMES, parse_nats
from pinsmith.store.address import parse_database

if TYPE_CHECKING:
    from collections.abc import Mapping


def queue_at(text: str, environ: Mapping[str, str] = os.environ) -> DatabaseQueue | NatsQueue:
    """
    Return the queue at an address. Nothing is opened.

    Args:
        text: A path, or an address that begins with ``postgresql://``, ``tls://`` or ``nats://``.

        environ: The variables that `parse_database` and `parse_nats` read.

    Raises:
        UsageError: If the address cannot be read or used safely, or the client of the engine is missing.
        FileError: If the password file cannot be read.
    """
    scheme, separator, _ = text.partition("://")
    if separator and scheme.lower() in SCHEMES:
        return NatsQueue(parse_nats(text, environ))
    return DatabaseQueue(parse_database(text, environ))
