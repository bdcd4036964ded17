"""A leaf gets the chain of an earlier one only if OpenSSL would build the same, and only while that is certain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from pinsmith.certificate import Certificate
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.mint import only_below
from pinsmith.probe import kinds as kinds_module
from pinsmith.probe.kinds import LIFE, MARGIN, Kinds
from tests.probe.odd_leaves import KEY_IDENTIFIER, with_extensions

if TYPE_CHECKING:
    from pinsmith.lab.pki.identity import Identity

NOW = datetime.now(UTC).replace(microsecond=0)
SECOND = timedelta(seconds=1)


def sent(identity: Identity, *more: Authority) -> list[bytes]:
    """Return the chain that a server presents, with the certificates of *more* behind it."""
    return [certificate.public_bytes(Encoding.DER) for certificate in identity.chain] + [one.der for one in more]


def verified(identity: Identity) -> list[bytes]:
    """Return the chain from leaf to root."""
    assert identity.root is not None
    return [*sent(identity), identity.root.public_bytes(Encoding.DER)]


@pytest.fixture
def anchors() -> list[bytes]:
    """Collect the anchors that were learned."""
    return []


@pytest.fixture
def kinds(anchors: list[bytes]) -> Kinds:
    """Make an empty table."""
    return Kinds(anchors.append)


def test_a_second_leaf_gets_the_chain_of_the_first(kinds: Kinds, anchors: list[bytes], intermediate: Authority) -> None:
    """The chain is the new leaf with the certificates above the first; the issuer becomes an anchor once."""
    first, second = intermediate.issue("a.test"), intermediate.issue("b.test")
    assert kinds.chain_of(sent(second), "b.test", NOW) is None
    kinds.learn(sent(first), verified(first), NOW)
    kinds.learn(sent(second), verified(second), NOW)
    assert kinds.chain_of(sent(second), "b.test", NOW) == verified(second)
    assert anchors == [intermediate.der]
    assert kinds.chain_of(sent(second), "a.test", NOW) is None


def test_only_the_first_issuers_become_anchors(
    kinds: Kinds, anchors: list[bytes], root: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An anchor costs a little at each handshake, so later kinds share their trust anchor."""
    monkeypatch.setattr(kinds_module, "MAX_ISSUERS", 2)
    authorities = [root.intermediate(f"Number {number}") for number in range(4)]
    for leaf in [authority.issue("a.test") for authority in authorities]:
        kinds.learn(sent(leaf), verified(leaf), NOW)
        assert kinds.chain_of(sent(leaf), "a.test", NOW) == verified(leaf)
    assert anchors == [authorities[0].der, authorities[1].der, root.der]


