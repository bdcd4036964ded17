"""Each class follows from its property, and no class that accuses somebody from what anybody can write."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

import pytest
from msgspec import structs

from pinsmith import authorities, reports
from pinsmith.authorities import Authority
from pinsmith.lab.pki.authority import Authority as Issuer
from pinsmith.lab.pki.identity import Identity
from pinsmith.lab.pki.key import spki_of
from pinsmith.pin import Pin
from pinsmith.policy import CompromisedKey, HostPins, Key, Policy, TrustAnchor
from pinsmith.reports import CLASSES, Sightings
from tests.reports import samples
from tests.reports.samples import BACKUP, EXPECTED, HOST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cryptography import x509

    from pinsmith.lab.pki.key import KeyKind
    from pinsmith.reports import Classified

NOW: Final = datetime.now(UTC)
OTHER: Final = "www.example.com"
PUBLIC: Final = Issuer.root("Public Root")
PRIVATE: Final = Issuer.root("Proxy Root")
ISSUER: Final = PUBLIC.intermediate("Public CA")


@pytest.fixture(autouse=True)
def _table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the table of public authorities contain PUBLIC."""
    known = Authority(
        Pin.parse(PUBLIC.pin), "Public Root", "root", "CN=Public Root", date(2020, 1, 1), date(2040, 1, 1)
    )
    monkeypatch.setattr(authorities, "find", lambda pin: known if pin == known.pin else None)


def policy(*host_keys: str, standby: str | None = None, **options: object) -> Policy:
    """Pin HOST to the given pins, and OTHER to EXPECTED."""
    keys = [Key(f"key-{at}", Pin.parse(pin), standby=pin == standby) for at, pin in enumerate(host_keys)]
    expected = Key("expected", Pin.parse(EXPECTED))
    entries = (HostPins(HOST, tuple(keys) or (expected,), **options), HostPins(OTHER, (expected,)))  # type: ignore[arg-type]
    return Policy(entries)


def chain(identity: Identity) -> tuple[x509.Certificate, ...]:
    """Return the leaf, the intermediates and the root."""
    return (*identity.chain, identity.root) if identity.root is not None else identity.chain


def judge(
    certificates: Sequence[x509.Certificate],
    pins: Policy | None,
    changes: Mapping[str, object] | None = None,
    *,
    sightings: Sightings | None = None,
) -> Classified:
    """Classify a report of TrustKit with these certificates, and with some fields changed."""
    (report,) = reports.parse_body(samples.trustkit_ios(certificates, **(changes or {})))
    return reports.classify(reports.facts_of(report), pins, now=NOW, sightings=sightings)


OURS: Final = ISSUER.issue(HOST)
UNKNOWN: Final = ISSUER.issue(HOST)
PROXIED: Final = PRIVATE.issue(HOST)
ELSEWHERE: Final = ISSUER.issue(OTHER)
PORTAL: Final = Identity.self_signed("login.wifi.test")


def test_an_app_that_lacks_a_key_of_today_is_stale() -> None:
    """The server presents a key that the pin file lists, and the app expects only others."""
    found = judge(chain(OURS), policy(OURS.pin, EXPECTED))
    assert found.name == "stale-app-version"
    assert "expects 2 pins" in found.evidence[1]


def test_a_standby_key_in_use_is_our_rotation() -> None:
    """The server presents the key that the pin file calls standby, before the apps know it."""
    assert judge(chain(OURS), policy(OURS.pin, EXPECTED, standby=OURS.pin)).name == "our-rotation"


def test_a_known_key_without_expected_pins_is_our_rotation() -> None:
    """A report that does not list what the app expects shows only that the key is ours."""
    assert judge(chain(OURS), policy(OURS.pin), {"known-pins": []}).name == "our-rotation"


def test_a_key_of_another_host_is_drift() -> None:
    """The server presents a key that the pin file contains, but that is not pinned for this host."""
    pins = replace(policy(BACKUP), keys=(Key("old", Pin.parse(OURS.pin)),))
    assert judge(chain(OURS), pins).name == "deploy-drift"


def test_a_key_that_pinsmith_sees_too_is_drift() -> None:
    """A key of a public authority is an attack only as long as pinsmith does not see it at the host itself."""
    seen = Sightings(observed=frozenset({Pin.parse(UNKNOWN.pin)}))
    assert judge(chain(UNKNOWN), policy(BACKUP)).name == "attack-suspected"
    assert judge(chain(UNKNOWN), policy(BACKUP), sightings=seen).name == "deploy-drift"


