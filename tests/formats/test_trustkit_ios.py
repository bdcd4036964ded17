"""TSKConfiguration: exact text, edits in place, code, and the verdicts of TrustKit's rules."""

from __future__ import annotations

import plistlib
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from pinsmith.errors import ExportRefusedError, FormatError, LossError
from pinsmith.formats import LOSSES, apple_ats, export, trustkit_ios
from pinsmith.formats._loss import select
from pinsmith.formats._trustkit_ios import objc_text, swift_text
from pinsmith.policy import HostPins, Policy
from tests.formats import trustkit_rules
from tests.formats.note import line_of
from tests.formats.policy import BACKUP, FULL, LEAF, PLAIN, ROOT, key, pin, policies

if TYPE_CHECKING:
    from pinsmith.formats._format import Reading

ALL = {"accept-loss": tuple(LOSSES)}
HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
"""
MARK = "The pins here are written by pinsmith from pins.toml. Edit that file and run `pinsmith sync`."
OWN = f"""\
{HEAD}<dict>
	<key>TSKConfiguration</key>
	<dict>
		<!-- {MARK} -->
		<key>TSKSwizzleNetworkDelegates</key>
		<false/>
		<key>TSKIgnorePinningForUserDefinedTrustAnchors</key>
		<false/>
		<key>TSKPinnedDomains</key>
		<dict>
			<key>api.example.com</key>
			<dict>
				<key>TSKPublicKeyHashes</key>
				<array>
					<string>{LEAF.pin.base64}</string> <!-- leaf -->
					<string>{BACKUP.pin.base64}</string> <!-- standby -->
				</array>
				<key>TSKIncludeSubdomains</key>
				<false/>
				<key>TSKEnforcePinning</key>
				<true/>
				<key>TSKDisableDefaultReportUri</key>
				<true/>
			</dict>
		</dict>
	</dict>
</dict>
</plist>
"""
SWIFT = f"""\
// {MARK}
import TrustKit

let pinnedTrustKitConfiguration: [String: Any] = [
    kTSKSwizzleNetworkDelegates: false,
    "TSKIgnorePinningForUserDefinedTrustAnchors": false,
    kTSKPinnedDomains: [
        "example.com": [
            kTSKPublicKeyHashes: [
                "{LEAF.pin.base64}",
                "{BACKUP.pin.base64}",
            ],
            kTSKIncludeSubdomains: true,
            kTSKEnforcePinning: true,
            kTSKExpirationDate: "2031-05-01",
            kTSKDisableDefaultReportUri: true,
        ] as [String: Any],
        "static.example.com": [
            kTSKExcludeSubdomainFromParentPolicy: true,
        ] as [String: Any],
    ] as [String: Any],
] as [String: Any]
"""
OBJC = f"""\
// {MARK}
#import <TrustKit/TrustKit.h>