def test_usual_chains_do_not_load_cryptography(
    kinds: Kinds, intermediate: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A retrieval with rustls has less memory without it, so times of the usual form are read without it."""
    first = intermediate.issue("a.test")
    monkeypatch.delattr(Certificate, "x509")
    kinds.learn(sent(first), verified(first), NOW)
    assert kinds.chain_of(sent(first), "a.test", NOW) == verified(first)


def test_an_authority_whose_time_has_another_form_is_read_too() -> None:
    """RFC 5280 writes times from 2050 on, and before 1950, in another form."""
    late = Authority.root("Late", not_before=NOW - timedelta(days=1), not_after=datetime(2055, 1, 1, tzinfo=UTC))
    kinds, first = Kinds(list[bytes]().append), late.issue("a.test")
    kinds.learn(sent(first), verified(first), NOW)
    assert kinds.chain_of(sent(first), "a.test", NOW) == verified(first)


def test_other_presented_certificates_are_another_kind(kinds: Kinds, root: Authority, intermediate: Authority) -> None:
    """With another certificate beside it, another issuer or another key identifier, OpenSSL has to choose anew."""
    first = intermediate.issue("a.test")
    kinds.learn(sent(first), verified(first), NOW)
    assert kinds.chain_of(sent(first, root), "a.test", NOW) is None
    assert kinds.chain_of(sent(root.intermediate("Other").issue("a.test")), "a.test", NOW) is None
    bare = with_extensions(intermediate, without=(KEY_IDENTIFIER,))
    assert kinds.chain_of(sent(bare), "odd.test", NOW) is None


def test_times_have_a_margin(kinds: Kinds, intermediate: Authority) -> None:
    """Near the ends of its validity, a leaf is left to OpenSSL, which looks at another clock."""
    begins, ends = NOW - timedelta(hours=2), NOW + timedelta(minutes=30)
    first, short = intermediate.issue("a.test"), intermediate.issue("b.test", not_before=NOW, not_after=ends)
    kinds.learn(sent(first), verified(first), NOW - SECOND)
    assert begins < NOW
    for moment, settled in (
        (NOW + MARGIN - SECOND, False),
        (NOW + MARGIN, True),
        (ends - MARGIN, True),
        (ends - MARGIN + SECOND, False),
    ):
        assert (kinds.chain_of(sent(short), "b.test", moment) is not None) is settled


def test_a_kind_is_forgotten_in_time(kinds: Kinds, root: Authority) -> None:
    """A kind lasts an hour, and less if one of its certificates ends earlier, because OpenSSL then chooses another."""
    brief = root.intermediate("Brief", not_after=NOW + timedelta(minutes=30))
    for authority, lasts in ((root.intermediate("Long"), LIFE), (brief, timedelta(minutes=30) - MARGIN)):
        leaf = authority.issue("a.test", not_after=NOW + timedelta(days=1))
        kinds.learn(sent(leaf), verified(leaf), NOW)
        assert kinds.chain_of(sent(leaf), "a.test", NOW + lasts - SECOND) is not None
        count = len(kinds)
        assert kinds.chain_of(sent(leaf), "a.test", NOW + lasts) is None
        assert len(kinds) == count - 1


def test_certificates_that_are_not_valid_teach_nothing(kinds: Kinds, root: Authority) -> None:
    """A presented certificate that is not valid yet, or has ended, may be chosen later or was not chosen."""
    leaf = root.intermediate("Good").issue("a.test")
    for other in (
        root.intermediate("Another", not_before=NOW + LIFE),
        root.intermediate("Another", not_before=NOW - MARGIN + SECOND),
        root.intermediate("Another", not_after=NOW - LIFE),
    ):
        kinds.learn(sent(leaf, other), verified(leaf), NOW)
    assert len(kinds) == 0


def test_name_constraints_teach_nothing(kinds: Kinds, root: Authority) -> None:
    """Below name constraints, every leaf is judged by OpenSSL."""
    leaf = root.intermediate("Constrained", extensions=only_below("test")).issue("a.test")
    kinds.learn(sent(leaf), verified(leaf), NOW)
    assert len(kinds) == 0


def test_two_keys_of_one_name_teach_nothing(
    kinds: Kinds, anchors: list[bytes], root: Authority, intermediate: Authority
) -> None:
    """Where rustls could try two keys for an issuer, and OpenSSL takes one, OpenSSL judges every leaf."""
    leaf = intermediate.issue("a.test")
    twin = root.intermediate("Good Intermediate")
    kinds.learn(sent(leaf, twin), verified(leaf), NOW)
    assert len(kinds) == 0
    kinds.learn(sent(leaf), verified(leaf), NOW)
    for name in ("Good Root", "Good Intermediate"):
        other = Authority.root(name).intermediate("Below a twin").issue("a.test")
        kinds.learn(sent(other), verified(other), NOW)
    below = twin.issue("a.test")
    kinds.learn(sent(below), verified(below), NOW)
    assert (len(kinds), anchors) == (1, [intermediate.der])


def test_a_cross_signed_issuer_has_one_key(kinds: Kinds, root: Authority, intermediate: Authority) -> None:
    """Two certificates with one name and one key do not hinder."""
    leaf = intermediate.issue("a.test")
    kinds.learn(sent(leaf, Authority.root("Old Root").cross_sign(root)), verified(leaf), NOW)
    assert len(kinds) == 1


def test_a_leaf_with_the_name_of_its_issuer_is_not_settled(kinds: Kinds, intermediate: Authority) -> None:
    """OpenSSL takes such a leaf for self-issued, also with other letters and spaces."""
    first = intermediate.issue("a.test")
    kinds.learn(sent(first), verified(first), NOW)
    for name, settled in (("good   INTERMEDIATE ", False), ("Good Intermediate 2", True)):
        leaf = intermediate.issue("a.test", common_name=name)
        assert (kinds.chain_of(sent(leaf), "a.test", NOW) is not None) is settled


def test_huge_chains_are_not_settled(kinds: Kinds, intermediate: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenSSL limits the size of a presented chain, so a large leaf is left to it."""
    first = intermediate.issue("a.test")
    kinds.learn(sent(first), verified(first), NOW)
    monkeypatch.setattr(kinds_module, "_MAX_BYTES", sum(map(len, sent(first))))
    assert kinds.chain_of(sent(first), "a.test", NOW) is not None
    monkeypatch.setattr(kinds_module, "_MAX_BYTES", sum(map(len, sent(first))) - 1)
    assert kinds.chain_of(sent(first), "a.test", NOW) is None


def test_huge_chains_teach_nothing(kinds: Kinds, intermediate: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that sends many certificates beside a trusted chain does not fill the memory."""
    first = intermediate.issue("a.test")
    monkeypatch.setattr(kinds_module, "_MAX_BYTES", sum(map(len, sent(first))) - 1)
    kinds.learn(sent(first), verified(first), NOW)
    assert len(kinds) == 0
    monkeypatch.undo()
    kinds.learn(sent(first), verified(first), NOW)
    assert len(kinds) == 1


def test_a_single_certificate_teaches_nothing(kinds: Kinds, intermediate: Authority) -> None:
    """A leaf that is trusted by itself, or cannot be read, has no chain to learn."""
    leaf = intermediate.issue("a.test")
    kinds.learn(sent(leaf), [leaf.der], NOW)
    kinds.learn([b"junk"], verified(leaf), NOW)
    kinds.learn([leaf.der, b"junk"], verified(leaf), NOW)
    assert len(kinds) == 0


def test_an_anchor_that_the_other_library_cannot_read_teaches_nothing(intermediate: Authority) -> None:
    """Chains to it are left to OpenSSL, and nothing is raised."""

    def refuse(_: bytes) -> None:
        raise ValueError

    kinds, leaf = Kinds(refuse), intermediate.issue("a.test")
    for _ in range(2):
        kinds.learn(sent(leaf), verified(leaf), NOW)
        assert len(kinds) == 0


def test_the_table_is_bounded(kinds: Kinds, root: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the table is full, it learns nothing until a kind has ended."""
    monkeypatch.setattr(kinds_module, "MAX_KINDS", 2)
    leaves = [root.intermediate(f"Number {number}").issue("a.test") for number in range(3)]
    for leaf in leaves:
        kinds.learn(sent(leaf), verified(leaf), NOW)
    assert len(kinds) == 2
    assert kinds.chain_of(sent(leaves[2]), "a.test", NOW) is None
    later = NOW + LIFE
    kinds.learn(sent(leaves[0]), verified(leaves[0]), later)
    assert len(kinds) == 1
    assert kinds.chain_of(sent(leaves[0]), "a.test", later) is not None
