"""Special rules of the code for rustls and reqwest."""

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
    """The code looks up addresses in the form of the standard library, where IPv4 in IPv6 is IPv4."""
    hosts = tuple(canonical_host(name) for name in ("2001:DB8:0:0::1", "::ffff:192.0.2.1"))
    text = export(Policy(tuple(HostPins(host, (LEAF, BACKUP)) for host in hosts)), target).text
    assert 'host: "2001:db8::1",' in text
    assert 'host: "192.0.2.1",' in text
    assert "to_canonical()" in text


@BOTH
def test_the_generated_code_can_be_private_to_its_crate(target: Format) -> None:
    """Both types have the visibility of the option, and no other word is allowed there."""
    text = export(PLAIN, target, options={"visibility": "pub(crate)"}).text
    assert "\npub(crate) struct PinVerifier {" in text
    assert "\npub(crate) struct PinMismatchError {" in text
    with pytest.raises(ExportError, match="visibility"):
        export(PLAIN, target, options={"visibility": "pub(super)"})


@BOTH
def test_unneeded_parts_are_left_out(target: Format) -> None:
    """Without expiry, reports, exemptions or subdomains, no code handles them."""
    plain = export(PLAIN, target).text
    assert not [
        word for word in ("expires", "report_only", "exempt", "include_subdomains", "split_once") if word in plain
    ]
    ending = Policy((HostPins("api.example.com", (LEAF, BACKUP), expires=date(2031, 5, 1)),))
    text = export(ending, target).text
    assert "expires: Some(1935360000), // 2031-05-01" in text
    assert "now.as_secs() < end" in text


def test_reqwest_without_http_2_offers_none() -> None:
    """If reqwest cannot speak HTTP/2 but offers it, servers would choose it."""
    target = find("rust-reqwest")
    assert '"h2".into()' in export(PLAIN, target).text
    assert "alpn_protocols" not in export(PLAIN, target, options={"http2": False}).text
