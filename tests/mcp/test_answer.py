"""A result is short, however much a tool has found."""

from __future__ import annotations

import json

from pinsmith.documents.certificate import LinkOut
from pinsmith.documents.inspect import InspectDocument, InspectedOut
from pinsmith.mcp.answer import MAX_BYTES, MAX_TEXT, answer
from pinsmith.mcp.tool import Outcome

LINK = LinkOut(
    pin=None,
    role="leaf",
    subject="s" * 1000,
    issuer="i" * 1000,
    not_before=None,
    not_after=None,
    algorithm=None,
    compromised=None,
    certificate_sha256="00",
    presented=True,
    verified=False,
)


def _document(addresses: int, links: int) -> InspectDocument:
    host, chain = "api.example.com", [LINK] * links
    shown = InspectedOut(
        host=host, port=443, address="192.0.2.1", tls_version=None, trusted=False, trust_error=None, chain=chain
    )
    return InspectDocument(host=host, addresses=[shown] * addresses)


def test_lists_inside_lists_are_cut_until_the_result_is_short() -> None:
    """Of many long chains, as many are shown as suit the limit, and the others are counted by the name of the list."""
    made = answer(Outcome(_document(100, 100)))
    shown = made["result"]["addresses"]
    assert len(json.dumps(made["result"])) <= MAX_BYTES * 1.1  # the blanks of json.dumps
    assert set(made["left_out"]) == {
        f"addresses: {100 - len(shown)} more",
        f"addresses.chain: {len(shown) * (100 - len(shown[0]['chain']))} more",
    }
    assert shown[0]["chain"][0]["subject"] == f"{'s' * MAX_TEXT}... ({1000 - MAX_TEXT} more characters)"


def test_a_short_result_is_complete() -> None:
    """Of a few chains, nothing but the end of a long text is left out."""
    made = answer(Outcome(_document(2, 3)))
    assert [len(one["chain"]) for one in made["result"]["addresses"]] == [3, 3]
    assert made["left_out"] == []
