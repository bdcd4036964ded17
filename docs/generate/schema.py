"""The pages of the pin file, of the policy as JSON and of the event, and their JSON Schemas."""

from __future__ import annotations

import json
from typing import Any

INTRODUCTION = """\
# pins.toml

One file lists the keys that each host may present. It contains no secret and belongs under version control. Unknown
keys are errors that name the nearest known one. Dates are days in UTC.

Editors read the [JSON Schema](pins-toml.schema.json); with a language server for TOML it is enough to write
`#:schema` and the path or address of that file in the first line.

```toml
version = 1

[defaults]
mode = "enforce"
include-subdomains = false

[keys.api-2026]
pin = "sha256/PnXe2UyQyPGndZ66CgZBH8Xhtjd8KCbtvMDvCci3xME="
role = "leaf"
algorithm = "EC P-256"
subject = "CN=api.example.com"
not-after = 2027-01-31

[keys.api-standby]
pin = "sha256/m/75u5q4l9S8eKtjUEcdPJ2p9kWqoADNihM3CZBIJZY="
role = "leaf"
standby = true

[[host]]
name = "api.example.com"
keys = ["api-2026", "api-standby"]
include-subdomains = true
expires = 2027-06-30
report-uris = ["https://reports.example.net/pins"]
```
"""
POLICY_INTRODUCTION = """\
# The policy as JSON

`pinsmith export policy-json` writes this document for your own tools. It has everything in a [pin file](pins-toml.md),
with all defaults filled in. `pinsmith import` reads it back. Unknown names are errors. Days are in UTC.

Validators read the [JSON Schema](policy-json.schema.json). For a host, its own entry decides, or without one the
entry of the longest parent that includes subdomains. Unless that entry is `off` or has expired, the verified chain must
contain one of its keys.
"""
EVENT_INTRODUCTION = """\
# The event of a pinning failure

An app that notices that its pins do not match sends this object as the body of a `POST` with the type
`application/json`. [](../reports.md) shows what pinsmith makes of it, and how to send it. Only `pinsmith-event` and
`host` are required; send what you have. A body has at most 256 KiB. Fields with other names are ignored, so that newer
apps can send more.

Validators read the [JSON Schema](report-event.schema.json).

```json
{
  "pinsmith-event": 1,
  "host": "api.example.com",
  "port": 443,
  "time": "2026-12-01T08:00:00Z",
  "enforced": true,
  "served-pins": ["sha256/m/75u5q4l9S8eKtjUEcdPJ2p9kWqoADNihM3CZBIJZY="],
  "known-pins": ["sha256/PnXe2UyQyPGndZ66CgZBH8Xhtjd8KCbtvMDvCci3xME="],
  "app-id": "com.example.app",
  "app-version": "4.1",
  "platform": "android"
}
```

Send certificates rather than pins if your client gives you the chain, because only their signatures can be verified.
The `validated-chain` is better than the `served-chain`. If you have nothing but the text of OkHttp's exception, send it
as `message`.
"""
TABLES = {
    "Document": "The file",
    "DefaultsTable": "`[defaults]`",
    "KeyTable": "`[keys.NAME]`",
    "CompromisedTable": "`[compromised.NAME]`",
    "HostTable": "`[[host]]`",
    "OutputTable": "`[[output]]`",
    "AllowTable": "`[[lint.allow]]`",
    "UpdatesTable": "`[updates]`",
}
OBJECTS = {
    "PolicyDocument": "The document",
    "KeyDocument": "Each of `keys`",
    "HostDocument": "Each of `hosts`",
    "AnchorDocument": "Each of `trust_anchors`",
}


def _schema() -> dict[str, Any]:
    from pinsmith.pinfile import json_schema

    return json_schema()


def _policy_schema() -> dict[str, Any]:
    from pinsmith.formats.policy_json import json_schema

    return json_schema()


def _event_schema() -> dict[str, Any]:
    from pinsmith.reports.event import json_schema

    return json_schema()


def document() -> str:
    """Write the JSON Schema of the pin file."""
    return json.dumps(_schema(), indent=2, ensure_ascii=False) + "\n"


def policy_document() -> str:
    """Write the JSON Schema of the policy."""
    return json.dumps(_policy_schema(), indent=2, ensure_ascii=False) + "\n"


def event_document() -> str:
    """Write the JSON Schema of the event."""
    return json.dumps(_event_schema(), indent=2, ensure_ascii=False) + "\n"


def page() -> str:
    """Describe each table of the pin file."""
    definitions = _schema()["$defs"]
    return "\n".join([INTRODUCTION, *(_table(definitions[name], title) for name, title in TABLES.items())])


def policy_page() -> str:
    """Describe each object of the policy."""
    definitions = _policy_schema()["$defs"]
    tables = (_table(definitions[name], title) for name, title in OBJECTS.items())
    return "\n".join([POLICY_INTRODUCTION, *(table.replace("array of tables", "array of objects") for table in tables)])


def event_page() -> str:
    """Describe the fields of the event."""
    return "\n".join([EVENT_INTRODUCTION, _table(_event_schema()["$defs"]["EventBody"], "The fields")])


def _table(table: dict[str, Any], title: str) -> str:
    required = table.get("required", [])
    rows = [_row(key, value, is_required=key in required) for key, value in table["properties"].items()]
    head = [f"## {title}", "", table.get("description", ""), "", "| key | value | meaning |", "| - | - | - |"]
    return "\n".join([*head, *rows, ""])


def _row(key: str, value: dict[str, Any], *, is_required: bool) -> str:
    default = value.get("default")
    notes = [value.get("description", "")]
    if is_required:
        notes.append("Required.")
    elif default not in (None, {}, []):
        notes.append(f"Default: `{json.dumps(default)}`.")
    return f"| `{key}` | {_kind(value)} | {' '.join(filter(None, notes))} |"


def _kind(value: dict[str, Any]) -> str:
    """Describe in words which values are allowed."""
    if "enum" in value:
        return ", ".join(f"`{json.dumps(choice)}`" for choice in value["enum"])
    if "anyOf" in value:
        return " or ".join(dict.fromkeys(_kind(choice) for choice in value["anyOf"]))
    if "$ref" in value or "additionalProperties" in value:
        return "table"
    if value.get("type") == "array":
        return f"array of {_kind(value['items'])}s"
    names = {
        "string": str(value.get("format", "string")),
        "integer": "number",
        "number": "number",
        "boolean": "`true` or `false`",
    }
    names["null"] = "`null`"
    return names.get(str(value.get("type")), "value")
