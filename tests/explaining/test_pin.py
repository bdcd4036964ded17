"""What is known of a pin."""

from __future__ import annotations

from datetime import date

import pytest

from pinsmith.authorities import compromised_keys
from pinsmith.explaining.pin import PinExplanation, admitted_by, explain_pin
from pinsmith.pin import Pin, parse_any_spelling
from tests.formats.policy import pin

TODAY = date(2026, 12, 1)
# Pins that the authorities publish themselves.
ISRG_ROOT_X1 = Pin.parse("sha256/C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M=")
ISRG_ROOT_X2 = Pin.parse("sha256/diGVwiVYbubAI3RW4hB9xU8e/CH2GnkuvVFZE8zmgzI=")
DST_ROOT_CA_X3 = Pin.parse("sha256/Vjs8r4z+80wjNcr1YKepWQboSIRi63WsWXhIMN+eWys=")
AAA = Pin.parse("sha256/vRU+17BDT2iGsXvOi76E7TQMcTLXAqj0+jGPdW7L1vM=")
USERTRUST_RSA = Pin.parse("sha256/x4QzPSC810K5/cMjb05Qm4k3Bw5zBn4lTdO/nEW/Td4=")
R10 = Pin.parse("sha256/K7rZOrXHknnsEhUH8nLL4MZkejquUuIvOIr6tCa0rbo=")


def _explained(of: Pin, today: date = TODAY) -> PinExplanation:
    return explain_pin(of, today=today)


def _standings(known: PinExplanation, store: str) -> dict[str, str]:
    (found,) = (entry for entry in known.stores if entry.store == store)
    return {version.version: version.standing for version in found.versions}


def test_a_root_has_its_certificates_and_what_it_admits() -> None:
    """The certificates of a root and the authorities below it are listed, across several levels, each once."""
    known = _explained(AAA)
    assert known.authority is not None
    assert known.authority.name == "AAA Certificate Services"
    assert [(carrier.last_day, carrier.issuer) for carrier in known.carriers] == [(date(2028, 12, 31), "")]
    below = [admitted.authority.pin for admitted in known.admitted]
    assert USERTRUST_RSA in below
    assert len(below) == len(set(below)) > 100
    direct = {admitted.authority.pin for admitted in known.admitted if admitted.signer == AAA}
    assert USERTRUST_RSA in direct
    assert set(below) > direct


def test_certificates_that_have_ended_admit_nobody() -> None:
    """An authority whose certificate has ended is left out, and so is everything below it."""
    before = {admitted.authority.pin for admitted in admitted_by(DST_ROOT_CA_X3, today=date(2021, 7, 1))}
    assert {ISRG_ROOT_X1, R10} <= before
    assert not list(admitted_by(DST_ROOT_CA_X3, today=TODAY))


def test_a_key_that_nobody_knows_is_unknown_and_not_untrusted() -> None:
    """A key that no table has gets no standing in any store, and so none that says no."""
    known = _explained(pin("api"))
    assert (known.authority, known.stores, known.carriers, known.admitted) == (None, (), (), ())


def test_a_mistyped_pin_leads_to_the_authority() -> None:
    """A pin that differs in one character from that of an authority is probably mistyped."""
    known = _explained(Pin.parse("sha256/C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8c="))
    assert known.near is not None
    assert known.near.pin == ISRG_ROOT_X1


@pytest.mark.parametrize("digest", compromised_keys())
def test_a_compromised_key_is_explained_although_no_file_may_pin_it(digest: bytes) -> None:
    """The published keys are named, with their incident."""
    known = _explained(Pin(digest))
    assert known.compromised is not None
    assert known.compromised.cve == "CVE-2026-111943"
    assert known.placeholder is None


def test_a_placeholder_is_not_a_key() -> None:
    """The sample pin of the documentation of Android has its reason."""
    known = _explained(parse_any_spelling("7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=").pin)
    assert "Android documentation" in (known.placeholder or "")


def test_the_calendar_of_an_authority_has_merkle_trees_and_the_age_of_its_root() -> None:
    """A pin of a root ends with the root programs, and cannot match Merkle tree certificates."""
    texts = {str(event.day): event.what for event in _explained(ISRG_ROOT_X1).events}
    assert "Merkle tree" in texts["2027-01-01"]
    assert "ISRG Root X1" in texts["2030-06-04"]
    assert "47 days" not in " ".join(texts.values())


def test_the_calendar_of_a_server_has_the_lifetimes_of_certificates() -> None:
    """A pin of a server is concerned by every renewal; those of Let's Encrypt only if it is the issuer."""
    days = [str(event.day) for event in explain_pin(pin("api"), today=TODAY, is_leaf=True).events]
    assert days == ["2026-03-15", "2027-01-01", "2027-03-15", "2029-03-15"]
    ours = explain_pin(pin("api"), today=TODAY, is_leaf=True, issuer=_explained(R10).advice)
    assert {"2027-02-10", "2028-02-16"} <= {str(event.day) for event in ours.events}


def test_the_age_limit_follows_the_schedule_of_the_root_programs() -> None:
    """Old roots end on the days of the schedule, newer ones fifteen years after their first certificate."""
    ends = {of: [event.day for event in _explained(of).events if "age" in event.what] for of in (AAA, ISRG_ROOT_X2)}
    assert ends == {AAA: [date(2025, 4, 15)], ISRG_ROOT_X2: [date(2035, 9, 4)]}


# Incidents, as far as the tables can tell.


def test_campus_app_of_2021_whose_pinned_root_new_clients_no_longer_reach() -> None:
    """The pins had DST Root CA X3 only, and clients that trusted ISRG Root X1 ended there (TUM Campus App #1396)."""
    known = _explained(DST_ROOT_CA_X3, date(2021, 7, 1))
    assert [root.pin for root in known.ends_at] == [ISRG_ROOT_X1]
    assert _standings(known, "android")["11"] == "listed"
    assert _standings(_explained(ISRG_ROOT_X1), "android")["11"] == "listed"
    assert not _explained(DST_ROOT_CA_X3).ends_at


def test_ntfy_whose_root_only_new_androids_trust() -> None:
    """ISRG Root X2 is in Android 14, and older versions need the certificate that X1 signed for it (ntfy #1270)."""
    standings = _standings(_explained(ISRG_ROOT_X2), "android")
    assert {version for version, standing in standings.items() if standing == "listed"} == {"14", "15", "16", "17"}
    assert standings["13"] == standings["9"] == "through"
    assert standings["7"] == standings["10"] == "unknown"


def test_aaa_after_october_2026_let_attackers_in_and_locks_users_out() -> None:
    """A pin of AAA Certificate Services accepted the compromised authorities, and stores have removed the root."""
    known = _explained(AAA)
    assert known.vouched is not None
    assert "six of the eight" in known.vouched.why
    android = _standings(known, "android")
    assert (android["13"], android["16"], android["17"]) == ("listed", "not-listed", "not-listed")
    for store in ("mozilla", "certifi", "debian"):
        standings = list(_standings(known, store).values())
        assert (standings[0], standings[-1]) == ("listed", "not-listed"), store
