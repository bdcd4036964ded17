"""TrustKit for Android: its differences from Android, the exact text of a new file, and edits in place."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from pinsmith.errors import ExportRefusedError, FormatError
from pinsmith.formats import LOSSES, export, trustkit_android
from pinsmith.formats._loss import select
from pinsmith.policy import HostPins, Policy
from tests.formats.note import in_line
from tests.formats.policy import BACKUP, INTERMEDIATE, LEAF, pin, policies

if TYPE_CHECKING:
    from pinsmith.formats._format import Reading

SAMPLES = Path(__file__).parent / "samples" / "trustkit-android"
FORMAT = trustkit_android.FORMAT
MARK = "<!-- The pins here are written by pinsmith from pins.toml. Edit that file and run `pinsmith sync`. -->"
A, B, C = (f'<pin digest="SHA-256">{key.pin.base64}</pin>' for key in (LEAF, BACKUP, INTERMEDIATE))
NEW_A, NEW_B = f"{A} <!-- leaf -->", f"{B} <!-- standby -->"
REPORTS = "https://reports.example.net/?a=1&b=2"
POLICY = Policy(
    (
        HostPins("example.com", (LEAF, BACKUP), include_subdomains=True, expires=date(2031, 5, 1)),
        HostPins("static.example.com", (), mode="off"),
        HostPins("log.example.org", (LEAF,), mode="report-only", report_uris=(REPORTS,)),
    )
)
NEW = f"""<?xml version="1.0" encoding="utf-8"?>
<network-security-config>
    {MARK}
    <domain-config>
        <domain includeSubdomains="true">example.com</domain>
        <pin-set expiration="2031-05-01">
            {NEW_A}
            {NEW_B}
        </pin-set>
        <trustkit-config enforcePinning="true" disableDefaultReportUri="true" />
    </domain-config>
    <domain-config>
        <domain includeSubdomains="false">static.example.com</domain>
        <pin-set />
        <trustkit-config enforcePinning="false" disableDefaultReportUri="true" />
    </domain-config>
    <domain-config>
        <domain includeSubdomains="false">log.example.org</domain>
        <pin-set>
            {NEW_A}
        </pin-set>
        <trustkit-config enforcePinning="false" disableDefaultReportUri="true">
            <report-uri>https://reports.example.net/?a=1&amp;b=2</report-uri>
        </trustkit-config>
    </domain-config>
