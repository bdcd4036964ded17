"""The API: each endpoint answers what the table says, refuses with a document, and lists are read in parts."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from pinsmith.documents.refusal import RefusalDocument
from pinsmith.server.api import ENDPOINTS, description
from pinsmith.server.login import Access
from tests.checks.sample import HOST
from tests.server.asking import Answer, ask_within
from tests.server.filled import REPORTS, filled

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.server.endpoint import Endpoint


def asked(folder: Path, *requests: dict[str, Any], access: Access | None = None) -> list[Answer]:
    """Send requests to a service that has seen something of everything."""

    async def run() -> list[Answer]:
        async with filled(folder, access=access) as app:
            return [await ask_within(app, **request) for request in requests]

    return asyncio.run(run())


async def path_of(app: Any, endpoint: Endpoint) -> str:  # noqa: ANN401 - an application
    """Fill in the path of an endpoint with something that is there."""
    groups = json.loads((await ask_within(app, "/api/v1/reports")).body)["groups"]
    values = {"host": HOST, "key": groups[0]["key"], "format": "curl", "source": "pins.toml", "number": "0"}
    return re.sub(r"{(\w+)}", lambda found: values[found[1]], endpoint.path)


def test_every_endpoint_answers_with_its_document(tmp_path: Path) -> None:
    """The answer has the declared type, a tag, and is not sent again to a client that has it."""

    async def run() -> list[tuple[Endpoint, Answer, Answer]]:
        async with filled(tmp_path) as app:
            found = []
            for endpoint in ENDPOINTS:
                path = await path_of(app, endpoint)
                first = await ask_within(app, path)
                again = await ask_within(app, path, headers={"if-none-match": f'"other", W/{first.headers["etag"]}'})
                found.append((endpoint, first, again))
            return found

    for endpoint, first, again in asyncio.run(run()):
        assert first.status == 200, endpoint.path
        assert endpoint.media_type in {first.headers["content-type"], "*/*"}, endpoint.path
        if endpoint.document is not None:
            decoded = msgspec.json.decode(first.body, type=endpoint.document)
            assert msgspec.to_builtins(decoded) == json.loads(first.body), endpoint.path
        assert (again.status, again.body) == (304, b""), endpoint.path


def test_a_host_has_its_history(tmp_path: Path) -> None:
    """Each time in which it presented the same is listed, the newest first, and a port may be named."""
    by_name, by_port, other = asked(
        tmp_path, *({"path": f"/api/v1/hosts/{name}"} for name in (HOST, f"{HOST}:443", f"{HOST}:8443"))
    )
    (host,) = json.loads(by_name.body)["hosts"]
    assert host["host"]["state"] == "ok"
    assert [span["state"] for span in host["timeline"]] == ["ok", "lockout", "ok"]
    assert by_port.body == by_name.body
    assert other.status == 404


@pytest.mark.parametrize(("path", "items"), [("/api/v1/alerts", "alerts"), ("/api/v1/reports", "groups")])
def test_lists_are_read_in_parts(path: str, items: str, tmp_path: Path) -> None:
    """With `limit` and `after`, a client gets every item once and in order, and knows when it has all."""

    async def run() -> tuple[list[Any], list[Any]]:
        async with filled(tmp_path) as app:
            whole = json.loads((await ask_within(app, path)).body)
            parts, after = [], ""
            for _ in range(10):
                document = json.loads((await ask_within(app, f"{path}?limit=1{after}")).body)
                parts += document[items]
                if document["next"] is None:
                    break
                after = f"&after={document['next']}"
            return whole[items], parts

    whole, parts = asyncio.run(run())
    assert len(whole) >= min(2, REPORTS)
    assert parts == whole


REFUSED: tuple[tuple[dict[str, Any], int, str], ...] = (
    ({"path": "/api/v1/nothing"}, 404, "not-found"),
    ({"path": "/api/v1/hosts/nobody.example.com"}, 404, "not-found"),
    ({"path": "/api/v1/reports/zz"}, 404, "not-found"),
    ({"path": "/api/v1/formats/nothing/pins.toml"}, 404, "unknown-format"),
    ({"path": "/api/v1/hosts", "method": "POST"}, 405, "method-not-allowed"),
    ({"path": "/api/v1/alerts?limit=0"}, 400, "invalid-request"),
    ({"path": "/api/v1/alerts?limit=501"}, 400, "invalid-request"),
    ({"path": f"/api/v1/alerts?limit={'9' * 5000}"}, 400, "invalid-request"),
    ({"path": "/api/v1/alerts?after=x"}, 400, "invalid-request"),
    ({"path": "/api/v1/reports?after=1-0"}, 400, "invalid-request"),
    ({"path": "/api/v1/hosts", "headers": {"host": "evil.test"}}, 403, "refused"),
)


def test_a_refusal_is_a_document(tmp_path: Path) -> None:
    """Below the API, every refusal has a code that programs know."""
    answers = asked(tmp_path, *(request for request, _, _ in REFUSED))
    for answer, (request, status, code) in zip(answers, REFUSED, strict=True):
        assert (answer.status, answer.headers["content-type"]) == (status, "application/json"), request
        assert msgspec.json.decode(answer.body, type=RefusalDocument).error.code == code, request


def test_pages_refuse_for_people(tmp_path: Path) -> None:
    """A page that is not there is a page, and a wrong method says which ones are right."""
    absent, method = asked(tmp_path, {"path": "/nothing"}, {"path": "/api/v1/hosts", "method": "DELETE"})
    assert (absent.status, absent.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert set(method.headers["allow"].split(", ")) == {"GET", "HEAD"}


def test_programs_need_the_token(tmp_path: Path) -> None:
    """Where people log in, the API says that it wants the token."""
    refused, taken = asked(
        tmp_path,
        {"path": "/api/v1/hosts"},
        {"path": "/api/v1/hosts", "headers": {"authorization": "Bearer secret"}},
        access=Access(token="secret"),
    )
    assert (refused.status, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert msgspec.json.decode(refused.body, type=RefusalDocument).error.code == "not-logged-in"
    assert taken.status == 200


def test_every_route_of_the_api_is_described(tmp_path: Path) -> None:
    """A path below the API that the OpenAPI document lacks would be one that no client finds."""

    async def run() -> set[tuple[str, str]]:
        async with filled(tmp_path) as app:
            routes = app._app._app.routes  # type: ignore[attr-defined]
            return {
                (route.path, method.lower())
                for route in routes
                if route.path.startswith("/api/")
                for method in route.methods - {"HEAD"}
            }

    paths = json.loads(description())["paths"]
    described = {(path, method) for path, operations in paths.items() for method in operations}
    assert asyncio.run(run()) == {(path, method) for path, method in described if path.startswith("/api/")}
    names = [operation["operationId"] for operations in paths.values() for operation in operations.values()]
    assert len(names) == len(set(names))
