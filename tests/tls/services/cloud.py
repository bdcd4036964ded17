"""Clients of botocore."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.config
import botocore.session

from pinsmith.clients.botocore import pin_client
from pinsmith.lab.servers.speaker import http_speaker
from tests.tls.clients.way import SECONDS, Errand, Way
from tests.tls.services.service import PASSWORD, USER, Script, Service

if TYPE_CHECKING:
    import socket

    from pinsmith.lab.servers.connection import RecordedConnection


class HTTP(Script):
    """An object store in which every object exists and is empty."""

    def speak(self, sock: socket.socket, connection: RecordedConnection) -> None:
        http_speaker(sock, connection)


@cache
def _session() -> Any:  # noqa: ANN401
    return botocore.session.Session()


def _client(errand: Errand, *, attempts: int = 1, **options: Any) -> Any:  # noqa: ANN401
    # By default only one attempt, because botocore waits between attempts.
    config = botocore.config.Config(
        connect_timeout=SECONDS, s3={"addressing_style": "path"}, retries={"total_max_attempts": attempts}
    )
    return _session().create_client(
        "s3",
        region_name="eu-central-1",
        endpoint_url=f"https://{errand.host}:{errand.port}",
        aws_access_key_id=USER,
        aws_secret_access_key=PASSWORD,
        config=config,
        **options,
    )


def head(client: Any) -> bytes:  # noqa: ANN401
    """Request a bucket."""
    try:
        answer: int = client.head_bucket(Bucket="bucket")["ResponseMetadata"]["HTTPStatusCode"]
        return str(answer).encode("ascii")
    finally:
        client.close()


def client_for(errand: Errand, *, attempts: int = 1) -> Any:  # noqa: ANN401
    """Make a client with pinsmith's helper."""
    client = _client(errand, attempts=attempts)
    pin_client(client, errand.context)
    return client


def ask_by_botocore(errand: Errand) -> bytes:
    """Use pinsmith's helper."""
    return head(client_for(errand))


def ask_by_plain_botocore(errand: Errand) -> bytes:
    """Use botocore without the helper."""
    return head(_client(errand, verify=errand.cafile))


CLOUD = (Service(Way("botocore", ask_by_botocore), HTTP, ask_plainly=ask_by_plain_botocore),)
