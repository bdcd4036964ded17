"""vsftpd by default refuses a data channel that does not resume the session of the control channel."""

from __future__ import annotations

import ftplib
import ssl
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import SessionRefusedError
from tests.extended.files import ANONYMOUS, FILES, ask_by_ftp
from tests.tls.services.files import ReusingFTP, log_in, store

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.extended.conftest import ErrandTo
    from tests.extended.server import RealServer, Running
    from tests.tls.clients.way import Errand
    from tests.tls.pki import PKI

pytestmark = pytest.mark.extended

REFUSAL = "522 SSL connection failed: session reuse required"
every_version = pytest.mark.parametrize(
    "version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=lambda version: version.name
)


@pytest.fixture
def target(running: Callable[[RealServer], Running]) -> Running:
    """Run vsftpd."""
    return running(FILES[0])


def limited(errand: Errand, version: ssl.TLSVersion) -> Errand:
    """Limit the client to one version of TLS."""
    errand.context.minimum_version = errand.context.maximum_version = version
    return errand


@every_version
def test_a_resumed_data_channel_is_served(version: ssl.TLSVersion, target: Running, errand_to: ErrandTo) -> None:
    """A data channel that resumes the session of the pinned control channel can store a file."""
    client = log_in(limited(errand_to(target), version), ReusingFTP, ANONYMOUS)
    client.cwd("incoming")
    assert store(client).startswith(b"226")
    assert client.reused  # type: ignore[attr-defined]


@every_version
def test_a_data_channel_that_resumes_nothing_is_refused_by_the_server(
    version: ssl.TLSVersion, target: Running, errand_to: ErrandTo
) -> None:
    """The control: without resumption this server answers 522."""
    client = log_in(limited(errand_to(target), version), user=ANONYMOUS)
    client.cwd("incoming")
    before = target.program.log.count(REFUSAL)
    with pytest.raises((ftplib.Error, OSError)):  # OSError if the server is gone while the client still sends
        store(client)
    target.program.until(lambda: target.program.log.count(REFUSAL) == before + 1, REFUSAL)


@every_version
def test_after_a_policy_swap_the_data_channel_is_refused(
    version: ssl.TLSVersion, target: Running, pki: PKI, errand_to: ErrandTo
) -> None:
    """The client refuses to resume a session from an earlier policy; after a new login, it stores the file."""
    errand = limited(errand_to(target), version)
    client = log_in(errand, ReusingFTP, ANONYMOUS)
    client.cwd("incoming")
    errand.context.policy = pki.policy()
    with pytest.raises(SessionRefusedError):
        store(client)
    assert ask_by_ftp(errand)
