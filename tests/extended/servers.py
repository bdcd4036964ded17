"""List all real servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.probe import Target
from tests.extended.brokers import BROKERS
from tests.extended.databases import DATABASES
from tests.extended.files import FILES
from tests.extended.web import WEB
from tests.tls.pki import HOST

if TYPE_CHECKING:
    from tests.extended.server import Running

SERVERS = (*DATABASES, *BROKERS, *FILES, *WEB)


def target_of(running: Running) -> Target:
    """Return the target that fetches from a server."""
    return Target(HOST, running.port, address="127.0.0.1", starttls=running.server.starttls)
