"""All paths from the certificate of a server to a root, and why a client refuses one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from pinsmith.errors import CertificateError
from pinsmith.lab.pki import mint
from pinsmith.paths import paths, search as limits
from tests.paths.pki import AFTER, AT, BEFORE, HOST, ca, leaf, pin, store

if TYPE_CHECKING:
    from pinsmith.paths import Paths, Store

ENDED = datetime(2026, 11, 1, tzinfo=AT.tzinfo)
CHAIN = (leaf("I"), ca("I", "A"))


def _names(found: Paths) -> set[str]:
    """Return each path as the letters of its authorities, anchor last."""
    return {
        "".join([certificate.subject[3:] for certificate in path.certificates[1:]] + [path.anchor.subject[3:]])
        for path in found.accepted
    }


def test_every_path_of_a_diamond_is_found() -> None:
    """With I signed by A and B, and B cross-signed by A, there are three paths, whatever the order and the extras."""
    sent = (leaf("I"), ca("B", "A"), ca("Z"), ca("I", "B"), ca("I", "A"), b"rubbish")
    found = paths(sent, store(ca("A"), ca("B"), ca("Z")), at=AT)
    assert _names(found) == {"IA", "IB", "IBA"}
    assert [path.pins for path in found.found][-1] == (pin("leaf"), pin("I"), pin("B"), pin("A"))
    assert not found.is_complete
    assert _names(paths(sent, store(ca("A")), at=AT)) == {"IA", "IBA"}


def test_the_root_itself_may_be_sent() -> None:
    """A root that the server sends gives no second path."""
    assert len(paths((*CHAIN, ca("A")), store(ca("A")), at=AT).found) == 1


def test_a_root_of_another_key_or_another_name_is_no_anchor() -> None:
    """The anchor is a name and a key: the same name with another key, or the same key with another name, is none."""
    assert paths(CHAIN, store(ca("A", key="other")), at=AT).answer == "no"
    assert paths(CHAIN, store(ca("C", key="A")), at=AT).answer == "no"
    assert paths(CHAIN, store(ca("A", key="other"), ca("A")), at=AT).answer == "yes"


def test_a_forged_signature_makes_no_path() -> None:
    """An intermediate or a leaf with the right names, but signed by another key, leads nowhere."""
    roots = store(ca("A"))
    assert paths((leaf("I"), ca("I", "A", signer="rogue")), roots, at=AT).answer == "no"
    assert paths((leaf("I", signer="rogue"), ca("I", "A")), roots, at=AT).answer == "no"
    assert paths((leaf("I"), ca("I", "A", key="rogue")), roots, at=AT).answer == "no"


def test_a_root_that_is_sent_is_not_trusted() -> None:
    """A self-signed root at the end of what was sent is trusted only if the store contains it."""
    assert paths((*CHAIN, ca("A")), store(ca("B")), at=AT).answer == "no"


FAULTS = {
    "an intermediate that has ended": ((leaf("I"), ca("I", "A", not_after=ENDED)), "CN=I ended on 2026-11-01"),
    "an intermediate of the future": (
        (leaf("I"), ca("I", "A", not_before=AT + timedelta(days=1))),
        "CN=I is not valid before 2026-12-02",
    ),
    "a leaf that has ended": ((leaf("I", not_after=ENDED), ca("I", "A")), f"CN={HOST} ended on 2026-11-01"),
    "a leaf that signs": ((leaf("I"), leaf("A", common_name="I", signer="A")), "CN=I is not an authority"),
    "a path that is too long": (
        (leaf("I"), ca("I", "J"), ca("J", "A", path_length=0)),
        "CN=J allows 0 intermediates below it, and there are 1",
    ),
    "other names": (
        (leaf("I"), ca("I", "A", extensions=mint.only_below("example.org"))),
        "CN=I is constrained to other names",
    ),
    "an excluded name": (
        (leaf("I"), ca("I", "A", extensions=[(x509.NameConstraints(None, [x509.DNSName("example.com")]), True)])),
        "CN=I is constrained to other names",
    ),
    "not for servers": (
        (leaf("I", usages=[ExtendedKeyUsageOID.CLIENT_AUTH]), ca("I", "A")),
        f"CN={HOST} is not for TLS servers",
    ),
}
# The intermediate of the fault has the key of the leaf where a leaf plays its part.
_SIGNER = {"a leaf that signs": "leaf"}


@pytest.mark.parametrize("what", FAULTS)
def test_a_path_with_a_fault_is_named_and_refused(what: str) -> None:
    """The path is found, because its signatures are right, and the reason is given."""
    sent, why = FAULTS[what]
    if what in _SIGNER:
        sent = (leaf("I", signer=_SIGNER[what]), *sent[1:])
    found = paths(sent, store(ca("A")), at=AT)
    assert (found.answer, found.why, len(found.found)) == ("no", (why,), 1)


def test_names_and_lengths_that_fit_are_accepted() -> None:
    """Constraints that contain the host, and a path length that is just enough, are accepted."""
    constrained = (leaf("I"), ca("I", "J", extensions=mint.only_below("example.com")), ca("J", "A", path_length=1))
    assert paths(constrained, store(ca("A")), at=AT).answer == "yes"


def test_a_cross_sign_that_has_ended_leaves_the_other_path() -> None:
    """With an ended cross-sign of B by A, clients that trust B are served, and those that trust only A are not."""
    sent = (leaf("I"), ca("I", "B"), ca("B", "A", not_after=ENDED))
    assert _names(paths(sent, store(ca("A"), ca("B")), at=AT)) == {"IB"}
    assert paths(sent, store(ca("A")), at=AT).answer == "no"
    assert paths(sent, store(ca("A")), at=ENDED).answer == "yes"


def test_authorities_that_signed_each_other_make_no_endless_path() -> None:
    """Cross-signs in a circle, and two certificates of one name and key, are walked once."""
    sent = (leaf("I"), ca("I", "B"), ca("B", "C"), ca("C", "B"), ca("C", "D"), ca("D", "C"), ca("D", "D"), ca("D", "A"))
    found = paths(sent, store(ca("A")), at=AT)
    assert (_names(found), found.is_complete) == ({"IBCDA"}, True)


def test_a_search_that_reaches_a_limit_never_answers_no(monkeypatch: pytest.MonkeyPatch) -> None:
    """Authorities that all signed each other exceed it: the answer is unknown, or yes if a path was found."""
    names = "BCDEFG"
    tangle = [ca(name, by) for name in names for by in names if name != by]
    monkeypatch.setattr(limits, "MAX_STEPS", 50)
    found = paths((leaf("B"), *tangle), store(ca("A")), at=AT)
    assert (found.answer, found.is_complete) == ("unknown", False)
    found = paths((leaf("B"), ca("B", "A"), *tangle), store(ca("A")), at=AT)
    assert (found.answer, found.is_complete) == ("yes", False)


@pytest.mark.parametrize("limit", ["MAX_PATHS", "MAX_SIGNATURES", "MAX_CERTIFICATES", "MAX_LENGTH"])
def test_each_limit_is_told_from_an_end(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    """A search that was cut is incomplete, and the same search within the limits is complete."""
    sent = (leaf("I"), ca("I", "B"), ca("B", "A"), ca("I", "A"))
    roots = store(ca("A"), ca("B"))
    assert paths(sent, roots, at=AT).is_complete
    monkeypatch.setattr(limits, limit, 2 if limit != "MAX_LENGTH" else 1)
    assert not paths(sent, roots, at=AT).is_complete


ANCHOR_DATES = {
    "ignored": ("yes", ()),
    "checked": ("no", ("the root CN=A ended on 2026-11-01",)),
    "unknown": ("unknown", ("the root CN=A ended on 2026-11-01",)),
}


@pytest.mark.parametrize("dates", ANCHOR_DATES)
def test_a_root_that_has_ended_is_a_matter_of_the_client(dates: str) -> None:
    """Android ignores the days of a trust anchor, OpenSSL does not, and of other clients it is not known."""
    roots = replace(store(ca("A", not_before=BEFORE, not_after=ENDED)), anchor_dates=dates)  # type: ignore[arg-type]
    found = paths(CHAIN, roots, at=AT)
    assert (found.answer, found.why) == ANCHOR_DATES[dates]


def _unlisted(roots: Store) -> Store:
    return replace(roots, day=None, roots=())


@pytest.mark.parametrize("what", ["no list", "unknown roots", "fetched intermediates", "an updated store"])
def test_what_is_not_known_is_never_no(what: str) -> None:
    """No path is found, but the answer is unknown wherever the data cannot exclude one."""
    roots = store(ca("C"))
    unsure = {
        "no list": _unlisted(roots),
        "unknown roots": replace(roots, unknown=frozenset({"0" * 64})),
        "fetched intermediates": replace(roots, fetches=True),
        "an updated store": replace(roots, moves=True, updated=store(ca("A"))),
    }[what]
    assert paths(CHAIN, roots, at=AT).answer == "no"
    found = paths(CHAIN, unsure, at=AT)
    assert (found.answer, len(found.why)) == ("unknown", 1)


def test_a_root_that_an_update_removes_is_not_certain_either() -> None:
    """A store with the root that may have been updated to a list without it answers unknown."""
    moved = replace(store(ca("A")), moves=True, updated=store(ca("C")))
    assert paths(CHAIN, moved, at=AT).answer == "unknown"
    assert paths(CHAIN, replace(moved, updated=store(ca("A"))), at=AT).answer == "yes"


def test_an_old_list_of_a_store_that_moves_is_stale() -> None:
    """A store that is updated by itself is stale a while after its newest list; a store that never moves is not."""
    fixed, late = store(ca("A")), AT + timedelta(days=200)
    moving = replace(fixed, moves=True)
    assert [paths(CHAIN, roots, at=at).is_stale for roots in (fixed, moving) for at in (AT, late)] == [
        *(False, False),
        *(False, True),
    ]
    assert not replace(moving, updated=replace(fixed, day=late.date())).is_stale(date(2027, 7, 1))


def test_a_leaf_is_needed() -> None:
    """Without a certificate, or with one that cannot be read in front, there is nothing to answer about."""
    for sent in ((), (b"rubbish", *CHAIN)):
        with pytest.raises(CertificateError):
            paths(sent, store(ca("A")), at=AT)
    with pytest.raises(ValueError, match="aware"):
        paths(CHAIN, store(ca("A")), at=datetime(2026, 12, 1))  # noqa: DTZ001


def test_a_certificate_that_the_store_contains_needs_no_issuer() -> None:
    """The self-signed certificate of a private server is a path of its own if exactly it is in the store."""
    own = leaf(HOST, signer="leaf")
    assert paths((own,), store(own), at=AT).answer == "yes"
    assert paths((own,), store(leaf(HOST, signer="leaf")), at=AT).answer == "no"


def test_the_end_of_a_path_is_its_first_end() -> None:
    """A path ends with the certificate that ends first, and the trust anchor does not count."""
    soon = AT + timedelta(days=3)
    (path,) = paths((leaf("I"), ca("I", "A", not_after=soon)), store(ca("A", not_after=AT)), at=AT - timedelta(1)).found
    assert path.not_after == soon
    assert soon < AFTER
