"""Test transfers of boto3, which may use awscrt with a TLS stack of its own; the nox session `releases` runs this."""

from __future__ import annotations

import functools
from importlib import import_module
from typing import TYPE_CHECKING, Any

import botocore.exceptions
import botocore.session
import pytest
from botocore.config import Config

from pinsmith.clients.botocore import pin_session
from pinsmith.errors import PinMismatchError, UnsafeContextError, find
from tests.tls.attack import silent
from tests.tls.pki import HOST, PKI

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.conftest import MakeContext

pytestmark = pytest.mark.releases
Untyped = Any  # boto3 has no types


@pytest.fixture
def upload(pki: PKI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Untyped:
    """Return a function that uploads the secret with a session of botocore, through the named transfer client."""
    roots, secret = tmp_path / "roots.pem", tmp_path / "secret"
    roots.write_text(pki.trust, "ascii")
    secret.write_text("SECRET", "ascii")
    crt = import_module("boto3.crt")
    # Both roots are trusted, as in every control.
    monkeypatch.setattr(crt, "create_s3_crt_client", functools.partial(crt.create_s3_crt_client, verify=str(roots)))
    monkeypatch.setattr(crt, "CRT_S3_CLIENT", None)

    def run(session: Untyped, server: RecordingServer, transfer_client: str) -> None:
        url = f"https://{HOST}:{server.port}"
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
        session.set_credentials("access", "key")
        client = (
            import_module("boto3")
            .Session(botocore_session=session, region_name="eu-central-1")
            .client(
                "s3",
                endpoint_url=url,
                verify=str(roots),
                config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
            )
        )
        config = import_module("boto3.s3.transfer").TransferConfig(preferred_transfer_client=transfer_client)
        client.upload_file(str(secret), "bucket", "key", Config=config)

    return run


def test_awscrt_is_deceived(upload: Untyped, rogue_server: RecordingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: without pins, a transfer through awscrt sends the secret to the rogue server."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "access")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "key")
    upload(botocore.session.Session(), rogue_server, "crt")
    assert b"SECRET" in rogue_server.received


def test_a_pinned_client_refuses_awscrt(upload: Untyped, context: MakeContext, rogue_server: RecordingServer) -> None:
    """A transfer through awscrt does not begin, and the hint names the option that uses the pinned client."""
    session = botocore.session.Session()
    pin_session(session, context())
    with pytest.raises(UnsafeContextError, match="awscrt") as caught:
        upload(session, rogue_server, "crt")
    assert "classic" in str(caught.value.hint)
    assert not rogue_server.connections


@pytest.mark.parametrize("transfer_client", ["auto", "classic"])
def test_other_transfers_of_a_pinned_client_are_pinned(
    upload: Untyped, context: MakeContext, rogue_server: RecordingServer, transfer_client: str
) -> None:
    """Other transfers send nothing to the rogue server; with "auto", boto3 does not choose awscrt on this machine."""
    session = botocore.session.Session()
    pin_session(session, context())
    with pytest.raises(botocore.exceptions.SSLError) as caught:
        upload(session, rogue_server, transfer_client)
    assert isinstance(find(caught.value), PinMismatchError)
    assert silent(rogue_server)
