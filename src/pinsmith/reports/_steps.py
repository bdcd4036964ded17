"""The steps of the ladder: each explains a group, or returns None."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pinsmith import authorities
from pinsmith.certificate import Certificate, printable
from pinsmith.errors import CertificateError, KnownBadPinError
from pinsmith.pin import require_credible
from pinsmith.reports._case import Case, Class
from pinsmith.reports._facts import Facts, verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pinsmith.pin import Pin
    from pinsmith.policy import Key

_SKEW: Final = timedelta(days=1)
"""A difference of clocks that means nothing: TrustKit for Android is wrong by the zone of the device."""

_REPLAY: Final = "Certificates are public, and anybody can attach one to a report: compare with `pinsmith fetch`."

Answer = tuple[Class, tuple[str, ...]]


def _garbage(case: Case) -> Answer | None:
    facts, report = case.facts, case.facts.report
    if report.chain and facts.leaf is None:
        return "garbage", ("The certificate of the server cannot be read.",)
    if report.known_pins and all(map(_is_placeholder, report.known_pins)):
        return "garbage", ("The pins that the client expects are placeholders, so it was never set up to connect.",)
    if report.reason == "no-pinned-key" and set(report.known_pins) & set(facts.pins):
        return "garbage", ("The report contradicts itself: the chain contains a pin that the client expects.",)
    return None


def _is_placeholder(pin: Pin) -> bool:
    try:
        require_credible(pin)
    except KnownBadPinError as error:
        return error.code == KnownBadPinError.code
    return False


def _compromised(case: Case) -> Answer | None:
    """Look for a compromised key that signed the leaf, verified for the host, or that is the key of the leaf."""
    facts = case.facts
    for signer in facts.verified[1:]:
        if owner := _owner(case, signer):
            why = f"The key of {owner}, which is compromised, signed this certificate for {case.host}."
            return "attack-suspected", (why, _REPLAY)
    if facts.leaf and facts.names_host and (owner := _owner(case, facts.leaf)):
        return "attack-suspected", (f"The server presents the key of {owner}, which is compromised.", _REPLAY)
    return None


def _owner(case: Case, certificate: Certificate) -> str | None:
    known = authorities.compromised(certificate.pin)
    if known is not None:
        return printable(str(known))
    own = case.policy.compromised if case.policy is not None else ()
    return next((printable(key.name) for key in own if key.pin == certificate.pin), None)


def _clock(case: Case) -> Answer | None:
    """Explain a refusal by a wrong clock, but only if the server presents a key that is ours."""
    report, leaf, key = case.facts.report, case.facts.leaf, case.served
    if key is None or report.reason not in ("chain-not-trusted", "certificate-dates"):
        return None
    if report.reported_at is None or leaf is None:
        return None
    try:
        is_valid = leaf.not_before <= case.now <= leaf.not_after
        was_valid = leaf.not_before - _SKEW <= report.reported_at <= leaf.not_after + _SKEW
    except CertificateError:
        return None
    if is_valid and not was_valid:
        valid = f"from {_day(leaf.not_before)} to {_day(leaf.not_after)}"
        return "clock-wrong", (
            f"The clock of the device is at {_day(report.reported_at)}. The certificate is valid {valid}.",
            f"The server presents {_named(key)}, so the pins are not the reason.",
        )
    return None


def _known_key(case: Case) -> Answer | None:
    """Explain a chain with a key that the pin file lists for this host."""
    report, key = case.facts.report, case.served
    if key is None or report.reason != "no-pinned-key":
        return None
    presents = f"The server presents {_named(key)}, which pins.toml lists for {case.host}."
    if report.known_pins and key.pin not in report.known_pins:
        lacks = f"The app expects {_count(len(report.known_pins), 'pin')}, and this key is not among them."
        if key.standby:
            return "our-rotation", (
                presents,
                "pins.toml calls it a standby key that no server presents yet.",
                lacks,
            )
        return "stale-app-version", (presents, lacks, "Releases with the pins of today are not affected.")
    return "our-rotation", (presents, "The report does not list what the app expects.")


def _deployed(case: Case) -> Answer | None:
    """Recognise a leaf that is ours, but whose key is not pinned for this host."""
    facts, policy = case.facts, case.policy
    if policy is None or not facts.pins or case.served is not None:
        return None
    leaf = facts.pins[0]
    key = next((key for key in policy.keys if key.pin == leaf), None)
    if key is not None:
        return "deploy-drift", (
            f"The server presents {_named(key)}, which pins.toml contains, but not for {case.host}.",
        )
    if leaf in case.sightings.observed:
        return "deploy-drift", (
            f"The server presents a key that pins.toml does not contain, and pinsmith itself sees it at {case.host}.",
        )
    other = _other_host(case)
    if other is not None:
        return "deploy-drift", (
            f"The server presents the certificate of {other}, which pins.toml pins, instead of that of {case.host}.",
        )
    return None


def _own_authority(case: Case) -> Answer | None:
    """Recognise a new key below an authority of the team: one that the host must have, or a private one that it has."""
    facts = case.facts
    if case.entry is None or not facts.pins or case.served is not None:
        return None
    anchors = {anchor.pin: anchor.path for anchor in case.entry.trust_anchors}
    signed = next((anchors[signer.pin] for signer in facts.verified[1:] if signer.pin in anchors), None)
    if signed is not None:
        return "deploy-drift", (f"Your own authority, {printable(signed)}, signed a key that is not pinned.",)
    if facts.is_private and any(signer.pin in case.sightings.signers for signer in facts.verified[1:]):
        why = f"The private authority, {_issuer(facts)}, also signs the pinned certificates of {case.host}."
        return "deploy-drift", (why, "It signed a key that is not pinned.")
    return None


def _other_host(case: Case) -> str | None:
    """Find another pinned host for which a public authority signed the leaf; anybody can sign such a name himself."""
    facts, policy = case.facts, case.policy
    if facts.names_host is not False or facts.chain is None or facts.leaf is None or policy is None:
        return None
    certificates = tuple(link for link in facts.chain if isinstance(link, Certificate))
    # The names of the certificate are few, while a pin file may have ten thousand hosts.
    for name in facts.leaf.names[:100]:
        host = name.lower()
        if policy.entry_of(host) is None or host == facts.report.host:
            continue
        if any(authorities.find(signer.pin) for signer in verify(host, certificates)[1:]):
            return host
    return None


def _portal(case: Case) -> Answer | None:
    facts, leaf = case.facts, case.facts.leaf
    if facts.names_host is not False or leaf is None or case.served is not None:
        return None
    try:
        names = ", ".join(leaf.names[:3]) or leaf.subject or "nobody"
    except CertificateError:
        return None
    evidence = [f"The certificate is for {names}, and not for {case.host}."]
    if case.sightings.hosts_of_issuer > 1:
        evidence.append(f"The same issuer answered for {case.sightings.hosts_of_issuer} hosts.")
    evidence.append("Networks that demand a login answer like this; clients refuse it also without pins.")
    return "captive-portal", tuple(evidence)


def _public(case: Case) -> Answer | None:
    facts = case.facts
    if facts.authority is None or case.policy is None or case.entry is None or case.served is not None:
        return None
    name = printable(facts.authority.name)
    why = f"{name}, a public authority, signed a certificate for {case.host}, and pins.toml does not contain its key."
    ask = f"Compare with `pinsmith fetch {case.host}` and with the logs of Certificate Transparency."
    return "attack-suspected", (why, "Your team deployed it without a pin, or somebody else obtained it.", ask)


def _private(case: Case) -> Answer | None:
    facts, sightings = case.facts, case.sightings
    if not facts.is_private or not facts.names_host or case.served is not None:
        return None
    if case.entry is not None and (case.entry.trust == "pins-only" or case.entry.trust_anchors):
        return None  # this host is expected to have a private authority
    evidence = [f"A private authority, {_issuer(facts)}, signed a certificate for {case.host}."]
    if facts.report.reason == "no-pinned-key":
        evidence.append("The device trusts this authority, so somebody installed it there.")
    elif facts.report.reason == "chain-not-trusted":
        evidence.append("The device does not trust this authority, so it would refuse this chain also without pins.")
    if sightings.hosts_of_issuer > 1:
        evidence.append(f"It signed for {sightings.hosts_of_issuer} hosts, as the proxies of companies do.")
    if sightings.networks is not None:
        evidence.append(f"It was reported from {_count(sightings.networks, 'network')}.")
    return "interception", tuple(evidence)


def _issuer(facts: Facts) -> str:
    last = facts.verified[-1] if facts.verified else facts.leaf
    try:
        return (last.subject if last else "") or "without a name"
    except CertificateError:
        return "with an unreadable name"


def _named(key: Key) -> str:
    return f"the key {printable(key.name)}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"


LADDER: Final[tuple[Callable[[Case], Answer | None], ...]] = (
    _compromised,
    _garbage,
    _clock,
    _known_key,
    _deployed,
    _own_authority,
    _portal,
    _public,
    _private,
)
"""The steps, in the order in which they are tried."""