static inline NSDictionary *PinnedTrustKitConfiguration(void) {{
    return @{{
        kTSKSwizzleNetworkDelegates: @YES,
        @"TSKIgnorePinningForUserDefinedTrustAnchors": @NO,
        kTSKPinnedDomains: @{{
            @"api.example.com": @{{
                kTSKPublicKeyHashes: @[
                    @"{LEAF.pin.base64}",
                    @"{BACKUP.pin.base64}",
                ],
                kTSKIncludeSubdomains: @NO,
                kTSKEnforcePinning: @YES,
                kTSKDisableDefaultReportUri: @YES,
            }},
        }},
    }};
}}
"""


def _write(policy: Policy, existing: str | None = None, **options: Any) -> str:  # noqa: ANN401 - as in `export`
    return export(policy, trustkit_ios.FORMAT, existing=existing, options=ALL | options).text


def _read(text: str) -> Reading:
    assert trustkit_ios.FORMAT.read is not None
    return trustkit_ios.FORMAT.read(text.encode(), "Info.plist")


def _configuration(text: str) -> dict[str, Any]:
    found: dict[str, Any] = plistlib.loads(text.encode())["TSKConfiguration"]
    return found


def test_the_list_in_full() -> None:
    """A new file states all important settings, and never lets the vendor receive reports."""
    assert _write(PLAIN) == OWN


def test_the_code_in_full() -> None:
    """The code has the same content, with constants of the library as keys."""
    assert _write(Policy(FULL.hosts[:2]), syntax="swift") == SWIFT
    assert _write(PLAIN, syntax="objc", swizzle="yes") == OBJC


def test_code_of_somebody_else_is_not_overwritten() -> None:
    """A source file is written as a whole, so it must be one that pinsmith wrote."""
    assert _write(PLAIN, OBJC, syntax="objc", swizzle="yes") == OBJC
    with pytest.raises(FormatError, match="not written by pinsmith"):
        _write(PLAIN, "import Foundation\n", syntax="swift")


def test_texts_cannot_leave_their_literals() -> None:
    """Quotation marks, backslashes, line ends, interpolations and trigraphs stay texts."""
    hostile = '"\\(x)\n??/\N{RIGHT-TO-LEFT OVERRIDE}'
    assert swift_text(hostile) == '"\\"\\\\(x)\\u{A}??/\\u{202E}"'
    assert objc_text(hostile) == '@"\\"\\\\(x)\\012\\?\\?/\\342\\200\\256"'


def test_the_rest_of_a_configuration_stays_as_it_is() -> None:
    """Only domains change; settings, remarks, obsolete keys and pins of other formats are kept."""
    existing = (
        OWN.replace("<false/>", "<true/> <!-- yes -->", 1)
        .replace(
            "<key>TSKPublicKeyHashes</key>",
            "<key>TSKPublicKeyAlgorithms</key>\n<array/>\n<key>TSKPublicKeyHashes</key>",
        )
        .replace("api.example.com", "example.com")
    )
    text = _write(FULL, existing)
    assert [line for line in existing.splitlines() if line not in text.splitlines()] == []
    assert "<true/> <!-- yes -->" in text
    found = {entry.host: entry for entry in _read(text).hosts}
    assert found["example.com"].expires == date(2031, 5, 1)
    assert found["log.example.org"].report_uris == ("https://reports.example.net/pins",)
    assert _write(FULL, text) == text
    back = _write(Policy((HostPins("example.com", (LEAF, BACKUP)),)), text)
    assert plistlib.loads(back.encode()) == plistlib.loads(existing.encode())


def test_a_list_of_its_own_is_edited_as_one() -> None:
    """Some apps load the dictionary from a file of another name."""
    inner: dict[str, Any] = {"TSKPinnedDomains": {"old.example.com": {"TSKPublicKeyHashes": []}}}
    text = _write(PLAIN, plistlib.dumps(inner).decode())
    wanted = _configuration(OWN)
    del wanted["TSKSwizzleNetworkDelegates"]
    assert plistlib.loads(text.encode()) == wanted
    assert _write(PLAIN, text) == text


def test_both_formats_live_in_one_file() -> None:
    """Each format changes its own part and remark, and the other part stays as it is."""
    both = export(PLAIN, apple_ats.FORMAT, existing=OWN).text
    assert both.startswith(OWN.removesuffix("</dict>\n</plist>\n"))
    assert both.count(MARK) == 2
    assert _write(PLAIN, both) == both
    assert _write(FULL, both).count(MARK) == 2
    assert [note.text.partition(" ")[0] for note in _read(both).notes] == ["App"]


def test_an_exemption_is_the_only_key_of_its_domain() -> None:
    """A pinned host that becomes exempt loses all its keys, and the reverse also works."""
    above = HostPins("example.org", (LEAF, BACKUP), include_subdomains=True)
    on = Policy((above, HostPins("a.example.org", (LEAF, ROOT), expires=date(2031, 5, 1))))
    off = Policy((above, HostPins("a.example.org", (), mode="off")))
    text = _write(off, _write(on))
    assert _configuration(text) == _configuration(_write(off))
    again = _configuration(_write(on, text))["TSKPinnedDomains"]["a.example.org"]
    assert again == {
        "TSKPublicKeyHashes": [LEAF.pin.base64, ROOT.pin.base64],
        "TSKExpirationDate": "2031-05-01",
        "TSKDisableDefaultReportUri": True,
    }


def test_the_existing_swizzling_is_kept_unless_asked() -> None:
    """The app decides whether delegates are hooked, so the setting changes only on request."""
    on = OWN.replace("<false/>", "<true/>", 1)
    assert _write(PLAIN, on) == on
    assert _write(PLAIN, on, swizzle="no") == OWN
    assert _write(PLAIN, OWN, swizzle="yes") == on


@pytest.mark.parametrize("kept", [True, False])
def test_the_setting_for_authorities_of_the_user_is_kept(kept: bool) -> None:  # noqa: FBT001 - the existing value
    """An existing setting is kept; if it disables the pins, a note reports that on reading."""
    key = "TSKIgnorePinningForUserDefinedTrustAnchors"
    existing = OWN.replace(f"<key>{key}</key>\n\t\t<false/>", f"<key>{key}</key>\n\t\t<{str(kept).lower()}/>")
    assert _configuration(_write(FULL, existing))[key] is kept
    assert bool([note for note in _read(existing).notes if key in note.text]) is kept
    silent = OWN.replace(f"\t\t<key>{key}</key>\n\t\t<false/>\n", "")
    assert silent != OWN
    assert _configuration(_write(PLAIN, silent)) == _configuration(OWN)


def test_a_report_only_policy_leaves_the_authorities_of_the_user_alone() -> None:
    """With report-only hosts alone, TrustKit would refuse such authorities on macOS, although nothing is enforced."""
    host = HostPins("api.example.com", (LEAF, BACKUP), mode="report-only")
    exempt = HostPins("static.example.com", (), mode="off")
    assert list(_configuration(_write(Policy((host, exempt))))) == ["TSKSwizzleNetworkDelegates", "TSKPinnedDomains"]


@pytest.mark.parametrize(
    ("host", "problem"),
    [
        (HostPins("api.internal", (LEAF, BACKUP)), "does not end with a public suffix"),
        (HostPins("localhost", (LEAF, BACKUP)), "does not end with a public suffix"),
        (HostPins("co.uk", (LEAF, BACKUP), include_subdomains=True), "is a public suffix"),
        (HostPins("api.example.com", (LEAF,)), "at least 2 distinct pins"),
        (HostPins("192.0.2.1", (LEAF, BACKUP)), "IP addresses"),
        (HostPins("api.example.com", (LEAF, BACKUP), report_uris=("https://a b",)), "as a URL"),
        (
            HostPins("api.example.com", (key("a", algorithm="Ed25519"), key("b", algorithm="EC P-521"))),
            "does not support these types of keys",
        ),
    ],
    ids=["unknown suffix", "no suffix", "suffix", "one pin", "address", "report URI", "key types"],
)
def test_a_host_that_would_crash_the_app_is_refused(host: HostPins, problem: str) -> None:
    """No consent helps, because TrustKit raises at the start of the app, or the keys never match."""
    with pytest.raises(ExportRefusedError) as caught:
        _write(Policy((host,)))
    (reason,) = caught.value.reasons
    assert str(reason.place) == host.host
    assert problem in reason.text


def test_settings_that_trustkit_cannot_express_need_consent() -> None:
    """An exemption covers one host, and a key of another type is left out only if others remain."""
    hosts = (
        HostPins("example.com", (LEAF, BACKUP, key("odd", algorithm="RSA 8192")), include_subdomains=True),
        HostPins("static.example.com", (), mode="off", include_subdomains=True),
    )
    with pytest.raises(LossError) as caught:
        export(Policy(hosts), trustkit_ios.FORMAT)
    assert {loss.rule for loss in caught.value.losses} == {"algorithms-dropped", "exemptions-narrowed"}


def test_an_exemption_from_pins_that_reach_nobody_is_left_out() -> None:
    """Below another public suffix TrustKit applies no parent's pins, and an exclusion would crash the app."""
    hosts = (
        HostPins("amazonaws.com", (LEAF, BACKUP), include_subdomains=True),
        HostPins("x.s3.amazonaws.com", (), mode="off"),
    )
    configuration = _configuration(_write(Policy(hosts)))
    trustkit_rules.require_valid(configuration)
    assert list(configuration["TSKPinnedDomains"]) == ["amazonaws.com"]


