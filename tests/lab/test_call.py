"""Placeholders and environment variables: the values that a client gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinsmith.errors import PlaceholderError
from pinsmith.lab.call import PLACEHOLDERS, Call, fill, placeholders_of

A, B = "sha256/A/a+", "sha256/B"
CALL = Call(
    "https://localhost:1/", "localhost", 1, "127.0.0.1", Path("ca.pem"), (A, B), Path("p.toml"), None, Path("state")
)


def test_every_placeholder_has_a_value() -> None:
    """Every documented placeholder has a value."""
    assert set(CALL.values) == set(PLACEHOLDERS)


@pytest.mark.parametrize(
    ("argument", "filled"),
    [
        ("{url}", "https://localhost:1/"),
        ("{host}:{port}:{address}", "localhost:1:127.0.0.1"),
        ("{pin} {backup-pin}", f"{A} {B}"),
        ("{pins}", f"{A},{B}"),
        ("{pins-curl}", "sha256//A/a+;sha256//B"),
        ("--ca={cafile}", "--ca=ca.pem"),
        ("[{proxy}]", "[]"),
        ("{{url}}", "{url}"),
        ("${url}", "${url}"),
        ('{"a": {}}', '{"a": {}}'),
        ("{URL}", "{URL}"),
        ("{a b}", "{a b}"),
    ],
)
def test_arguments_are_filled_in(argument: str, filled: str) -> None:
    """Placeholders are replaced, and text that only looks like one is not changed."""
    assert fill([argument], CALL.values) == [filled]


def test_an_unknown_placeholder_gets_a_suggestion() -> None:
    """A misspelt placeholder is an error that names the nearest one, and is not passed to the client."""
    with pytest.raises(PlaceholderError) as caught:
        placeholders_of(["{backup_pin}"])
    assert str(caught.value) == "the arguments of the client contain the unknown placeholder {backup_pin}"
    assert caught.value.hint == "did you mean {backup-pin}?"
    assert all(f"{{{name}}}" in caught.value.details[0] for name in PLACEHOLDERS)


def test_an_unknown_placeholder_without_a_similar_one_may_be_literal() -> None:
    """The hint shows how to write braces that are meant literally."""
    with pytest.raises(PlaceholderError) as caught:
        fill(["{zzz}"], CALL.values)
    assert caught.value.hint == "for the literal text {zzz}, write {{zzz}}"


def test_the_environment_has_the_same_values() -> None:
    """Each value has a variable of its own, common clients find theirs, and the user's proxies are removed."""
    base = {"HOME": "/nowhere", "HTTPS_PROXY": "http://corp.example.com:3128", "no_proxy": "*", "SSL_CERT_FILE": "x"}
    variables = CALL.environment(base)
    assert {name.removeprefix("PINSMITH_LAB_") for name in variables if name.startswith("PINSMITH_LAB_")} == {
        name.upper().replace("-", "_") for name in PLACEHOLDERS
    }
    assert variables["PINSMITH_LAB_BACKUP_PIN"] == B
    assert variables["SSL_CERT_FILE"] == variables["CURL_CA_BUNDLE"] == variables["NODE_EXTRA_CA_CERTS"] == "ca.pem"
    assert variables["HOME"] == "/nowhere"
    assert not {"HTTPS_PROXY", "no_proxy"} & set(variables)
