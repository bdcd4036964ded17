"""The keys that are pinned for a host, its backup, and the explanation for users."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import ConnectError, PolicyError
from pinsmith.errors.custody import UnfitKeyError
from pinsmith.lab.pki.identity import Identity
from pinsmith.pin import Pin
from pinsmith.policy import Policy
from pinsmith.rotation.backup import Backup
from pinsmith.rotation.enrolment import enrol, with_backups
from pinsmith.rotation.sighting import LiveHost, Sighting
from pinsmith.rotation.strategy import STRATEGIES, Strategy
from tests.checks.sample import HOST, failed, fetched, key

if TYPE_CHECKING:
    from pinsmith.lab.pki.authority import Authority
    from pinsmith.probe import FetchOutcome

SPARE = Pin.parse(Identity.self_signed("spare.example.com").pin)


def seen(*outcomes: FetchOutcome, pins_only: bool = False) -> Sighting:
    """Collect the chains of a host that presented *outcomes*."""
    return LiveHost(outcomes, pins_only).sighting(Policy())


@pytest.fixture(scope="module")
def leaf(intermediate: Authority) -> Identity:
    """Issue a certificate."""
    return intermediate.issue(HOST)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_pins_its_kind_of_key(
    strategy: Strategy, leaf: Identity, intermediate: Authority, root: Authority
) -> None:
    """The leaf, its issuer or the trust anchor is pinned, and each strategy explains its choice."""
    enrolment = enrol(strategy, seen(fetched(leaf)))
    (chosen,) = enrolment.entry.keys
    expected = {"own-key": ("leaf", leaf.pin), "intermediate": ("intermediate", intermediate.pin)}
    assert (chosen.role, str(chosen.pin)) == expected.get(strategy, ("root", root.pin))
    assert len(enrolment.why) > 100


def test_every_key_of_a_host_is_pinned(intermediate: Authority, leaf: Identity) -> None:
    """Every key of every address is pinned, because clients of the other key would be locked out."""
    second = intermediate.issue(HOST, key="rsa-2048")
    enrolment = enrol("own-key", seen(fetched(leaf), fetched(second, address="192.0.2.2")))
    assert {str(key.pin) for key in enrolment.entry.keys} == {leaf.pin, second.pin}
    assert len({key.name for key in enrolment.entry.keys}) == 2
    assert any("2 different keys" in text for text in enrolment.warnings)


def test_a_host_whose_key_can_be_computed_is_not_pinned(leaf: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pin of such a key keeps nobody out; a pin of the authority above it is another matter."""
    monkeypatch.setattr("pinsmith.rotation.fitness.weakness_of", lambda _: "is RSA 1024, which can be broken")
    with pytest.raises(UnfitKeyError, match=f"the key of {HOST} is RSA 1024"):
        enrol("own-key", seen(fetched(leaf)))
    assert enrol("ca-set", seen(fetched(leaf))).entry.keys


def test_an_address_that_cannot_be_read_is_reported(leaf: Identity) -> None:
    """An unread address is reported, because it may present another key; if all fail, there is nothing to pin."""
    assert "192.0.2.9" in enrol("own-key", seen(failed(), fetched(leaf))).warnings[0]
    with pytest.raises(ConnectError):
        enrol("own-key", seen(failed()))


def test_an_untrusted_chain_is_refused(leaf: Identity) -> None:
    """One untrusted address is enough for a refusal; with pins-only, the key alone is accepted."""
    untrusted = fetched(leaf, trusted=False)
    with pytest.raises(PolicyError, match="not trusted"):
        enrol("own-key", seen(fetched(leaf), untrusted))
    assert enrol("own-key", seen(untrusted, pins_only=True)).entry.trust == "pins-only"


def test_pins_only_cannot_pin_an_authority(leaf: Identity) -> None:
    """Without verification, anybody can put the certificate of an authority into a chain."""
    with pytest.raises(PolicyError, match="leaf keys only"):
        enrol("ca-set", seen(fetched(leaf, trusted=False), pins_only=True))


def test_a_served_key_is_not_a_backup(leaf: Identity, root: Authority) -> None:
    """Neither the leaf's key nor another key of the served chain is accepted as a backup."""
    enrolment = enrol("own-key", seen(fetched(leaf)))
    for pin in (leaf.pin, root.pin):
        with pytest.raises(PolicyError, match="not a backup"):
            with_backups(enrolment, [Backup(Pin.parse(pin))])
    added = with_backups(enrolment, [Backup(SPARE)]).entry.keys[-1]
    assert (added.role, added.standby) == ("leaf", True)


def test_of_two_roots_each_host_keeps_the_other_as_its_backup(leaf: Identity, root: Authority) -> None:
    """Many hosts can be pinned to the same two authorities, whichever of them a host presents."""
    enrolment = enrol("ca-set", seen(fetched(leaf)))
    other = Backup(SPARE, "root", name="other-root")
    entry = with_backups(enrolment, [Backup(Pin.parse(root.pin), "root"), other]).entry
    assert [(key.role, key.standby) for key in entry.keys] == [("root", False), ("root", False)]
    assert entry.has_backup


def test_a_backup_pin_beside_authorities_is_not_called_a_leaf(leaf: Identity) -> None:
    """Beside leaf pins a bare pin is a standby key; beside root pins its role is unknown."""
    enrolment = enrol("ca-set", seen(fetched(leaf)))
    added = with_backups(enrolment, [Backup(SPARE)]).entry.keys[-1]
    assert (added.role, added.standby) == ("unknown", False)


def test_a_known_authority_gives_its_role_and_name(leaf: Identity) -> None:
    """A known pin of a published root gets the role and the name of that root."""
    isrg = Pin.parse("sha256/C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M=")
    added = with_backups(enrol("own-key", seen(fetched(leaf))), [Backup(isrg)]).entry.keys[-1]
    assert (added.name, added.role, added.standby) == ("isrg-root-x1", "root", False)


def test_a_known_key_keeps_its_name_and_no_name_is_given_twice(leaf: Identity) -> None:
    """Two hosts with one key share its entry, and two keys never share a name."""
    known = key("front-end", leaf.pin)
    assert enrol("own-key", seen(fetched(leaf)), [known]).entry.keys == (known,)
    year = leaf.certificate.not_valid_before_utc.year
    taken = [key(f"api-{year}", str(SPARE))]
    assert enrol("own-key", seen(fetched(leaf)), taken).entry.keys[0].name == f"api-example-com-{year}"


def test_hosts_with_the_same_first_label_are_named_in_full(intermediate: Authority) -> None:
    """The names do not depend on which host comes first, or on which was pinned before."""
    hosts = ("www.example.com", "www.example.org")
    for order in (hosts, hosts[::-1]):
        names = []
        for host in order:
            seen_there = LiveHost([fetched(intermediate.issue(host), host)]).sighting(Policy())
            enrolment = with_backups(enrol("own-key", seen_there, (), order), [Backup(SPARE)], (), order)
            names += [pinned.name.rpartition("-")[0] for pinned in enrolment.entry.keys]
        assert sorted(names) == ["www-example-com"] * 2 + ["www-example-org"] * 2
