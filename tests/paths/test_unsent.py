"""Paths over published certificates that the server did not send: possible, never certain."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pinsmith import authorities
from pinsmith.authorities import Issued
from pinsmith.lab.pki import key as keys, mint
from pinsmith.paths import find_store, paths, search as limits
from tests.paths.pki import AFTER, AT, BEFORE, ca, leaf, pin, private, store

if TYPE_CHECKING:
    from pinsmith.pin import Pin

# The server sends leaf > I > B. The table knows that A signed B, Z signed A, and A signed Z.
SENT = (leaf("I"), ca("I", "B"))
BEGIN, END = date(2020, 1, 1), date(2030, 1, 1)


@pytest.fixture(autouse=True)
def _table(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {
        pin("I"): [Issued(pin("I"), pin("A"), BEGIN, END), Issued(pin("I"), None, BEGIN, END, "CN=Nobody")],
        pin("A"): [Issued(pin("A"), pin("Z"), BEGIN, END)],
        pin("Z"): [Issued(pin("Z"), pin("A"), BEGIN, END)],
    }

    def issued_for(of: Pin) -> tuple[Issued, ...]:
        return tuple(table.get(of, ()))

    monkeypatch.setattr(authorities, "issued_for", issued_for)


def test_a_published_cross_sign_leads_to_a_root() -> None:
    """The path is possible: it is listed with its pins, and does not change the answer."""
    found = paths(SENT, store(ca("A")), at=AT)
    assert (found.answer, found.found) == ("no", ())
    (path,) = found.possible
    assert path.pins == (pin("leaf"), pin("I"), pin("A"))
    assert (path.over_unsent, path.unsent) == (True, ())
    assert paths(SENT, replace(store(ca("A")), fetches=True), at=AT).answer == "unknown"


def test_published_cross_signs_are_followed_and_do_not_turn() -> None:
    """Two unsent certificates lead to Z; two authorities that signed each other are walked once."""
    (path,) = paths(SENT, store(ca("Z")), at=AT).possible
    assert (path.pins, path.unsent) == ((pin("leaf"), pin("I"), pin("A"), pin("Z")), (pin("A"),))
    assert {path.anchor.subject for path in paths(SENT, store(ca("A"), ca("Z")), at=AT).possible} == {"CN=A", "CN=Z"}


def test_a_published_cross_sign_does_not_lead_back() -> None:
    """If the server sends leaf > I > Z > B, no path goes from Z over A to Z again."""
    found = paths((leaf("I"), ca("I", "Z"), ca("Z", "B")), store(ca("Z")), at=AT)
    assert [path.pins for path in found.possible] == [(pin("leaf"), pin("I"), pin("A"), pin("Z"))]


def test_a_published_certificate_outside_its_days_leads_nowhere() -> None:
    """Before its first day and after its last one, a cross-sign is of no use."""
    life: dict[str, Any] = {"not_before": AT - timedelta(9999), "not_after": AT + timedelta(9999)}
    sent = (leaf("I", **life), ca("I", "B", **life))
    roots = replace(store(ca("A")), anchor_dates="ignored")
    found = [len(paths(sent, roots, at=AT + timedelta(days)).possible) for days in (-3650, 0, 3650)]
    assert found == [0, 1, 0]


def test_a_path_that_was_sent_is_not_merely_possible() -> None:
    """A cross-sign that the server sends gives a certain path, and no possible one beside it."""
    found = paths((*SENT, ca("I", "A")), store(ca("A")), at=AT)
    assert (found.answer, found.possible) == ("yes", ())


def test_the_faults_of_the_certificates_below_count() -> None:
    """A leaf that has ended has no possible path, but an ended intermediate is replaced by the published one."""
    ended = AT - timedelta(days=1)
    assert paths((leaf("I", not_after=ended), SENT[1]), store(ca("A")), at=AT).possible == ()
    assert paths((leaf("I"), ca("I", "B", not_after=ended)), store(ca("A")), at=AT).possible
    assert paths((leaf("I"), ca("I", "A", not_after=ended)), store(ca("A")), at=AT).possible


def test_the_cross_sign_of_isrg_root_x2_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Android 9 lacks ISRG Root X2, which X1 has signed three times. The first certificate has ended."""
    monkeypatch.undo()
    x2 = next(root for root in find_store("android-17").roots if root.subject.startswith("CN=ISRG Root X2,"))
    x1 = next(root for root in find_store("android-9").roots if root.subject.startswith("CN=ISRG Root X1,"))
    issued = authorities.issued_for(x2.pin)
    assert [certificate.signer for certificate in issued] == [x1.pin] * 3
    assert [certificate.is_over(date(2025, 9, 16)) for certificate in issued] == [True, False, False]
    assert authorities.digests_named(x2.subject) == (x2.pin.digest,)