def test_the_certificate_of_another_host_is_drift_if_a_public_authority_signed_it() -> None:
    """A name alone proves nothing, because everybody can write it into a certificate."""
    assert judge(chain(ELSEWHERE), policy(BACKUP)).name == "deploy-drift"
    assert judge(chain(PRIVATE.issue(OTHER)), policy(BACKUP)).name == "captive-portal"


def test_a_new_key_of_our_own_authority_is_drift() -> None:
    """A host whose chains end in an authority of the team is not called intercepted."""
    anchors = (TrustAnchor("certs/root.pem", Pin.parse(PRIVATE.pin)),)
    assert judge(chain(PROXIED), policy(BACKUP, trust_anchors=anchors)).name == "deploy-drift"


def test_a_private_authority_that_the_host_has_itself_is_not_called_interception() -> None:
    """A host below a private root has a new key. A public authority stays suspicious, because it signs for anybody."""
    seen = Sightings(signers=frozenset(map(Pin.parse, (PRIVATE.pin, PUBLIC.pin, ISSUER.pin))))
    found = judge(chain(PROXIED), policy(BACKUP), sightings=seen)
    assert found.name == "deploy-drift"
    assert "CN=Proxy Root" in found.evidence[0]
    assert judge(chain(UNKNOWN), policy(BACKUP), sightings=seen).name == "attack-suspected"
    assert judge(chain(PROXIED), policy(BACKUP), sightings=Sightings(signers=seen.observed)).name == "interception"


def test_a_private_authority_is_interception() -> None:
    """A private root signed a certificate for the host; what the collector counted is part of the evidence."""
    found = judge(chain(PROXIED), policy(BACKUP), sightings=Sightings(networks=1, hosts_of_issuer=3))
    assert found.name == "interception"
    assert "CN=Proxy Root" in found.evidence[0]
    assert found.evidence[-2:] == (
        "It signed for 3 hosts, as the proxies of companies do.",
        "It was reported from 1 network.",
    )
    assert judge(chain(PROXIED), None).name == "interception"


def test_a_public_authority_and_an_unknown_key_are_suspicious() -> None:
    """A public authority signed a key that the pin file does not contain."""
    assert judge(chain(UNKNOWN), policy(BACKUP)).name == "attack-suspected"


def test_a_compromised_authority_is_suspicious_only_with_its_signature() -> None:
    """A forged chain with the genuine certificate of a compromised authority does not accuse it."""
    stolen = replace(policy(BACKUP), compromised=(CompromisedKey("stolen", Pin.parse(PRIVATE.pin)),))
    found = judge(chain(PROXIED), stolen)
    assert found.name == "attack-suspected"
    assert "stolen" in found.evidence[0]
    forged = (Identity.self_signed(HOST).certificate, PRIVATE.certificate)
    assert judge(forged, stolen).name == "interception"
    unrelated = (Issuer.root("Forger").issue(HOST).certificate, PRIVATE.certificate)
    assert judge(unrelated, stolen).name == "unknown"


def test_a_public_authority_is_accused_only_with_its_signature() -> None:
    """A forged leaf below the genuine certificate of a public authority, or below a leaf of it, stays unknown."""
    forger = Issuer.root("Forger")
    below_leaf = Issuer(ISSUER.issue("forger.test").certificate, PRIVATE.key)
    for forged in (
        (forger.issue(HOST).certificate, PUBLIC.certificate),
        (forger.issue(HOST).certificate, *chain(UNKNOWN)[1:]),
        (below_leaf.issue(HOST).certificate, below_leaf.certificate, *chain(UNKNOWN)[1:]),
    ):
        assert judge(forged, policy(BACKUP)).name == "unknown"


