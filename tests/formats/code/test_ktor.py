"""The Ktor targets: refusals, omissions and options."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pinsmith.errors import ExportRefusedError, LossError
from pinsmith.formats import export, find
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import BACKUP, LEAF, PLAIN

PARENT = HostPins("example.com", (LEAF, BACKUP), include_subdomains=True)


def test_on_okhttp_a_parent_that_would_enforce_more_than_the_host_is_refused() -> None:
    """The engine joins pins like OkHttp, so it refuses the same policies as OkHttp's own targets."""
    child = HostPins("api.example.com", (LEAF, BACKUP), mode="report-only")
    with pytest.raises(ExportRefusedError, match="ktor"):
        export(Policy((PARENT, child)), find("ktor"))
    assert child.host in export(Policy((PARENT, child)), find("ktor-cio")).text


def test_on_darwin_a_key_that_ktor_cannot_hash_is_left_out_only_with_consent() -> None:
    """On Darwin, Ktor hashes RSA and two curves, so a pin of another key would never match."""
    large = replace(BACKUP, algorithm="EC P-521")
    policy = Policy((HostPins("api.example.com", (LEAF, large)),))
    with pytest.raises(LossError):
        export(policy, find("ktor-darwin"))
    text = export(policy, find("ktor-darwin"), options={"accept-loss": ("algorithms-dropped",)}).text
    assert LEAF.pin.base64 in text
    assert large.pin.base64 not in text
    with pytest.raises(ExportRefusedError, match="ktor-darwin"):
        export(Policy((HostPins("api.example.com", (large,)),)), find("ktor-darwin"))


@pytest.mark.parametrize("target", ["ktor-cio", "ktor-darwin", "ktor"])
@pytest.mark.parametrize(("visibility", "begins"), [("public", "object Keys"), ("internal", "internal object Keys")])
def test_names_and_visibility_are_options(target: str, visibility: str, begins: str) -> None:
    """Names and visibility are options, so that the code fits into any module."""
    options = {"package": "com.example.net", "class": "Keys", "visibility": visibility}
    lines = export(PLAIN, find(target), options=options).text.splitlines()
    assert "package com.example.net" in lines
    assert any(line.startswith(begins) for line in lines)