</network-security-config>
"""


def read(content: str | bytes) -> Reading:
    """Read a text with the reader of the format."""
    assert FORMAT.read is not None
    return FORMAT.read(content.encode() if isinstance(content, str) else content, "nsc.xml")


def write(existing: str, policy: Policy) -> str:
    """Write a policy into a text, and check that a second run changes nothing."""
    text = export(policy, FORMAT, existing=existing, options={"accept-loss": tuple(LOSSES)}).text
    assert export(policy, FORMAT, existing=text, options={"accept-loss": tuple(LOSSES)}).text == text
    return text


def test_the_file_in_full() -> None:
    """Every host has its own configuration with its enforcement, exemption, reports and expiry."""
    assert export(POLICY, FORMAT).text == NEW


def test_enforced_and_report_only_hosts_are_read() -> None:
    """Without enforcePinning TrustKit only reports, and it ignores a configuration without pins."""
    reading = read((SAMPLES / "valid" / "enforced-and-reported.xml").read_bytes())
    entries = [(entry.host, entry.report_only, entry.report_uris, entry.expires) for entry in reading.hosts]
    assert entries == [
        ("mail.example.com", False, ("https://reports.example.com/tls",), date(2031, 5, 1)),
        ("new.example.com", True, (), None),
    ]
    assert [in_line(note) for note in reading.notes] == [
        "line 30: Android ignores the unknown attribute 'enforcePinning' of <domain-config>",
        "line 22: TrustKit only reports mismatches of new.example.com, but Android refuses them on other connections",
        (
            "line 22: reports about new.example.com also go to the vendor of TrustKit: "
            'write disableDefaultReportUri="true"'
        ),
        (
            "line 32: enforcePinning is on for localhost, but there is no <pin-set>, so TrustKit pins nothing: "
            "add a <pin-set>, or remove <trustkit-config>"
        ),
    ]


def test_differences_between_trustkit_and_android_are_noted() -> None:
    """TrustKit allows one domain per configuration, and inherits more than Android does."""
    reading = read((SAMPLES / "valid" / "nested.xml").read_bytes())
    assert [(entry.host, entry.report_only, entry.include_subdomains) for entry in reading.hosts] == [
        ("one.example.com", False, True),
        ("two.example.com", False, True),
        ("pay.two.example.com", False, False),
        ("static.two.example.com", False, False),
    ]
    kept = [in_line(note) for note in reading.notes if "vendor of" not in note.text]
    assert kept == [
        "line 4: TrustKit reads only the last <domain> of a <domain-config>, so only Android pins one.example.com",
        "line 9: TrustKit includes subdomains of pay.two.example.com, because it includes those of two.example.com",
        "line 10: in TrustKit these pins also expire on 2031-05-01, which it takes from an outer <pin-set>",
        "line 13: TrustKit includes subdomains of static.two.example.com, because it includes those of two.example.com",
        "line 14: in TrustKit these pins also expire on 2031-05-01, which it takes from an outer <pin-set>",
        (
            "line 13: static.two.example.com has an empty <pin-set>, so Android does not pin it, "
            "not even with the pins of "
            'two.example.com; its mode becomes "off"'
        ),
    ]


@pytest.mark.parametrize(
    ("problem", "line", "name"),
    [
        ("api.example.com has 1 of the 2 pins that TrustKit needs; the app crashes", 5, "one-pin"),
        ("api.example.com has 1 of the 2 pins that TrustKit needs; the app crashes", 5, "one-pin-twice"),
        ("api.example.com has 0 of the 2 pins that TrustKit needs; the app crashes", 5, "enforced-exemption"),
        ("the digest is 'sha-256', but must be 'SHA-256'; the app crashes", 5, "small-digest"),
        (
            "the domain 'api.internal': TrustKit does not know the top-level domain 'internal'; the app crashes",
            4,
            "unknown-top-level",
        ),
        (
            (
                "<debug-overrides> has no <trust-anchors>, so TrustKit searches the rest of the file for them; "
                "the app hangs"
            ),
            3,
            "empty-debug-overrides",
        ),
    ],
)
def test_a_file_that_trustkit_refuses_is_refused_with_the_line(problem: str, line: int, name: str) -> None:
    """The reason is the library's own."""
    with pytest.raises(FormatError) as caught:
        read((SAMPLES / "broken" / f"{name}.xml").read_bytes())
    assert (caught.value.problem, caught.value.line) == (problem, line)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (HostPins("localhost", (LEAF, BACKUP)), "takes names of at least two labels"),
        (HostPins("my_api.example.com", (LEAF, BACKUP)), "takes names of at least two labels"),
        (HostPins("api.service.internal", (LEAF, BACKUP)), "top-level domain 'internal'"),
        (HostPins("192.0.2.1", (LEAF, BACKUP)), "cannot pin IP addresses"),
        (HostPins("example.com", (LEAF,)), "1 distinct pin,"),
        (HostPins("example.com", (LEAF, BACKUP), report_uris=("reports",)), "cannot report to 'reports'"),
    ],
)
def test_a_host_that_would_crash_the_app_is_refused(entry: HostPins, reason: str) -> None:
    """No consent helps, because the app would not start."""
    with pytest.raises(ExportRefusedError) as caught:
        export(Policy((entry,)), FORMAT, options={"accept-loss": tuple(LOSSES)})
    (refused,) = caught.value.reasons
    assert str(refused.place) == entry.host
    assert reason in refused.text


