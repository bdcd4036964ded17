"""
The type of an endpoint of the API: its route and its description in OpenAPI follow from one object.

Nothing here needs the libraries of a web server, so that the documentation can be made without them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from typing import TypeAlias

    import msgspec
    from starlette.requests import Request

    from pinsmith.server.site import Site

    Answer: TypeAlias = "Callable[[Site, Request], Awaitable[msgspec.Struct | File]]"

JSON: Final = "application/json"


class RefusedError(Exception):
    """
    A request that an endpoint cannot answer.

    Attributes:
        status: Of HTTP.
        code: Kebab-case, stable.
        text: A sentence without a final period.
        hint: What to do; None if there is no advice.
    """

    def __init__(self, status: int, code: str, text: str, *, hint: str | None = None) -> None:
        super().__init__(text)
        self.status, self.code, self.text, self.hint = status, code, text, hint


def missing(text: str) -> RefusedError:
    """Make the refusal of a request for something that is not there."""
    return RefusedError(404, "not-found", text)


@dataclass(frozen=True, slots=True)
class File:
    """
    An answer that is not a document.

    Attributes:
        content: All of it.
        media_type: Its type.
        name: Under which a browser saves it; None if it is shown.
    """

    content: bytes
    media_type: str
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """
    A parameter of a request.

    Attributes:
        name: As it stands in the path or in the query.
        place: Where it stands.
        about: Its meaning.
        schema: Its values, as JSON Schema.
        more: Further fields of the parameter in OpenAPI.
    """

    name: str
    place: Literal["path", "query"]
    about: str
    schema: Mapping[str, Any]
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """
    One path of the API and one method.

    Attributes:
        path: With parameters in braces, as OpenAPI and Starlette write it.
        summary: The purpose, as a sentence without a final period.
        answer: Returns the document or file, or raises `RefusedError` or a `PinsmithError`. None if another part of the
            service answers, and only the description stands here.
        document: The type of the document; None if the answer is of *media_type*, or has no content.
        media_type: Of the answer.
        method: Of HTTP.
        parameters: Of the request.
        body: The type of the body of the request.
        status: Of an answer that does not refuse.
        refusals: When it refuses, by status, besides requests without a login and those for another name.
        is_open: Whether everybody may use it without a login.
        refuses_with: The type of the content of refusals.
    """

    path: str
    summary: str
    answer: Answer | None
    document: type[msgspec.Struct] | None = None
    media_type: str = JSON
    method: Literal["GET", "POST"] = "GET"
    parameters: tuple[Parameter, ...] = ()
    body: type[msgspec.Struct] | None = None
    status: int = 200
    refusals: Mapping[int, str] = field(default_factory=dict)
    is_open: bool = False
    refuses_with: str = JSON
