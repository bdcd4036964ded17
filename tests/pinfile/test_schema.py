"""The JSON Schema that editors use agrees with the reader."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from pinsmith.pinfile import json_schema, parse
from pinsmith.policy import KEY_ROLES, MODES, TRUSTS
from tests.pinfile.sample import LEAF, TEXT

SCHEMA = json_schema()
TABLES: dict[str, Any] = SCHEMA["$defs"]
KEY, HOST = (TABLES[name]["properties"] for name in ("KeyTable", "HostTable"))


def test_it_is_json_and_new_each_time() -> None:
    """A caller may change the returned object."""
    first = json_schema()
    assert json.loads(json.dumps(first)) == SCHEMA
    first["$defs"].clear()
    assert json_schema() == SCHEMA


@pytest.mark.parametrize("table", TABLES)
def test_everything_is_described(table: str) -> None:
    """Every key has a description that an editor can show."""
    for name, field in TABLES[table]["properties"].items():
        assert field.get("description") or "$ref" in field or name == "defaults"


@pytest.mark.parametrize("table", [name for name in TABLES if name != "OutputTable"])
def test_unknown_keys_are_errors(table: str) -> None:
    """A typing error shows while typing; only outputs have keys of their own."""
    assert TABLES[table]["additionalProperties"] is False
    assert TABLES["OutputTable"]["additionalProperties"] is True


def test_choices_are_those_of_the_policy() -> None:
    """Modes, roles and trusts are those of the library."""
    assert set(KEY["role"]["enum"]) == set(KEY_ROLES)
    assert set(HOST["mode"]["enum"]) == set(MODES)
    assert set(HOST["trust"]["enum"]) == set(TRUSTS)


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (KEY["pin"]["pattern"], LEAF, [LEAF[7:], LEAF[:-1], LEAF.replace("8M=", "8N="), LEAF.replace("+", "-")]),
        (HOST["keys"]["items"]["pattern"], "api-2026", ["", "a b", "-a", "a/b", "a" * 65]),
        (HOST["name"]["pattern"], "bücher.example", ["API.example.com", "*.a.test", "https://a.test", "a.test:1", ""]),
        (HOST["name"]["pattern"], "2001:db8::1", ["[2001:db8::1]", "2001:DB8::1"]),
    ],
    ids=["pin", "key name", "host", "address"],
)
def test_patterns_tell_good_from_bad(pattern: str, good: str, bad: list[str]) -> None:
    """The pattern refuses only wrong values; a value that it accepts can still be wrong."""
    assert re.search(pattern, good)
    assert not [text for text in bad if re.search(pattern, text)]


def test_the_sample_uses_known_keys_only() -> None:
    """The schema and the reader know the same keys."""
    assert parse(TEXT).hosts
    used = set(re.findall(r"(?m)^([a-z-]+) = ", TEXT)) - {"package"}
    assert used <= {name for table in [SCHEMA, *TABLES.values()] for name in table.get("properties", {})}
