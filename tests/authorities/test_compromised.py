"""Keys of compromised authorities: the table, and every place that must refuse them."""

from __future__ import annotations

import base64
import tomllib
from importlib import resources

import pytest

from pinsmith import pinfile
from pinsmith.authorities import compromised, compromised_keys, vouched
from pinsmith.errors import CompromisedAuthorityError, KnownBadPinError, ParseError
from pinsmith.pin import Pin
from pinsmith.policy import CompromisedKey, HostPins, Key, Policy, TrustAnchor

# Published by OkHttp 5.5.1 and rustls-webpki 0.103.16, which agree.
EMSIGN = Pin(base64.b64decode("6+1kdcLC2A/LGZ8/6N1uazzmC3frFdTkLD3sDG9bUQU="))
AAA = Pin(base64.b64decode("vRU+17BDT2iGsXvOi76E7TQMcTLXAqj0+jGPdW7L1vM="))
STOLEN = Pin(bytes(range(32)))


def test_the_eight_keys_of_october_2026_are_known() -> None:
    """The table lists the eight emSign keys with their names, days, CVE and sources."""
    known = compromised_keys()
    assert len(known) == 8
    assert all(key.name.startswith("emSign ") and key.cve == "CVE-2026-111943" for key in known.values())
    assert all(key.since and key.source for key in known.values())


def test_every_entry_of_the_table_is_a_canonical_pin() -> None:
    """A typing error in a key that was added by hand fails here and not at a user."""
    text = resources.files("pinsmith.authorities").joinpath("compromised.toml").read_text()
    tables = tomllib.loads(text)
    pins = [row["pin"] for table in ("key", "vouched") for row in tables[table]]
    assert all(str(Pin(base64.b64decode(pin.removeprefix("sha256/")))) == pin for pin in pins)
    assert len(set(pins)) == len(pins)


def test_an_unknown_key_is_not_compromised() -> None:
    """A pin that the table does not list is not refused."""
    assert compromised(STOLEN) is None
    assert vouched(STOLEN) is None


def test_an_authority_that_cross_signed_compromised_ones_is_known() -> None:
    """AAA Certificate Services signed six of the eight; its own key is not compromised."""
    known = vouched(AAA)
    assert known is not None
    assert known.name == "AAA Certificate Services"
    assert compromised(AAA) is None


def test_a_compromised_key_cannot_be_parsed_as_a_pin() -> None:
    """The error names the authority and the incident, and is a kind of known bad pin."""
    with pytest.raises(CompromisedAuthorityError) as caught:
        Pin.parse(str(EMSIGN))
    assert isinstance(caught.value, KnownBadPinError)
    assert caught.value.code == "compromised-authority"
    assert str(caught.value) == (
        f"'{EMSIGN}' is the key of emSign DV TLS CA - G3B (CVE-2026-111943), which is compromised"
    )
    assert caught.value.hint is not None
    assert "Mozilla bug 2083449" in caught.value.hint


def test_no_policy_can_pin_a_compromised_key() -> None:
    """A policy that is built in code is refused too."""
    with pytest.raises(CompromisedAuthorityError):
        Key("emsign", EMSIGN, "intermediate")


def test_a_pin_file_that_pins_a_compromised_key_names_its_line() -> None:
    """The error has the line of the pin."""
    text = f'version = 1\n[keys.emsign]\npin = "{EMSIGN}"\n[[host]]\nname = "example.com"\nkeys = ["emsign"]\n'
    with pytest.raises(ParseError) as caught:
        pinfile.parse(text)
    assert (caught.value.line, caught.value.key_path) == (3, "keys.emsign.pin")
    assert "emSign DV TLS CA - G3B" in str(caught.value)


def test_a_pin_file_may_list_compromised_keys_of_its_own() -> None:
    """Compromised keys of the pin file are written back as they were read."""
    text = (
        f'version = 1\n[defaults]\nrefuse-compromised = true\n[keys.a]\npin = "{Pin(bytes(range(1, 33)))}"\n'
        f'[compromised.stolen-2026]\npin = "{STOLEN}"\n[[host]]\nname = "example.com"\nkeys = ["a"]\n'
    )
    policy = pinfile.parse(text)
    assert policy.compromised == (CompromisedKey("stolen-2026", STOLEN),)
    assert policy.refuse_compromised
    assert pinfile.parse(pinfile.write(policy)) == policy


@pytest.mark.parametrize("place", ["key", "trust anchor"])
def test_a_key_that_the_policy_lists_as_compromised_cannot_be_pinned(place: str) -> None:
    """A listed key is refused both as a pin and as a trust anchor."""
    good = Key("good", Pin(bytes(range(1, 33))))
    stolen = Key("stolen", STOLEN)
    entry = (
        HostPins("example.com", (good, stolen))
        if place == "key"
        else HostPins("example.com", (good,), trust_anchors=(TrustAnchor("ca.pem", STOLEN),))
    )
    with pytest.raises(CompromisedAuthorityError):
        Policy((entry,), compromised=(CompromisedKey("old-leaf", STOLEN),))


def test_a_pin_file_that_pins_a_key_it_lists_as_compromised_names_its_line() -> None:
    """The contradiction is found on reading, with its line."""
    text = (
        f'version = 1\n[keys.a]\npin = "{STOLEN}"\n[compromised.old]\npin = "{STOLEN}"\n'
        '[[host]]\nname = "example.com"\nkeys = ["a"]\n'
    )
    with pytest.raises(ParseError) as caught:
        pinfile.parse(text)
    assert caught.value.line == 3


def test_listing_a_key_that_is_refused_anyway_is_an_error() -> None:
    """The error explains that the key would stay refused without the entry."""
    text = f'version = 1\n[compromised.emsign]\npin = "{EMSIGN}"\n[[host]]\nname = "example.com"\nmode = "off"\n'
    with pytest.raises(ParseError, match="already refuses"):
        pinfile.parse(text)