@given(policy=policies())
def test_trustkit_decides_like_the_policy(policy: Policy) -> None:
    """By a model of its rules, TrustKit starts, reports to nobody, and blocks what the policy refuses."""
    try:
        selection = select(policy, trustkit_ios.FORMAT, accept=tuple(LOSSES))
    except ExportRefusedError:
        return
    configuration = _configuration(_write(policy))
    trustkit_rules.require_valid(configuration)
    assert trustkit_rules.reports_to_vendor(configuration) == []
    narrowed = {str(loss.place) for loss in selection.losses if loss.rule == "exemptions-narrowed"}
    for host in [name for entry in policy for name in (entry.host, f"x1.{entry.host}", f"x2.x1.{entry.host}")]:
        covering = policy.find(host)
        if covering is not None and covering.host in narrowed and covering.host != host:
            continue
        pinned = covering is not None and covering.mode == "enforce"
        chains = [[pin("nobody").digest], *([key.pin.digest] for key in (covering.keys if covering else ()))]
        for chain, expected in zip(chains, [pinned, *[False] * len(chains)], strict=False):
            assert trustkit_rules.blocks(configuration, host, chain, date(2029, 12, 31)) is expected
        if pinned and covering is not None and covering.expires is not None:
            assert trustkit_rules.blocks(configuration, host, chains[0], covering.expires) is False


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        ("<false/>\n\t\t<key>TSKIgnore", "<true/>\n\t\t<key>TSKIgnore", "TSKSwizzleNetworkDelegates"),
        ("<false/>\n\t\t<key>TSKPinned", "<true/>\n\t\t<key>TSKPinned", "authorities that the user added"),
        ("<key>TSKDisableDefaultReportUri</key>\n\t\t\t\t<true/>\n", "", "'api.example.com' also reports"),
        ("<key>TSKDisable", "<key>TSKMade</key><true/><key>TSKDisable", "TSKMade"),
        ("<key>TSKPinnedD", "<key>TSKDisableDefaultReportUri</key><true/><key>TSKPinnedD", "has no meaning here"),
        ("<key>TSKDisable", "<key>TSKExpirationDate</key><string>soon</string><key>TSKDisable", "never expire"),
        ("<key>TSKDisable", "<key>TSKExpirationDate</key><string>2031-5-1</string><key>TSKDisable", "reads as"),
        ("<key>TSKDisable", "<key>TSKExcludeSubdomainFromParentPolicy</key><true/><key>TSKDisable", "kSKExclude"),
        ("api.example.com", "API.example.com", "never matches"),
        (
            "<key>TSKEnforcePinning</key>\n\t\t\t\t<true/>",
            "<key>TSKEnforcePinning</key><string>NO</string>",
            "means no",
        ),
    ],
    ids=["swizzling", "anchors", "vendor", "unknown", "wrong place", "no day", "short day", "spelling", "case", "text"],
)
def test_settings_that_a_policy_cannot_hold_are_noted_with_the_line(before: str, after: str, word: str) -> None:
    """Everything that is dropped or does not work as intended is named."""
    assert before in OWN
    (note,) = _read(OWN.replace(before, after, 1)).notes
    assert word in note.text
    assert line_of(note)


def test_a_crash_is_reported_with_its_line() -> None:
    """The message gives the place and the value that TrustKit expects."""
    text = OWN.replace(LEAF.pin.base64, "sha256/" + LEAF.pin.base64)
    with pytest.raises(FormatError, match="the app crashes") as caught:
        _read(text)
    assert LEAF.pin.base64 in text.splitlines()[(caught.value.line or 0) - 1]
    assert caught.value.hint == f"write {LEAF.pin.base64}"
