"""The connector for aiohttp: no option of the connector or of a single request removes the pins."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from pinsmith.clients.aiohttp import Connector
from pinsmith.errors import UnsafeContextError
from tests.tls.attack import silent
from tests.tls.pki import HOST, PKI

if TYPE_CHECKING:
    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.conftest import MakeContext

WITHOUT_PINS: dict[str, Any] = {
    "False": False,
    "another context": ssl.create_default_context(),
    "a fingerprint": aiohttp.Fingerprint(bytes(32)),
}


def ask(connector: Any, server: RecordingServer, *options: dict[str, Any]) -> list[bytes]:  # noqa: ANN401
    """Make a request with each of *options*, one after the other."""

    async def run() -> list[bytes]:
        answers = []
        async with aiohttp.ClientSession(connector=connector()) as session:
            for option in options:
                async with session.get(f"https://{HOST}:{server.port}/secret", **option) as response:
                    answers.append(await response.read())
        return answers

    return asyncio.run(run())


def test_a_request_overrides_a_connector_with_a_context(context: MakeContext, rogue_server: RecordingServer) -> None:
    """The control: with aiohttp's own connector, `ssl=False` of one request sends the secret to the rogue server."""
    pinned = context()
    assert ask(lambda: aiohttp.TCPConnector(ssl=pinned), rogue_server, {"ssl": False}) == [b"ok\n"]
    rogue_server.settled()
    assert b"/secret" in rogue_server.received


@pytest.mark.parametrize("value", WITHOUT_PINS)
def test_a_request_cannot_remove_the_pins(context: MakeContext, rogue_server: RecordingServer, value: str) -> None:
    """`ssl=` of a single request is refused before a connection is made."""
    with pytest.raises(UnsafeContextError, match=r"^ssl="):
        ask(lambda: Connector(context()), rogue_server, {"ssl": WITHOUT_PINS[value]})
    assert not rogue_server.connections


def test_a_pooled_connection_is_not_reused_for_such_a_request(
    context: MakeContext, good_server: RecordingServer
) -> None:
    """The refusal does not depend on whether a connection is already open."""
    with pytest.raises(UnsafeContextError, match=r"^ssl=False"):
        ask(lambda: Connector(context()), good_server, {}, {"ssl": False})
    assert good_server.received.count(b"/secret") == 1


def test_the_pinned_context_itself_is_accepted(context: MakeContext, good_server: RecordingServer) -> None:
    """A request may pass the context that applies anyway."""
    pinned = context()
    options: list[dict[str, Any]] = [{}, {"ssl": True}, {"ssl": pinned}]
    assert ask(lambda: Connector(pinned), good_server, *options) == [b"ok\n"] * 3


def test_the_rogue_server_is_refused(context: MakeContext, rogue_server: RecordingServer) -> None:
    """Without options the pins are enforced, as in the matrix of clients."""
    with pytest.raises(aiohttp.ClientConnectorCertificateError):
        ask(lambda: Connector(context()), rogue_server, {})
    assert silent(rogue_server)


@pytest.mark.parametrize("option", ["ssl", "ssl_context", "verify_ssl", "fingerprint"])
def test_the_connector_has_no_other_tls(context: MakeContext, option: str) -> None:
    """Options that would replace the context are refused at construction."""
    with pytest.raises(UnsafeContextError, match=f"^{option}="):
        Connector(context(), **{option: False})


def test_a_policy_is_enough(
    pki: PKI, cafile: str, monkeypatch: pytest.MonkeyPatch, good_server: RecordingServer
) -> None:
    """A connector made from a policy uses the system's trust anchors, and accepts aiohttp's options."""
    monkeypatch.setenv("SSL_CERT_FILE", cafile)
    assert ask(lambda: Connector(pki.policy(), limit=1), good_server, {}) == [b"ok\n"]