@pytest.mark.parametrize("kind", ["ec-p256", "rsa-2048"])
def test_a_chain_without_its_root_leads_to_it_by_a_signature(kind: KeyKind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers do not send the root; the table has its key, which must have signed the last certificate."""
    root = Issuer.root("Sent By Nobody", key=kind)
    spkis = (PUBLIC.key.public_key(), root.key.public_key())
    known = Authority(Pin.parse(root.pin), "Sent By Nobody", "root", "", date(2020, 1, 1), date(2040, 1, 1))
    monkeypatch.setattr(authorities, "find", lambda pin: known if pin == known.pin else None)
    monkeypatch.setattr(
        authorities, "root_keys", lambda name: tuple(map(spki_of, spkis)) if name == "CN=Sent By Nobody" else ()
    )
    assert judge(root.intermediate("CA").issue(HOST).chain, policy(BACKUP)).name == "attack-suspected"
    namesake = Issuer.root("Sent By Nobody").intermediate("CA").issue(HOST)
    assert judge(namesake.chain, policy(BACKUP)).name == "unknown"
    own = root.issue("forger.test")
    forger = Issuer(own.certificate, own.key)
    assert judge((forger.issue(HOST).certificate, own.certificate), policy(BACKUP)).name == "unknown"


def test_a_genuine_chain_behind_a_rogue_leaf_does_not_count() -> None:
    """An interceptor who appends our chain is not taken for our rotation."""
    rogue = (*chain(PROXIED), *chain(OURS))
    assert judge(rogue, policy(OURS.pin)).name == "interception"


def test_a_clock_that_is_wrong_explains_a_refusal_of_our_key() -> None:
    """The certificate is valid today, but not on the day of the device; zones of the world make no difference."""
    ours, untrusted = policy(OURS.pin), {"validation-result": 2}
    assert judge(chain(OURS), ours, untrusted | {"date-time": "2015-01-01T00:00:00Z"}).name == "clock-wrong"
    near = f"{OURS.certificate.not_valid_before_utc - timedelta(hours=14):%Y-%m-%dT%H:%M:%SZ}"
    assert judge(chain(OURS), ours, untrusted | {"date-time": near}).name == "unknown"
    assert judge(chain(PROXIED), ours, untrusted | {"date-time": "2015-01-01T00:00:00Z"}).name == "interception"


def test_a_certificate_for_another_name_is_a_captive_portal() -> None:
    """The certificate is for a name that the pin file does not know."""
    found = judge(chain(PORTAL), policy(BACKUP))
    assert found.name == "captive-portal"
    assert "login.wifi.test" in found.evidence[0]


@pytest.mark.parametrize(
    ("certificates", "changes"),
    [
        (chain(OURS), {"known-pins": [samples.hpkp(OURS.pin)]}),
        (chain(OURS), {"known-pins": [samples.hpkp("A" * 43 + "=")]}),
        ((), {"validated-certificate-chain": ["not a certificate"]}),
    ],
    ids=["the chain contains an expected pin", "the app expects placeholders", "no certificate"],
)
def test_a_report_that_contradicts_itself_is_garbage(
    certificates: Sequence[x509.Certificate], changes: dict[str, object]
) -> None:
    """No client of ours can have sent it."""
    assert judge(certificates, policy(BACKUP), changes).name == "garbage"


def test_pins_without_certificates_accuse_nobody() -> None:
    """OkHttp lists pins only; they may show that a key is ours, and anybody can write that of an authority."""
    content = samples.rn_ssl_manager(())
    (report,) = reports.parse_body(content)
    known = structs.replace(report, served_pins=(Pin.parse(OURS.pin),))
    forged = structs.replace(report, served_pins=(report.served_pins[0], Pin.parse(PUBLIC.pin)))
    assert reports.classify(reports.facts_of(known), policy(OURS.pin), now=NOW).name == "stale-app-version"
    found = reports.classify(reports.facts_of(forged), policy(BACKUP), now=NOW)
    assert found.name == "unknown"
    assert "anybody can write that" in found.evidence[0]


@pytest.mark.parametrize(
    ("pins", "changes", "words"),
    [
        (None, {}, "no pin file"),
        (policy(), {"hostname": "gone.test", "validated-certificate-chain": []}, "does not pin gone.test"),
        (policy(), {"validated-certificate-chain": []}, "neither a chain nor"),
        (policy(), {"validated-certificate-chain": [], "validation-result": 5}, "it failed before"),
    ],
)
def test_the_rest_stays_unknown(pins: Policy | None, changes: dict[str, object], words: str) -> None:
    """Without a rule that fits, the class is unknown, and the evidence names what is missing."""
    found = judge((UNKNOWN.certificate,), pins, changes)
    assert found.name == "unknown"
    assert words in " ".join(found.evidence)


def test_a_naive_time_is_refused() -> None:
    """The time of arrival must have a zone."""
    (report,) = reports.parse_body(samples.trustkit_ios(()))
    with pytest.raises(ValueError, match="aware"):
        reports.classify(reports.facts_of(report), None, now=datetime(2026, 1, 1))  # noqa: DTZ001


def test_every_class_has_a_test() -> None:
    """No class is added without the property that makes it."""
    from pathlib import Path

    text = Path(__file__).read_text("utf-8")
    assert [name for name in CLASSES if f'"{name}"' not in text] == []
