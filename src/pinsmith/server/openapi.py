"""
The description of the API for programs, made from its endpoints and from the types of their documents.

Source:
    https://spec.openapis.org/oas/v3.1.1.html, whose schemas are those of JSON Schema 2020-12
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import msgspec

import pinsmith
from pinsmith.documents.refusal import RefusalDocument
from pinsmith.server.endpoint import JSON

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pinsmith.server.endpoint import Endpoint, Parameter

VERSION: Final = "3.1.1"
_TAG: Final = {"type": "string", "pattern": '^"[0-9a-f]{32}"$'}
_EVERYWHERE: Final = {
    401: "People must log in here, and the request has neither a session nor the token.",
    403: "The request is for another name of the service, or comes from the page of another site.",
}


def openapi(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """Describe *endpoints* as an OpenAPI document."""
    types = [kind for endpoint in endpoints for kind in (endpoint.document, endpoint.body) if kind is not None]
    _, schemas = msgspec.json.schema_components(
        list(dict.fromkeys([*types, RefusalDocument])), ref_template="#/components/schemas/{name}"
    )
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": VERSION,
        "info": {
            "title": "pinsmith",
            "version": pinsmith.__version__,
            "description": "What `pinsmith serve` knows of hosts, alerts, reports, formats, rotations and releases.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {}],
        "paths": paths,
        "components": {
            "schemas": {name: _with_null_last(schema) for name, schema in schemas.items()},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token in `[access]` of the settings. On the loopback, none may be needed.",
                }
            },
        },
    }


def operation_id(endpoint: Endpoint) -> str:
    """Name an endpoint as programs do: ``get-hosts-host`` for ``GET /api/v1/hosts/{host}``."""
    words = re.findall(r"[a-z0-9]+", endpoint.path.removeprefix("/api/v1"))
    return "-".join((endpoint.method.lower(), *words))


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {"operationId": operation_id(endpoint), "summary": endpoint.summary}
    parameters = [_parameter(parameter) for parameter in endpoint.parameters]
    is_read = endpoint.method == "GET"
    if is_read:
        about = "The `ETag` of what the client has. If nothing has changed, the answer is 304 and has no content."
        parameters.append({"name": "If-None-Match", "in": "header", "description": about, "schema": {"type": "string"}})
    if parameters:
        operation["parameters"] = parameters
    if endpoint.body is not None:
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": _reference(endpoint.body)}}}
    if endpoint.is_open:
        operation["security"] = []
    operation["responses"] = dict(_responses(endpoint, is_read=is_read))
    return operation


def _responses(endpoint: Endpoint, *, is_read: bool) -> Iterable[tuple[str, Any]]:
    answer: dict[str, Any] = {"description": HTTPStatus(endpoint.status).phrase}
    if endpoint.status != HTTPStatus.NO_CONTENT:
        schema = _reference(endpoint.document) if endpoint.document is not None else {}
        answer["content"] = {endpoint.media_type: {"schema": schema}}
    if is_read:
        answer["headers"] = {"ETag": {"description": "Names this content.", "schema": _TAG}}
    yield str(endpoint.status), answer
    if is_read:
        yield "304", {"description": "The client has this content already."}
    refusals = endpoint.refusals if endpoint.is_open else {**_EVERYWHERE, **endpoint.refusals}
    schema = _reference(RefusalDocument) if endpoint.refuses_with == JSON else {"type": "string"}
    for status, when in sorted(refusals.items()):
        yield str(status), {"description": when, "content": {endpoint.refuses_with: {"schema": schema}}}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.place == "path",
        "description": parameter.about,
        "schema": dict(parameter.schema),
        **parameter.more,
    }


def _with_null_last(schema: Any) -> Any:  # noqa: ANN401 - JSON
    """Write *schema* alike with every release of msgspec, which differ in the place of null."""
    if isinstance(schema, list):
        return [_with_null_last(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    written = {name: _with_null_last(part) for name, part in schema.items()}
    if "anyOf" in written:
        written["anyOf"].sort(key={"type": "null"}.__eq__)
    return written


def _reference(kind: type[msgspec.Struct]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{kind.__name__}"}
