"""What is pinned of a host, what is its backup, and what users are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import ConnectError, PolicyError
from pinsmith.lab.pki.identity import Identity
from pinsmith.pin import Pin
from pinsmith.rotation.backup import Backup
from pinsmith.rotation.enrolment import enrol, with_backups
from pinsmith.rotation.strategy import STRATEGIES, Strategy
from tests.checks.sample import HOST, failed, fetched, key

if TYPE_CHECKING:
    from pinsmith.lab.pki.authority import Authority

SPARE = Pin.parse(Identity.self_signed("spare.example.com").pin)


@pytest.fixture(scope="module")
def leaf(intermediate: Authority) -> Identity:
    """Issue a certificate."""
    return intermediate.issue(HOST)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_each_strategy_pins_its_kind_of_key(strategy: Strategy, leaf: Identity, root: Authority) -> None:
    """The leaf for one's own key, the trust anchor otherwise; and each says why in a paragraph."""
    enrolment = enrol(strategy, [fetched(leaf)])
    (chosen,) = enrolment.entry.keys
    expected = ("leaf", leaf.pin) if strategy == "own-key" else ("root", root.pin)
    assert (chosen.role, str(chosen.pin)) == expected
    assert len(enrolment.why) > 100


def test_every_key_of_a_host_is_pinned(intermediate: Authority, leaf: Identity) -> None:
    """Pinning one of two addresses, or of two kinds of key, would lock out the clients of the other."""
    second = intermediate.issue(HOST, key="rsa-2048")
    enrolment = enrol("own-key", [fetched(leaf), fetched(second, address="192.0.2.2")])
    assert {str(each.pin) for each in enrolment.entry.keys} == {leaf.pin, second.pin}
    assert len({each.name for each in enrolment.entry.keys}) == 2
    assert any("2 different keys" in text for text in enrolment.warnings)


def test_an_address_that_cannot_be_read_is_told(leaf: Identity) -> None:
    """It may present another key; if none can be read, there is nothing to pin."""
    assert "192.0.2.9" in enrol("own-key", [failed(), fetched(leaf)]).warnings[0]
    with pytest.raises(ConnectError):
        enrol("own-key", [failed()])


def test_an_untrusted_chain_is_refused(leaf: Identity) -> None:
    """Even if only one of several addresses presents it; by name, its key alone is accepted."""
    untrusted = fetched(leaf, trusted=False)
    with pytest.raises(PolicyError, match="not trusted"):
        enrol("own-key", [fetched(leaf), untrusted])
    assert enrol("own-key", [untrusted], pins_only=True).entry.trust == "pins-only"


def test_pins_only_cannot_pin_an_authority(leaf: Identity) -> None:
    """Without verification anybody can put an authority's certificate into a chain."""
    with pytest.raises(PolicyError, match="leaf keys only"):
        enrol("ca-set", [fetched(leaf, trusted=False)], pins_only=True)


def test_what_is_served_is_no_backup(leaf: Identity, root: Authority) -> None:
    """Neither the leaf's key nor one further up the chain."""
    enrolment = enrol("own-key", [fetched(leaf)])
    for pin in (leaf.pin, root.pin):
        with pytest.raises(PolicyError, match="not a backup"):
            with_backups(enrolment, [Backup(Pin.parse(pin))])
    added = with_backups(enrolment, [Backup(SPARE)]).entry.keys[-1]
    assert (added.role, added.standby) == ("leaf", True)


def test_of_two_roots_each_host_keeps_the_other_as_its_backup(leaf: Identity, root: Authority) -> None:
    """Forty hosts can be pinned to the same two authorities at once, whichever of them each one presents."""
    enrolment = enrol("ca-set", [fetched(leaf)])
    other = Backup(SPARE, "root", name="other-root")
    entry = with_backups(enrolment, [Backup(Pin.parse(root.pin), "root"), other]).entry
    assert [(key.role, key.standby) for key in entry.keys] == [("root", False), ("root", False)]
    assert entry.has_backup


def test_a_backup_pin_beside_authorities_is_not_called_a_leaf(leaf: Identity) -> None:
    """Beside leaves a bare pin is that of a standby key; beside roots nobody can know."""
    enrolment = enrol("ca-set", [fetched(leaf)])
    added = with_backups(enrolment, [Backup(SPARE)]).entry.keys[-1]
    assert (added.role, added.standby) == ("unknown", False)


def test_a_known_authority_gives_its_role_and_name(leaf: Identity) -> None:
    """A bare pin of a published root is enough."""
    isrg = Pin.parse("sha256/C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M=")
    added = with_backups(enrol("own-key", [fetched(leaf)]), [Backup(isrg)]).entry.keys[-1]
    assert (added.name, added.role, added.standby) == ("isrg-root-x1", "root", False)


def test_a_known_key_keeps_its_name_and_no_name_is_given_twice(leaf: Identity) -> None:
    """Two hosts with one key share its entry; two keys never share a name."""
    known = key("front-end", leaf.pin)
    assert enrol("own-key", [fetched(leaf)], [known]).entry.keys == (known,)
    year = leaf.certificate.not_valid_before_utc.year
    taken = [key(f"api-{year}", str(SPARE))]
    assert enrol("own-key", [fetched(leaf)], taken).entry.keys[0].name == f"api-example-com-{year}"
