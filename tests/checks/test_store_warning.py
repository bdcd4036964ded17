"""Clients that lose a host because of their trust store get a warning."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from pinsmith import authorities
from pinsmith.authorities import Issued
from pinsmith.certificate import Chain
from pinsmith.checks.host_check import HostCheck
from pinsmith.checks.store_warning import with_stores
from pinsmith.finding import Severity
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.release import Release, ReleasedHost
from tests.paths.pki import AT, HOST, ca, leaf, pin, store

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from pinsmith.finding import Finding
    from pinsmith.paths import Store

# leaf > intermediate > new > old
SENT = Chain.of_der((leaf("intermediate"), ca("intermediate", "new"), ca("new", "old")))
CHECK = HostCheck(HOST, 443, "192.0.2.7", "matched", None, "presents old")
OLD, BOTH = replace(store(ca("old")), title="Test 1"), replace(store(ca("old"), ca("new")), title="Test 2")
NEW, NEWER = replace(store(ca("new")), title="Test 3"), replace(store(ca("new")), title="Test 4")
NONE, NOBODY = replace(store(ca("none")), title="Other 1"), replace(store(ca("none")), title="Other 2", day=None)


def _findings(stores: Sequence[Store], *names: str, releases: Sequence[Release] = ()) -> tuple[Finding, ...]:
    policy = Policy((HostPins(HOST, tuple(Key(name, pin(name)) for name in names)),))
    return with_stores(CHECK, SENT, policy, releases, stores, now=AT).findings


def test_clients_that_end_at_no_pinned_key_are_reported_once_for_neighbours() -> None:
    """Versions to which the same happens share a finding, which names the pins and what to do."""
    (depends, locked) = _findings([OLD, BOTH, NEW, NEWER], "old")
    assert (depends.rule, depends.severity) == ("store-path-not-pinned", Severity.HIGH)
    assert (locked.rule, locked.severity) == ("store-locked-out", Severity.HIGH)
    assert "Test 3 to 4 and the pins of the pin file are locked out" in locked.message
    assert f"pinsmith explain {HOST} --stores" in (locked.fix or "")


def test_a_pin_on_every_path_gives_no_warning() -> None:
    """If each path has a pinned key, nothing is reported."""
    assert not _findings([OLD, BOTH, NEW], "old", "new")
    assert not _findings([OLD, BOTH, NEW], "intermediate")


def test_the_pins_of_each_release_are_asked() -> None:
    """A release with other pins is named, although the pin file is fine."""
    old = Release("android", "3.9", (ReleasedHost(HOST, {"old": pin("old")}),), share=2.1)
    (found,) = _findings([NEW], "intermediate", releases=[old])
    assert "the pins of android 3.9 (2.1% of users) are locked out" in found.message


def test_clients_that_trust_no_root_are_reported_whatever_they_pin() -> None:
    """An untrusted chain is one finding for the pin file and all releases, and an unknown store only informs."""
    same = Release("android", "3.9", (ReleasedHost(HOST, {"new": pin("new")}),))
    (untrusted, unknown) = _findings([NEW, NONE, NOBODY], "intermediate", releases=[same])
    assert (untrusted.rule, untrusted.severity) == ("store-untrusted", Severity.MEDIUM)
    assert (unknown.rule, unknown.severity) == ("store-unknown", Severity.INFO)


def test_a_certificate_that_was_not_sent_is_the_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    """If a published certificate would complete a path, the finding names the path."""
    crossed = Issued(pin("intermediate"), pin("none"), date(2020, 1, 1), date(2030, 1, 1))
    monkeypatch.setattr(authorities, "issued_for", lambda of: (crossed,) if of == crossed.signed else ())
    (found,) = _findings([NONE], "intermediate")
    assert (found.rule, found.fix) == (
        "store-untrusted",
        "send more certificates, to complete the path CN=api.example.com > CN=intermediate > CN=none",
    )


def test_a_private_authority_is_one_remark() -> None:
    """If no store is known to trust the chain, the tables say nothing about the host."""
    (found,) = _findings([NONE, NOBODY], "old")
    assert (found.rule, found.severity) == ("store-unknown", Severity.INFO)


def test_a_certificate_that_cannot_be_read_does_not_stop_the_check() -> None:
    """A server that sends bytes that are not a certificate gets no warning of stores, and the check goes on."""
    policy = Policy((HostPins(HOST, (Key("old", pin("old")),)),))
    for sent in (Chain.of_der((b"garbage",)), Chain.of_der((SENT.certificates[0].der, b"garbage"))):
        assert isinstance(with_stores(CHECK, sent, policy, (), [OLD], now=AT), HostCheck)


def test_a_host_that_sent_nothing_stays_as_it_is() -> None:
    """Without a chain or without stores nothing is added."""
    assert with_stores(CHECK, None, Policy(), (), [OLD], now=AT) is CHECK
    assert with_stores(CHECK, SENT, Policy(), (), [], now=AT) is CHECK
