"""The documents of explanations."""

from __future__ import annotations

from datetime import date

import msgspec

from pinsmith.documents.explain import explain_document
from pinsmith.explaining.pin import explain_pin
from pinsmith.pin import Pin
from tests.formats.policy import pin

ISRG_ROOT_X2 = Pin.parse("sha256/diGVwiVYbubAI3RW4hB9xU8e/CH2GnkuvVFZE8zmgzI=")


def test_unknown_is_a_word_with_a_reason() -> None:
    """A standing that the tables cannot tell is ``unknown`` with its reason, and no other standing has one."""
    document = msgspec.to_builtins(explain_document(explain_pin(ISRG_ROOT_X2, today=date(2026, 12, 1))))
    (known,) = document["pins"]
    versions = [version for store in known["stores"] for version in store["versions"]]
    assert {bool(version["why"]) for version in versions if version["standing"] == "unknown"} == {True}
    assert not any(version["why"] for version in versions if version["standing"] != "unknown")
    (android,) = (store for store in known["stores"] if store["store"] == "android")
    (ten,) = (version for version in android["versions"] if version["version"] == "10")
    assert (ten["standing"], ten["day"], ten["through"]) == ("unknown", None, [])
    assert {name for version in versions for name in version["through"]} == {"ISRG Root X1"}


def test_nothing_is_claimed_of_a_key_that_nobody_knows() -> None:
    """Its lists are empty, and its authority is null."""
    (known,) = explain_document(explain_pin(pin("api"), today=date(2026, 12, 1))).pins
    assert (known.authority, known.stores, known.admits, known.certificates) == (None, [], [], [])
