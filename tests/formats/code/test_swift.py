"""The generated Swift classes: their names, the hosts that they cannot pin, and the settings of TrustKit."""

from __future__ import annotations

import re

import pytest

from pinsmith.errors import ExportError, ExportRefusedError
from pinsmith.formats import LOSSES, export, find
from pinsmith.formats.code._language import SWIFT
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import BACKUP, FULL, LEAF, PLAIN

TARGETS = ("urlsession-swift", "alamofire-swift", "trustkit-swift")
ALL = {"accept-loss": tuple(LOSSES)}
EACH = pytest.mark.parametrize("target", TARGETS)


@EACH
def test_a_class_hides_nothing_that_it_needs(target: str) -> None:
    """A class may not have the name of a type, function, module or member that the code uses."""
    code = re.sub(r'//.*|"[^"]*"', "", export(FULL, find(target), options=ALL | {"class": "Zzz"}).text)
    names = set(re.findall(r"(?<![A-Za-z0-9_.])[A-Z][A-Za-z0-9_]*", code)) - {"Zzz"} - SWIFT.reserved
    assert {"Foundation", "String"} < names
    member = "session" if target == "trustkit-swift" else "entry"
    for name in sorted({*names, member, "class", "a.b"}):
        with pytest.raises(ExportError, match="class"):
            export(FULL, find(target), options=ALL | {"class": name})


@EACH
@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_addresses_are_refused(target: str, host: str) -> None:
    """The spelling of addresses in challenges on Apple's platforms is not known well enough to compare them."""
    with pytest.raises(ExportRefusedError) as caught:
        export(Policy((HostPins(host, (LEAF, BACKUP)),)), find(target))
    assert "IP addresses" in caught.value.reasons[0].text


def test_trustkit_pins_authorities_of_the_user_unless_all_only_report() -> None:
    """On macOS it would not do so by default; and a report-only host must not be refused."""
    setting = '"TSKIgnorePinningForUserDefinedTrustAnchors": false,'
    of = find("trustkit-swift")
    assert setting in export(PLAIN, of).text
    reporting = Policy((HostPins("api.example.com", (LEAF, BACKUP), mode="report-only"),))
    assert setting not in export(reporting, of).text
