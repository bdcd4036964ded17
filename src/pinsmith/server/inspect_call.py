"""The call of the API that inspects a host: it contacts it, so it is a POST, and takes JSON only."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import msgspec
from starlette.responses import Response

from pinsmith.documents.document import encode_line, error_out
from pinsmith.documents.inspection import inspection_document
from pinsmith.documents.refusal import refusal_document
from pinsmith.errors import PinsmithError
from pinsmith.errors.reach import FormError
from pinsmith.server.asking import RETRY_SECONDS, status_of
from pinsmith.server.form import read_body
from pinsmith.server.inspect_endpoint import InspectRequest
from pinsmith.service.inspection import Refused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from pinsmith.server.asking import Asking

_MAX_BODY: Final = 16 * 1024


def inspection(asking: Asking) -> Callable[[Request], Awaitable[Response]]:
    """Return what answers the call."""

    async def inspect(request: Request) -> Response:
        try:
            asked = await _asked(request)
            (found,) = await asking.ask(request, [asked.host], asked.starttls)
            if isinstance(found, Refused):
                raise found.error
        except PinsmithError as error:
            return _refusal(error)
        file = str(found.file) if found.file else None
        document = inspection_document(found.target, found.outcomes, found.checks, file=file, now=found.at)
        return Response(encode_line(document), media_type="application/json")

    return inspect


async def _asked(request: Request) -> InspectRequest:
    """
    Read which host to inspect.

    Raises:
        FormError: If the body is not the document that is expected.
    """
    # A page of another site can send other types without asking first.
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise FormError(
            "the body is not declared as JSON, so no host was contacted",
            hint="send it with Content-Type: application/json",
            status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        )
    try:
        return msgspec.json.decode(await read_body(request, most_bytes=_MAX_BODY), type=InspectRequest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        hint = 'send a document such as {"host": "www.example.com"}'
        raise FormError(f"the body cannot be read, so no host was contacted: {error}", hint=hint) from error


def _refusal(error: PinsmithError) -> Response:
    """Say why no host was asked."""
    status = status_of(error)
    headers = {"Retry-After": RETRY_SECONDS} if status == HTTPStatus.TOO_MANY_REQUESTS else None
    body = encode_line(refusal_document(error_out(error), error.details))
    return Response(body, status_code=status, media_type="application/json", headers=headers)
