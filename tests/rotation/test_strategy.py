"""The keys of a host that a strategy chooses, and their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith._slug import slug
from pinsmith.certificate import Certificate, Chain
from pinsmith.errors import PolicyError
from pinsmith.lab.pki.identity import Identity
from pinsmith.pin import Pin
from pinsmith.rotation.strategy import choose, free_name
from tests.checks.sample import HOST, fetched, issued_by, key

if TYPE_CHECKING:
    from pinsmith.lab.pki.authority import Authority

SPARE = Pin.parse(Identity.self_signed("spare.example.com").pin)


def test_a_host_without_an_authority_cannot_be_pinned_by_it() -> None:
    """A self-signed certificate that is its own trust anchor has no authority above it."""
    own = Identity.self_signed(HOST)
    with pytest.raises(PolicyError, match="no authority above"):
        choose("private-ca", HOST, [fetched(own).presented])


def test_names_obey_the_rules_of_pin_files() -> None:
    """For any certificate the name of its key is short, plain and unused."""
    assert slug("ISRG Root X1") == "isrg-root-x1"
    assert len(slug("x" * 200)) <= 48
    assert slug("Ünïcode & <b>") == "unicode-b"
    taken = [key("a", str(SPARE))]
    assert free_name("a", "b.example.com", taken) == "a-2"


def test_a_public_authority_is_not_a_private_one(root: Authority) -> None:
    """A strategy for private authorities warns about a public one."""
    chain = Chain((issued_by("Amazon", root), Certificate(root.der)))
    warnings = choose("private-ca", HOST, [chain]).warnings
    assert any("this authority is public" in text for text in warnings)
