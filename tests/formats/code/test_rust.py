"""What is particular to the code for rustls and reqwest."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import ExportError
from pinsmith.formats import export, find
from pinsmith.host import canonical_host
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import BACKUP, LEAF, PLAIN

if TYPE_CHECKING:
    from pinsmith.formats import Format

BOTH = pytest.mark.parametrize("target", [find("rust-rustls"), find("rust-reqwest")], ids=lambda target: target.id)


@BOTH
def test_addresses_stand_as_rust_writes_them(target: Format) -> None:
    """What is looked up is what the standard library makes of an address, IPv4 in IPv6 being IPv4."""
    hosts = tuple(canonical_host(each) for each in ("2001:DB8:0:0::1", "::ffff:192.0.2.1"))
    text = export(Policy(tuple(HostPins(each, (LEAF, BACKUP)) for each in hosts)), target).text
    assert 'host: "2001:db8::1",' in text
    assert 'host: "192.0.2.1",' in text
    assert "to_canonical()" in text


@BOTH
def test_what_is_generated_can_be_kept_in_its_crate(target: Format) -> None:
    """The visibility is that of both types; no other word gets into the code."""
    text = export(PLAIN, target, options={"visibility": "pub(crate)"}).text
    assert "\npub(crate) struct PinVerifier {" in text
    assert "\npub(crate) struct PinMismatchError {" in text
    with pytest.raises(ExportError, match="visibility"):
        export(PLAIN, target, options={"visibility": "pub(super)"})


@BOTH
def test_what_no_host_needs_is_left_out(target: Format) -> None:
    """Without an end, a report, an exemption or subdomains no code looks for them."""
    plain = export(PLAIN, target).text
    assert not [
        word for word in ("expires", "report_only", "exempt", "include_subdomains", "split_once") if word in plain
    ]
    ending = Policy((HostPins("api.example.com", (LEAF, BACKUP), expires=date(2031, 5, 1)),))
    text = export(ending, target).text
    assert "expires: Some(1935360000), // 2031-05-01" in text
    assert "now.as_secs() < end" in text


def test_reqwest_without_http_2_offers_none() -> None:
    """A reqwest that cannot speak it must not offer it, or servers would choose it."""
    target = find("rust-reqwest")
    assert '"h2".into()' in export(PLAIN, target).text
    assert "alpn_protocols" not in export(PLAIN, target, options={"http2": False}).text
