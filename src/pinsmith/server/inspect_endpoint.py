"""The endpoint that inspects a host: its description, and the body of its requests."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from pinsmith.documents.inspection import InspectionDocument
from pinsmith.server.endpoint import Endpoint
from pinsmith.service.inspection import MAX_NAME


class InspectRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    The body of ``POST /api/v1/inspect``.

    ``host`` is a host, with a port or without, or a URL of https. ``starttls`` is the id of a protocol that changes to
    TLS; without it, TLS begins at once.
    """

    host: Annotated[str, msgspec.Meta(max_length=MAX_NAME)]
    starttls: str | None = None


INSPECT: Final = Endpoint(
    path="/api/v1/inspect",
    summary="Inspect a host, and compare what it presents with the pins",
    answer=None,
    document=InspectionDocument,
    method="POST",
    body=InspectRequest,
    refusals={
        400: "The body cannot be read, or names no host.",
        403: "The operator does not allow this host, or the request is for another name or comes from another site.",
        413: "The body is too large.",
        415: "The body is not declared as JSON.",
        429: "This person has inspected too many hosts within a minute. `Retry-After` says when to come back.",
        502: "The host cannot be reached.",
    },
)
