"""The OpenAPI document is valid, and what the service answers is valid by its schemas."""

from __future__ import annotations

import asyncio
import importlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.server.api import ENDPOINTS, INTAKE, description
from pinsmith.server.openapi import operation_id
from tests.server.asking import Answer, ask_within
from tests.server.filled import filled
from tests.server.test_api import path_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.extended

# Requests that each endpoint refuses, by the status.
REFUSED = {
    "/api/v1/hosts/nobody.example.com": "get-hosts-host",
    "/api/v1/reports/00": "get-reports-key",
    "/api/v1/alerts?limit=x": "get-alerts",
    "/api/v1/reports?after=x": "get-reports",
    "/api/v1/formats/nothing/pins.toml": "get-formats-format-source",
    "/api/v1/formats/wultra/pins.toml": "get-formats-format-source",
    "/api/v1/formats/curl/pins.toml/files/1": "get-formats-format-source-files-number",
}


def faults(document: dict[str, Any], operation: str, answer: Answer) -> Iterator[str]:
    """List what an answer has that the description of its operation does not allow."""
    jsonschema = importlib.import_module("jsonschema")
    operations = (one for methods in document["paths"].values() for one in methods.values())
    described = next(one for one in operations if one["operationId"] == operation)["responses"]
    if str(answer.status) not in described:
        yield f"{operation} answered {answer.status}"
        return
    response = described[str(answer.status)]
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if not {kind, "*/*"} & response.get("content", {"": None}).keys():
        yield f"{operation} answered with {kind}"
    if kind in response.get("content", {}) and kind == "application/json":
        schema = {**response["content"][kind]["schema"], "components": document["components"]}
        errors = jsonschema.Draft202012Validator(schema).iter_errors(json.loads(answer.body))
        yield from (f"{operation}: {error.json_path}: {error.message}" for error in errors)
    for name, header in response.get("headers", {}).items():
        value = answer.headers.get(name.lower(), "")
        if not jsonschema.Draft202012Validator(header["schema"]).is_valid(value):
            yield f"{operation}: the header {name} is {value!r}"


def test_the_document_is_valid() -> None:
    """A validator that knows OpenAPI 3.1 finds nothing."""
    validator = importlib.import_module("openapi_spec_validator")
    document = json.loads(description())
    assert list(validator.OpenAPIV31SpecValidator(document).iter_errors()) == []
    del document["paths"]["/api/v1/hosts"]["get"]["responses"]
    document["info"].pop("title")
    assert list(validator.OpenAPIV31SpecValidator(document).iter_errors())


def test_answers_are_valid(tmp_path: Path) -> None:
    """Each endpoint answers with a status, a type and a document that its description has."""

    async def run() -> list[tuple[str, Answer]]:
        async with filled(tmp_path) as app:
            found = [(operation_id(one), await ask_within(app, await path_of(app, one))) for one in ENDPOINTS]
            found += [(operation, await ask_within(app, path)) for path, operation in REFUSED.items()]
            wrong_name = await ask_within(app, "/api/v1/hosts", headers={"host": "evil.test"})
            return [*found, ("get-hosts", wrong_name)]

    document = json.loads(description())
    answers = asyncio.run(run())
    assert [fault for operation, answer in answers for fault in faults(document, operation, answer)] == []
    assert {answer.status for _, answer in answers} == {200, 400, 403, 404, 422}
    # A description of something else does not fit.
    assert list(faults(document, "get-alerts", answers[0][1]))


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/reports/app", b'{"pinsmith-event": 1, "host": "api.example.com"}', 204),
        ("/reports/app", b"{", 400),
        ("/reports/other", b"{}", 404),
        ("/reports/app", b" " * 300_000, 413),
    ],
)
def test_the_intake_answers_as_described(path: str, body: bytes, status: int, tmp_path: Path) -> None:
    """Apps need no login, and refusals are lines of text."""

    async def run() -> Answer:
        async with filled(tmp_path) as app:
            return await ask_within(app, path, method="POST", body=body)

    answer = asyncio.run(run())
    assert answer.status == status
    document = json.loads(description())
    assert list(faults(document, operation_id(INTAKE[1]), answer)) == []
    assert document["paths"][INTAKE[1].path]["post"]["security"] == []