@pytest.mark.parametrize(
    ("system", "above"),
    [
        ("android-13", [["Root YE", "ISRG Root X2", "ISRG Root X1"]]),
        ("android-17", [["Root YE", "ISRG Root X2"], ["Root YE", "ISRG Root X2", "ISRG Root X1"]]),
    ],
)
def test_generation_y_leads_to_the_older_roots(
    monkeypatch: pytest.MonkeyPatch, system: str, above: list[list[str]]
) -> None:
    """The server sends leaf > YE1, which names Root YE. No store has that, but X2 signed it, and X1 signed X2."""
    monkeypatch.undo()
    root = mint.Issuer(x509.Name.from_rfc4514_string("CN=Root YE,O=ISRG,C=US"), private("Root YE"))
    issuing = mint.authority(mint.name_of("YE1"), private("YE1"), root, not_before=BEFORE, not_after=AFTER)
    found = paths((leaf("YE1"), issuing.public_bytes(Encoding.DER)), find_store(system), at=AT)
    assert (found.answer, found.found) == ("no", ())
    names = [[known.name for of in path.pins if (known := authorities.find(of))] for path in found.possible]
    assert names == above


def test_an_issuer_that_was_not_sent_is_found_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server sends its leaf alone, and the table knows I, which A has signed."""
    monkeypatch.setattr(authorities, "digests_named", lambda name: (pin("I").digest,) if name == "CN=I" else ())
    found = paths((leaf("I"),), store(ca("A")), at=AT)
    assert (found.answer, [path.pins for path in found.possible]) == ("no", [(pin("leaf"), pin("I"), pin("A"))])
    assert found.possible[0].unsent == (pin("I"),)
    ended = leaf("I", not_after=AT - timedelta(days=1))
    assert paths((ended,), store(ca("A")), at=AT).possible == ()
    assert paths((leaf("Q"),), store(ca("A")), at=AT).possible == ()


@pytest.mark.parametrize("signer", ["X2", "rogue"])
def test_a_root_that_did_not_sign_is_not_possible(monkeypatch: pytest.MonkeyPatch, signer: str) -> None:
    """If the key of an issuer that was not sent is known, its signature must be right."""
    spki = keys.spki_of(private("X2").public_key())
    monkeypatch.setattr(authorities, "root_keys", lambda name: (spki,) if name == "CN=X2" else ())
    monkeypatch.setattr(authorities, "digests_named", lambda _: (pin("X2").digest,))
    issued = Issued(pin("X2"), pin("A"), BEGIN, END)
    monkeypatch.setattr(authorities, "issued_for", lambda of: (issued,) if of == pin("X2") else ())
    found = paths((leaf("X2", signer=signer),), store(ca("A")), at=AT)
    assert len(found.possible) == (signer == "X2")
    monkeypatch.setattr(limits, "MAX_SIGNATURES", 0)
    assert len(paths((leaf("X2", signer=signer),), store(ca("A")), at=AT).possible) == 1, "nobody has verified it"
