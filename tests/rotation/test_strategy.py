"""The keys of a host that a strategy chooses, and their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith import authorities
from pinsmith._slug import slug
from pinsmith.certificate import Certificate, Chain
from pinsmith.errors import PolicyError
from pinsmith.lab.pki.identity import Identity
from pinsmith.pin import Pin
from pinsmith.rotation import strategy
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


def test_an_intermediate_of_a_public_authority_is_pinned_with_consent_only(
    root: Authority, intermediate: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The authority may replace it without notice; the error quotes what the authority says."""
    isrg = authorities.find(Pin.parse("sha256/C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M="))
    monkeypatch.setattr(strategy, "find", lambda pin: isrg if str(pin) == root.pin else None)
    chain = Chain((issued_by("Amazon", intermediate), Certificate(intermediate.der), Certificate(root.der)))
    with pytest.raises(PolicyError, match="with another intermediate, without notice") as caught:
        choose("intermediate", HOST, [chain])
    assert caught.value.details[0].startswith("the authority says: pin every Amazon root")
    assert str(caught.value.hint).endswith("add --accept public-intermediate")
    (chosen,) = choose("intermediate", HOST, [chain], accepted=["public-intermediate"]).keys
    assert (chosen.role, str(chosen.pin)) == ("intermediate", intermediate.pin)


def test_a_chain_without_an_intermediate_has_none_to_pin(root: Authority) -> None:
    """The root is not pinned in its place, because it vouches for more."""
    chain = fetched(root.issue(HOST)).verified
    assert chain is not None
    with pytest.raises(PolicyError, match="has no intermediate between its certificate and the root"):
        choose("intermediate", HOST, [chain])
