"""The page of the API of the service, and its description in OpenAPI."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from docs.generate.documents import anchor

if TYPE_CHECKING:
    from pinsmith.server.endpoint import Endpoint

INTRODUCTION = """\
# The API of the service

[`pinsmith serve`](../operate.md) has an API, from which programs read what its pages show. Where people must log in,
programs send the token of the settings as `Authorization: Bearer TOKEN`. The service itself describes the API as
OpenAPI 3.1 at `/api/v1/openapi.json`, which is [this document](service-api.openapi.json).

Each answer has an `ETag`. A client that sends it back in `If-None-Match` gets 304, and no content, while nothing has
changed. Lists with `limit` and `after` have `next`, which is null at the end.

```sh
curl -H "Authorization: Bearer $TOKEN" https://pins.example.com/api/v1/hosts/api.example.com
```

| request | what it does | answer |
| - | - | - |
"""
ERRORS = """\

## Errors

An answer with a status from 400 on is a [document](#json-refusal-document), too. Its `error` has one of these codes, or
the [code of an error](errors.md) of pinsmith, with the status 422.

| code | status | meaning |
| - | - | - |
| `invalid-request` | 400 | a parameter has a value that it cannot have |
| `not-logged-in` | 401 | the request has neither a session nor the token |
| `refused` | 403 | the request is for another name of the service, or comes from the page of another site |
| `not-found` | 404 | there is nothing at this path |
| `method-not-allowed` | 405 | the path does not take this method |
| `ambiguous` | 409 | several pin files contain the host |
| `not-read` | 503 | the service has not read the pin file yet |
| `busy` | 503 | too many outputs are made at the moment |

## Requests
"""


def page() -> str:
    """Describe each endpoint."""
    from pinsmith.server.api import described

    endpoints = described()
    rows = [f"| `{found.method} {found.path}` | {found.summary} | {_answer(found)} |" for found in endpoints]
    sections = [_section(found) for found in endpoints if found.parameters or found.refusals]
    return INTRODUCTION + "\n".join([*rows, ERRORS, *sections])


def document() -> str:
    """Write the OpenAPI document."""
    from pinsmith.server.api import description

    described: dict[str, Any] = json.loads(description())
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"


def _answer(endpoint: Endpoint) -> str:
    if endpoint.document is not None:
        return f"[{endpoint.document.__name__}](#{anchor(endpoint.document.__name__)})"
    return f"`{endpoint.media_type}`" if endpoint.method == "GET" else f"{endpoint.status}, without content"


def _section(endpoint: Endpoint) -> str:
    lines = [f"### `{endpoint.method} {endpoint.path}`", ""]
    if endpoint.parameters:
        lines += ["| parameter | in | meaning |", "| - | - | - |"]
        lines += [f"| `{one.name}` | {one.place} | {one.about} |" for one in endpoint.parameters]
        lines.append("")
    if endpoint.refusals:
        lines += ["| status | when |", "| - | - |"]
        lines += [f"| {status} | {when} |" for status, when in endpoint.refusals.items()]
        lines.append("")
    return "\n".join(lines)