def test_domains_of_one_configuration_are_separated() -> None:
    """TrustKit reads only the last domain of a configuration."""
    before = f"""<network-security-config>
  {MARK}
  <domain-config>
    <domain includeSubdomains="true">example.com</domain>
    <domain>example.org</domain>
    <pin-set>{A}{B}</pin-set>
    <trustkit-config enforcePinning="true" disableDefaultReportUri="true" />
  </domain-config>
</network-security-config>
"""
    hosts = (HostPins("example.com", (LEAF, BACKUP), include_subdomains=True), HostPins("example.org", (LEAF, BACKUP)))
    after = before.replace("    <domain>example.org</domain>\n", "").replace(
        "  </domain-config>\n",
        f"""  </domain-config>
  <domain-config>
    <domain includeSubdomains="false">example.org</domain>
    <pin-set>
      {NEW_A}
      {NEW_B}
    </pin-set>
    <trustkit-config enforcePinning="true" disableDefaultReportUri="true" />
  </domain-config>
""",
    )
    assert write(before, Policy(hosts)) == after


def test_only_differences_change() -> None:
    """Enforcement, report addresses and misspelled pins change, comments move along, and the rest stays."""
    before = f"""<network-security-config>
  {MARK}
  <domain-config cleartextTrafficPermitted="true">
    <domain includeSubdomains="true">example.com</domain>
    <pin-set>
      {A.replace("SHA", "sha")} <!-- a -->
      {B} <!-- b -->
    </pin-set>
    <trustkit-config enforcePinning = 'false'>
      <!-- old -->
      <report-uri>https://old.example.net</report-uri>
    </trustkit-config>
  </domain-config>
</network-security-config>
"""
    policy = Policy((HostPins("example.com", (LEAF, BACKUP), include_subdomains=True, report_uris=(REPORTS,)),))
    after = (
        before.replace(f"      {A.replace('SHA', 'sha')} <!-- a -->\n", "")
        .replace("<!-- b -->\n", f"<!-- b -->\n      {A} <!-- a -->\n")
        .replace("      <!-- old -->\n", "")
        .replace("'false'", "'true'")
        .replace("https://old.example.net", REPORTS.replace("&", "&amp;"))
    )
    assert write(before, policy) == after


def test_a_plain_configuration_becomes_trustkits() -> None:
    """A file of Android's own gets the missing element, and otherwise stays as it is."""
    before = f"""<network-security-config>
  {MARK}
  <domain-config>
    <domain>example.com</domain>
    <pin-set>{A}{B}</pin-set>
  </domain-config>
</network-security-config>
"""
    after = before.replace(
        "</pin-set>\n",
        '</pin-set>\n    <trustkit-config enforcePinning="true" disableDefaultReportUri="true" />\n',
    )
    assert write(before, Policy((HostPins("example.com", (LEAF, BACKUP)),))) == after


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(old=policies(), new=policies())
def test_any_policy_over_any_other(old: Policy, new: Policy) -> None:
    """The edited file is read as the new policy, whatever it contained."""
    lossy = {"accept-loss": tuple(LOSSES)}
    try:
        before = export(old, FORMAT, options=lossy).text
        entries = select(new, FORMAT, accept=tuple(LOSSES)).entries
    except ExportRefusedError:
        return
    found = {entry.host: entry for entry in read(write(before, new)).hosts}
    for entry in entries:
        read_back = found.pop(entry.host, None)
        if read_back is None:
            assert entry.exempt
            continue
        assert {one.pin for one in read_back.pins} == {key.pin for key in entry.keys}
        assert replace(read_back, pins=(), line=None) == replace(
            read_back,
            pins=(),
            line=None,
            include_subdomains=entry.include_subdomains,
            expires=entry.expires,
            report_only=entry.report_only,
            exempt=entry.exempt,
        )
    covering = Policy(tuple(entry for entry in new.hosts if entry.include_subdomains))
    for host, inherited in found.items():
        above = covering.find(host)
        assert inherited.exempt or (
            above is not None and {pin.pin for pin in inherited.pins} == {key.pin for key in above.keys}
        )


def test_a_pin_whose_text_differs_is_written_anew() -> None:
    """TrustKit compares texts, so another spelling of the same pin never matches."""
    odd = B.replace("HI=", "HJ=")
    assert odd != B
    before = f"<network-security-config><domain-config><domain>example.com</domain><pin-set>{A}{odd}</pin-set>"
    text = write(
        before + "</domain-config></network-security-config>", Policy((HostPins("example.com", (LEAF, BACKUP)),))
    )
    assert B in text
    assert odd not in text
    assert pin("standby") in {found.pin for found in read(text).hosts[0].pins}
