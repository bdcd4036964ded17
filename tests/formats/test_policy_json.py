"""The policy as JSON: complete in both directions, with the places of faults."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given

from pinsmith.errors import FormatError
from pinsmith.formats import export, policy_json, policy_of
from pinsmith.policy import CompromisedKey, HostPins, Policy, TrustAnchor
from tests.formats.policy import BACKUP, FULL, LEAF, PLAIN, ROOT, pin, policies

EVERYTHING = Policy(
    (
        *FULL.hosts,
        HostPins("192.0.2.1", (LEAF,), port=8443, trust="pins-only", check_host_name=False),
        HostPins("ca.example.net", (LEAF, BACKUP), trust_anchors=(TrustAnchor("certs/our.pem", pin("our")),)),
        HostPins("nobody.example.net", (), mode="off"),
    ),
    (replace(ROOT, subject='CN="ä"', not_after=date(2040, 1, 1), certificate="certs/root.pem"),),
    require_pins=True,
    refuse_compromised=True,
    compromised=(CompromisedKey("stolen", pin("stolen")),),
)


def _read(text: str) -> Policy:
    assert policy_json.FORMAT.read is not None
    policy, notes = policy_of(policy_json.FORMAT.read(text.encode(), "p.json"), file="p.json")
    assert notes == ()
    return policy


def test_nothing_is_lost_either_way() -> None:
    """The policy comes back equal, with unused keys, anchors, ports and trust, and needs no consent."""
    exported = export(EVERYTHING, policy_json.FORMAT)
    assert exported.losses == ()
    assert _read(exported.text) == EVERYTHING


@given(policy=policies())
def test_every_policy_comes_back_equal(policy: Policy) -> None:
    """Every policy comes back equal."""
    assert _read(export(policy, policy_json.FORMAT).text) == policy


def test_chosen_hosts_bring_their_keys_only() -> None:
    """With the option, only the hosts and their keys are written."""
    text = export(EVERYTHING, policy_json.FORMAT, options={"hosts": ("example.com",)}).text
    assert _read(text) == replace(EVERYTHING, hosts=FULL.hosts[:1], keys=())


def test_the_document_in_full() -> None:
    """Every field of a host is written, so that other tools need no defaults."""
    assert json.loads(export(PLAIN, policy_json.FORMAT).text) == {
        "version": 1,
        "remark": "The pins here are written by pinsmith from pins.toml. Edit that file and run `pinsmith sync`.",
        "require_pins": False,
        "refuse_compromised": False,
        "compromised": [],
        "keys": [
            {"name": "leaf", "pin": str(LEAF.pin), "role": "leaf", "algorithm": "EC P-256"},
            {"name": "standby", "pin": str(BACKUP.pin), "role": "leaf", "algorithm": "EC P-256", "standby": True},
        ],
        "hosts": [
            {
                "name": "api.example.com",
                "keys": ["leaf", "standby"],
                "mode": "enforce",
                "include_subdomains": False,
                "expires": None,
                "port": 443,
                "report_uris": [],
                "trust_anchors": [],
                "trust": "verified",
                "check_host_name": True,
            }
        ],
    }


def test_every_field_is_described_in_the_schema() -> None:
    """The schema is the documentation, so every field has a sentence."""
    schema = policy_json.json_schema()
    for definition in schema["$defs"].values():
        assert definition["description"].endswith(".")
        for name, field in definition["properties"].items():
            described = field.get("description") or "pin" in name
            assert described, name


@pytest.mark.parametrize(
    ("old", "new", "problem", "line"),
    [
        ('"mode": "enforce"', '"mode": "enforced"', "invalid enum value 'enforced'", 29),
        ('"port": 443', '"port": 0', "expected `int` >= 1", 32),
        ('"keys": [\n        "leaf"', '"keys": [\n        "loaf"', "there is no key 'loaf'", 25),
        ("sha256/", "sha256//", "is not the canonical spelling", 10),
        ('"name": "leaf"', '"name": "a\\nb"', "cannot name a key", 8),
        ('"version": 1', '"version": 2', "invalid enum value 2", 2),
        ('"require_pins": false', '"require_pins": false, "version": 1', "is defined twice (also in line 2)", 4),
        ('"name": "api.example.com"', '"name": "API.example.com"', "not canonical", 23),
        ('false,\n      "expires"', 'true,\n      "expires"', None, 0),
        ('"api.example.com"', '"api.example.com",', "a name in quotes", 24),
    ],
)
def test_a_fault_is_reported_with_its_line(old: str, new: str, problem: str | None, line: int) -> None:
    """The message gives the fault and its place."""
    text = export(PLAIN, policy_json.FORMAT).text
    assert old in text
    if problem is None:
        assert _read(text.replace(old, new, 1)).hosts[0].include_subdomains
        return
    with pytest.raises(FormatError) as caught:
        _read(text.replace(old, new, 1))
    assert problem in caught.value.problem
    assert caught.value.line == line


def test_subdomains_of_a_public_suffix_are_refused() -> None:
    """A pin file has the same rule."""
    text = export(PLAIN, policy_json.FORMAT).text.replace("api.example.com", "co.uk")
    with pytest.raises(FormatError, match="public suffix"):
        _read(text.replace('"include_subdomains": false', '"include_subdomains": true'))
