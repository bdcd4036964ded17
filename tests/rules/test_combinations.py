"""A defect of a file hides no other one."""

from __future__ import annotations

import itertools
from typing import Final

import pytest

from pinsmith.rules import RULES, Persona, lint, read
from pinsmith.rules._example import nsc, pin
from tests.rules.defects import TODAY, TRUSTED

A, B = pin("a").base64, pin("b").base64
PLACEHOLDER: Final = "A" * 43 + "="
PINS: Final = {
    "two pins": ((A, B), set[str]()),
    "one pin": ((A,), {"missing-backup-pin"}),
    "placeholders": ((PLACEHOLDER, "B" * 43 + "="), {"known-bad-pin"}),
    "one pin and a placeholder": ((A, PLACEHOLDER), {"missing-backup-pin", "known-bad-pin"}),
    "a short pin": (("AAAA",), {"unusable-part"}),
}
DAYS: Final = {
    "": set[str](),
    "2020-01-01": {"pins-ended"},
    "2027-01-10": {"pins-end-soon"},
    "2099-01-01": {"distant-expiry"},
}
PLACES: Final = {
    "api.example.com": set[str](),
    "api.stripe.com": {"third-party-host"},
    "pages.dev": {"third-party-host", "private-suffix"},
}
ANCHORS: Final = {"": set[str](), TRUSTED.format(' overridePins="true"'): {"pins-overridden"}}


def _rules(text: str, name: str) -> set[str]:
    found = lint([read(text.encode(), name, today=TODAY)], RULES, persona=Persona.AUDITOR)
    return {finding.rule for finding in found}


@pytest.mark.parametrize("pins", PINS)
@pytest.mark.parametrize("day", DAYS)
def test_each_defect_of_a_configuration_of_android_is_found(pins: str, day: str) -> None:
    """Pins, their last day, their host and the anchors may all be wrong at once."""
    texts, of_pins = PINS[pins]
    lines = [f'<pin digest="SHA-256">{text}</pin>' for text in texts]
    for (host, of_host), (anchors, of_anchors) in itertools.product(PLACES.items(), ANCHORS.items()):
        text = nsc(*lines, host=host).replace("</pin-set>", f"</pin-set>{anchors}")
        text = text.replace("<domain>", '<domain includeSubdomains="true">')
        text = text.replace("<pin-set>", f'<pin-set expiration="{day}">') if day else text
        assert _rules(text, "nsc.xml") == of_pins | DAYS[day] | of_host | of_anchors, (host, anchors)


def test_each_defect_of_trustkit_is_found() -> None:
    """TrustKit that crashes because of a single pin, has ended and reports to its vendor has three findings."""
    domain = f"<key>TSKPublicKeyHashes</key><array><string>{A}</string></array>"
    domain += "<key>TSKExpirationDate</key><string>2020-01-01</string>"
    held = f"<key>TSKPinnedDomains</key><dict><key>api.example.com</key><dict>{domain}</dict></dict>"
    text = f'<plist version="1.0"><dict><key>TSKConfiguration</key><dict>{held}</dict></dict></plist>'
    assert _rules(text, "Info.plist") == {"unusable-part", "pins-ended", "third-party-reports"}


def test_a_public_suffix_is_found_beside_placeholders() -> None:
    """A configuration of a public suffix and its subdomains is reported, whatever its pins are."""
    text = nsc(f'<pin digest="SHA-256">{PLACEHOLDER}</pin>', host="co.uk")
    text = text.replace("<domain>", '<domain includeSubdomains="true">')
    assert _rules(text, "nsc.xml") == {"known-bad-pin", "unusable-part"}
