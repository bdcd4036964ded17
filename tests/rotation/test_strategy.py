"""What is chosen to be pinned, under which name, and what users are told."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from pinsmith._slug import slug
from pinsmith.authorities.advice import advice_for, all_advice
from pinsmith.certificate import Certificate
from pinsmith.errors import ConnectError, PolicyError
from pinsmith.lab.pki.identity import Identity
from pinsmith.pin import Pin
from pinsmith.rotation.enrolment import Backup, enrol, with_backups
from pinsmith.rotation.strategy import STRATEGIES, Strategy, choose, free_name
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


def test_a_host_without_an_authority_cannot_be_pinned_by_it() -> None:
    """A self-signed certificate that is its own trust anchor has nobody above it."""
    own = Identity.self_signed(HOST)
    with pytest.raises(PolicyError, match="no authority above"):
        choose("private-ca", HOST, [fetched(own).presented])


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


def test_names_stay_within_what_a_pin_file_allows() -> None:
    """Whatever a certificate is called, the name is short, plain and free."""
    assert slug("ISRG Root X1") == "isrg-root-x1"
    assert len(slug("x" * 200)) <= 48
    assert slug("Ünïcode & <b>") == "unicode-b"
    taken = [key("a", str(SPARE))]
    assert free_name("a", "b.example.com", taken) == "a-2"


def _issued_by(organisation: str, root: Authority) -> Certificate:
    """Make a certificate whose issuer's name has the organisation; nobody checks its signature here."""
    leaf = root.issue(HOST)
    builder = x509.CertificateBuilder(
        x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation)]),
        leaf.certificate.subject,
        leaf.certificate.public_key(),
        x509.random_serial_number(),
        leaf.certificate.not_valid_before_utc,
        leaf.certificate.not_valid_after_utc,
    )
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding

    return Certificate(builder.sign(root.key, hashes.SHA256()).public_bytes(Encoding.DER))


def test_issuers_that_change_keys_are_told_of(root: Authority) -> None:
    """Known by the exact organisation of the issuer's name, and by nothing else."""
    found = advice_for(_issued_by("Let's Encrypt", root))
    assert found is not None
    assert found.id == "lets-encrypt"
    assert "--reuse-key" in found.own_key
    assert advice_for(_issued_by("Let's Encrypt Fan Club", root)) is None
    assert advice_for(Certificate(root.issue(HOST).der)) is None


@pytest.mark.parametrize("advice", all_advice(), ids=lambda advice: advice.id)
def test_every_advice_says_who_says_so(advice: object) -> None:
    """Advice without a source would be an opinion."""
    source = urlsplit(str(getattr(advice, "source", "")))
    assert source.scheme == "https"
    assert source.hostname


def test_a_public_authority_is_no_private_one(root: Authority) -> None:
    """Who takes a public authority for his own is told."""
    from pinsmith.certificate import Chain

    chain = Chain((_issued_by("Amazon", root), Certificate(root.der)))
    warnings = choose("private-ca", HOST, [chain]).warnings
    assert any("public, not yours" in text for text in warnings)
