"""Pins that stand in the files of apps are found, unless the pin file has them."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith import pinfile
from pinsmith.lab.pki.identity import Identity
from pinsmith.setup import Tree, standing
from tests.setup.trees import KEYS, PIN_FILE, write

if TYPE_CHECKING:
    from pathlib import Path

OTHER: Final = Identity.self_signed("partner.example.org").pin


def _nsc(*pins: str) -> str:
    lines = "".join(f'<pin digest="SHA-256">{pin.removeprefix("sha256/")}</pin>' for pin in pins)
    domain = '<domain includeSubdomains="false">partner.example.org</domain>'
    config = f"<domain-config>{domain}<pin-set>{lines}</pin-set></domain-config>"
    return f"<network-security-config>{config}</network-security-config>"


def _manager(*pins: str) -> str:
    return json.dumps({"sha256Keys": {"partner.example.org": list(pins)}})


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("app/src/main/res/xml/any_name.xml", _nsc(KEYS[0], OTHER), "1 pin that"),
        (
            "my app/ssl_config.json",
            _manager(OTHER, OTHER[:-4] + "AAA="),
            "2 pins that",
        ),
        ("app/src/main/res/xml/any_name.xml", _nsc(*KEYS), ""),
        ("app/src/main/res/xml/any_name.xml", "<network-security-config>", ""),
        ("notes.xml", _nsc(OTHER), ""),
        ("output.xml", _nsc(OTHER), ""),
    ],
    ids=["Android", "a library", "known pins", "a broken file", "a file of another name", "an output"],
)
def test_only_files_of_apps_with_other_pins_are_named(path: str, text: str, message: str, tmp_path: Path) -> None:
    """The finding names the file and the command that keeps its pins."""
    write({path: text}, tmp_path)
    found = list(standing(Tree(tmp_path), pinfile.parse(PIN_FILE), ["./output.xml"], into="pins.toml"))
    contains = f"it contains {message} pins.toml does not have"
    assert [finding.message for finding in found] == ([contains] if message else [])
    assert all(finding.fix == f"run `pinsmith import {shlex.quote(path)} --into pins.toml`" for finding in found)


def test_an_output_is_left_to_sync(tmp_path: Path) -> None:
    """The pins of a file that is an output are compared by `sync`."""
    path = "res/xml/pins.xml"
    write({path: _nsc(OTHER)}, tmp_path)
    policy = pinfile.parse(PIN_FILE)
    assert len(list(standing(Tree(tmp_path), policy, [], into="pins.toml"))) == 1
    assert list(standing(Tree(tmp_path), policy, [f"./{path}"], into="pins.toml")) == []
