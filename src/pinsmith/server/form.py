"""Read a form that a page has sent, or the body of a call, and never more than a bounded number of bytes."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.datastructures import UploadFile
from starlette.requests import Request

from pinsmith.errors.reach import FormError
from pinsmith.server import csrf
from pinsmith.server.login import COOKIE

if TYPE_CHECKING:
    from starlette.types import Message

MAX_BYTES: Final = 256 * 1024
_MAX_FIELDS: Final = 10


async def read_body(request: Request, *, most_bytes: int = MAX_BYTES) -> bytes:
    """
    Read the body of a request.

    Raises:
        FormError: If it has more than *most_bytes*.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            raise FormError(
                f"more than {most_bytes // 1024} KiB were sent, so nothing was done",
                hint="send it in smaller parts",
                status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            )
    return bytes(body)


async def read_form(request: Request) -> dict[str, str | bytes]:
    """
    Read the fields of a form: a text for each field, and the content of each file.

    The token of the form is not among them; `require_own` checks it.

    Raises:
        FormError: If the form is too large or cannot be read.
    """
    kind = request.headers.get("content-type", "").lower()
    if kind.startswith("multipart/") and "charset" in kind:
        # The parser would decode with any codec of Python: punycode takes seconds, and others make lone surrogates.
        raise FormError("the form cannot be read, because it names a charset", hint="send UTF-8 without `charset`")
    body = await read_body(request)

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    fields: dict[str, str | bytes] = {}
    try:
        form = Request(request.scope, receive).form(max_files=1, max_fields=_MAX_FIELDS, max_part_size=MAX_BYTES)
        async with form as values:
            for name, value in values.items():
                fields[name] = await value.read() if isinstance(value, UploadFile) else value
    except Exception as error:  # starlette raises HTTPException, and the parser of multipart has errors of its own
        raise FormError(f"the form cannot be read: {error}", hint="load the page again") from error
    return fields


def require_own(request: Request, fields: dict[str, str | bytes]) -> None:
    """
    Let a form pass that a page of this service has made for the same session.

    Raises:
        FormError: If it is another one.
    """
    try:
        csrf.require(fields.pop(csrf.FIELD, None), request.cookies.get(COOKIE, ""))
    except PermissionError as error:
        raise FormError(
            f"nothing was done, because {error}", hint="send the form again", status=HTTPStatus.FORBIDDEN
        ) from error


def text_of(fields: dict[str, str | bytes], name: str) -> str:
    """Return a field of text without white space around it; empty if it is missing."""
    value = fields.get(name, "")
    return value.strip() if isinstance(value, str) else ""
