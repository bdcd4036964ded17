"""Answer requests to the API: documents as JSON, with a tag by which a client knows whether it has them already."""

from __future__ import annotations

import hashlib
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pinsmith.documents.document import ErrorOut, encode_line, error_out
from pinsmith.documents.refusal import refusal_document
from pinsmith.errors import EndingPinsError, ExportRefusedError, LossError, PinsmithError, UnknownFormatError
from pinsmith.server.endpoint import JSON, File, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

    from pinsmith.documents.refusal import RefusalDocument
    from pinsmith.finding import Finding
    from pinsmith.server.endpoint import Endpoint
    from pinsmith.server.site import Site

API: Final = "/api/"
_RETRY_SECONDS: Final = "10"
PAGE: Final = "reference/service-api.md#errors"
_NOT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9._-]+")


def route(site: Site, endpoint: Endpoint) -> Route:
    """Return the route of an endpoint whose `Endpoint.answer` is not None."""
    answer = endpoint.answer
    assert answer is not None  # noqa: S101 - the caller has looked

    async def respond(request: Request) -> Response:
        try:
            given = await answer(site, request)
        except RefusedError as error:
            return refused(error)
        except PinsmithError as error:
            return _failed(error)
        if not isinstance(given, File):
            given = File(encode_line(given), JSON)
        return tagged(request, given)

    return Route(endpoint.path, respond, methods=[endpoint.method])


def tagged(request: Request, file: File) -> Response:
    """Answer with *file*, or say that the client has it already."""
    tag = f'"{hashlib.sha256(file.content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if file.name is not None:
        # Of a name, only letters that no program takes for anything else are kept.
        name = _NOT_IN_A_NAME.sub("-", file.name).strip(".-") or "file"
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    given = {part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")}
    if request.method in {"GET", "HEAD"} and given & {tag, "*"}:
        return Response(status_code=304, headers=headers)
    return Response(file.content, media_type=file.media_type, headers=headers)


def refused(error: RefusedError, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with a refusal."""
    out = ErrorOut(code=error.code, message=error.text, hint=error.hint, line=None, column=None, page=PAGE)
    wait = {"Retry-After": _RETRY_SECONDS} if error.status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return _refusal(error.status, refusal_document(out), {**wait, **(headers or {})})


def refused_at(path: str, error: RefusedError, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with a refusal: a document below the API, and otherwise a line of text."""
    if path.startswith(API):
        return refused(error, headers)
    return PlainTextResponse(f"{error.text}\n", status_code=error.status, headers=headers)


def reasons_of(error: PinsmithError) -> Sequence[Finding]:
    """Return the findings that are the reasons for an error; none if its text is all there is."""
    if isinstance(error, LossError):
        return error.losses
    if isinstance(error, ExportRefusedError):
        return error.reasons
    return error.ending if isinstance(error, EndingPinsError) else ()


def _failed(error: PinsmithError) -> Response:
    status = 404 if isinstance(error, UnknownFormatError) else 422
    return _refusal(status, refusal_document(error_out(error), error.details, reasons_of(error)))


def _refusal(status: int, document: RefusalDocument, headers: Mapping[str, str] | None = None) -> Response:
    return Response(encode_line(document), status_code=status, media_type=JSON, headers=headers)
