"""TLSA records: exact text, and edits in the zones of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import ExportError, FormatError
from pinsmith.formats import export, tlsa
from pinsmith.lab.pki.authority import Authority
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Policy
from tests.formats.note import line_of
from tests.formats.policy import BACKUP, INTERMEDIATE, LEAF, PLAIN

if TYPE_CHECKING:
    from pinsmith.formats._format import Reading

MARK = "; The pins here are written by pinsmith from pins.toml. Edit that file and run `pinsmith sync`.\n"
OWN = (
    f"{MARK}_443._tcp.api.example.com. IN TLSA 3 1 1 {LEAF.pin.hex} ; leaf\n"
    f"_443._tcp.api.example.com. IN TLSA 3 1 1 {BACKUP.pin.hex} ; standby\n"
)


def _read(text: str) -> Reading:
    assert tlsa.FORMAT.read is not None
    return tlsa.FORMAT.read(text.encode(), "zone")


def test_the_records_in_full() -> None:
    """Leaf and standby keys have usage 3 and keys of authorities usage 2, and any one of them is enough."""
    policy = Policy((HostPins("api.example.com", (LEAF, BACKUP, INTERMEDIATE)),))
    assert export(policy, tlsa.FORMAT).text == (
        f"{OWN}_443._tcp.api.example.com. IN TLSA 2 1 1 {INTERMEDIATE.pin.hex} ; intermediate\n"
    )


def test_port_protocol_and_time_are_options() -> None:
    """A mail server is pinned at its port."""
    text = export(PLAIN, tlsa.FORMAT, options={"port": 25, "ttl": 600}).text
    assert f"_25._tcp.api.example.com. 600 IN TLSA 3 1 1 {LEAF.pin.hex} ; leaf\n" in text


@pytest.mark.parametrize("options", [{"port": 0}, {"port": 65536}, {"ttl": -1}])
def test_impossible_options_are_refused(options: dict[str, int]) -> None:
    """A port or a time that DNS cannot hold is an error."""
    with pytest.raises(ExportError):
        export(PLAIN, tlsa.FORMAT, options=dict(options))


ZONE = """$ORIGIN example.com.
@ IN SOA ns1 admin (
  2026010101 7200 ; serial
  3600 1209600 3600 )
_443._tcp.api IN TLSA 3 1 1 (
   {old} )
  IN TLSA 3 1 1 {old} ; the same again
_25._tcp.mail IN TLSA 3 1 1 {old}
text TXT "_443._tcp.api IN TLSA ; ( no record"
"""


def test_the_rest_of_a_zone_stays_as_it_is() -> None:
    """Records of the port are replaced in their place, and those of other ports and types stay."""
    before = ZONE.replace("{old}", INTERMEDIATE.pin.hex)
    after = export(PLAIN, tlsa.FORMAT, existing=before).text
    head, _, rest = before.partition("_443._tcp.api IN")
    assert after == head + OWN + rest[rest.index("_25._tcp") :]
    assert export(PLAIN, tlsa.FORMAT, existing=after).text == after


def test_a_host_that_is_no_longer_pinned_leaves_the_zone() -> None:
    """The records of its port are removed with the host."""
    two = Policy((*PLAIN.hosts, HostPins("old.example.com", (LEAF, BACKUP))))
    first = export(two, tlsa.FORMAT).text
    assert "old.example.com" in first
    assert export(PLAIN, tlsa.FORMAT, existing=first).text == OWN


def test_a_record_that_would_change_its_owner_is_refused() -> None:
    """A following record without an owner would move to another name."""
    zone = f'_443._tcp.api.example.com. TLSA 3 1 1 {LEAF.pin.hex}\n   TXT "note"\n'
    with pytest.raises(FormatError) as caught:
        export(PLAIN, tlsa.FORMAT, existing=zone, name="zone")
    assert (caught.value.file, caught.value.line) == ("zone", 2)


def test_whole_keys_and_certificates_become_pins() -> None:
    """Matching type 0 contains the key or the certificate itself."""
    root = Authority.root()
    begin = "_443._tcp.a.example.com. IN TLSA"
    reading = _read(f"{begin} 2 0 0 {root.der.hex()}\n")
    (pin,) = reading.hosts[0].pins
    assert (str(pin.pin), pin.role) == (root.pin, "intermediate")


@pytest.mark.parametrize("record", ["3 0 1 " + "00" * 32, "3 1 2 " + "00" * 64, "7 1 1 " + "00" * 32])
def test_records_that_a_policy_cannot_hold_are_noted(record: str) -> None:
    """Hashes of certificates, SHA-512 and unknown usages are left out with a note."""
    begin = "_443._tcp.a.example.com. IN TLSA"
    reading = _read(f"{begin} 3 1 1 {LEAF.pin.hex}\n{begin} {record}\n")
    assert [found.pin for found in reading.hosts[0].pins] == [Pin(LEAF.pin.digest)]
    assert [line_of(note) for note in reading.notes] == [2]


def test_ports_are_noted() -> None:
    """A policy pins a host at every port, so records of one port, or different ones of two, get a note."""
    reading = _read(
        f"_443._tcp.a.test. TLSA 3 1 1 {LEAF.pin.hex}\n"
        f"_25._tcp.a.test. TLSA 3 1 1 {BACKUP.pin.hex}\n_853._tcp.b.test. TLSA 3 1 1 {LEAF.pin.hex}\n"
    )
    assert [(line_of(note), note.text.partition(" is")[0]) for note in reading.notes] == [(2, "a.test"), (3, "b.test")]
    assert len(reading.hosts[0].pins) == 2


def test_an_origin_that_grows_without_end_is_refused() -> None:
    """Relative origins add up, but names have a maximum length."""
    with pytest.raises(FormatError, match="longer than the 255 characters of a domain name"):
        _read("$ORIGIN a\n" * 1000)
