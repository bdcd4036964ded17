"""Pinned domains in an Info.plist: exact text, edits in place, and the verdicts of Apple's rules."""

from __future__ import annotations

import plistlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from pinsmith.errors import ExportRefusedError, FormatError, LossError
from pinsmith.formats import LOSSES, apple_ats, export, policy_of
from pinsmith.formats._loss import select
from pinsmith.policy import HostPins, Policy
from tests.formats.apple_rules import accepts
from tests.formats.note import line_of
from tests.formats.policy import AUTHORITIES, BACKUP, FULL, INTERMEDIATE, LEAF, PLAIN, ROOT, key, pin, policies

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.formats._format import Reading

ALL = {"accept-loss": tuple(LOSSES)}
HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
"""
MARK = "<!-- The pins here are written by pinsmith from pins.toml. Edit that file and run `pinsmith sync`. -->"
DOMAIN = f"""\
			<key>api.example.com</key>
			<dict>
				<key>NSIncludesSubdomains</key>
				<false/>
				<key>NSPinnedLeafIdentities</key>
				<array>
					<dict>
						<key>SPKI-SHA256-BASE64</key>
						<string>{LEAF.pin.base64}</string> <!-- leaf -->
					</dict>
					<dict>
						<key>SPKI-SHA256-BASE64</key>
						<string>{BACKUP.pin.base64}</string> <!-- standby -->
					</dict>
				</array>
			</dict>
"""
ATS = f"""\
	<key>NSAppTransportSecurity</key>
	<dict>
		<key>NSPinnedDomains</key>
		<dict>
			{MARK}
{DOMAIN}		</dict>
	</dict>
"""
OWN = f"{HEAD}<dict>\n{ATS}</dict>\n</plist>\n"
OTHERS = """\
	<key>CFBundleName</key> <!-- mine -->
	<string>$(PRODUCT_NAME) &amp; more</string>

	<key>LSRequiresIPhoneOS</key>
	<true  />
"""


def _write(policy: Policy, existing: str | None = None, **options: str) -> str:
    return export(policy, apple_ats.FORMAT, existing=existing, options={**ALL, **options}).text


def _read(text: str | bytes) -> Reading:
    assert apple_ats.FORMAT.read is not None
    return apple_ats.FORMAT.read(text.encode() if isinstance(text, str) else text, "Info.plist")


def test_the_file_in_full() -> None:
    """A new file is a property list with only the pins, indented as by Xcode."""
    assert _write(PLAIN) == OWN


def test_authorities_stand_in_their_own_list() -> None:
    """The platform compares leaf keys with the leaf, and keys of authorities with the certificates above it."""
    text = _write(AUTHORITIES)
    assert "NSPinnedCAIdentities" in text
    assert "NSPinnedLeafIdentities" not in text


def test_settings_that_the_platform_cannot_express_need_consent() -> None:
    """Days, depth, trials and the other kind of pins are losses; report addresses are only printed."""
    lost = {(loss.rule, str(loss.place)) for loss in select(FULL, apple_ats.FORMAT, accept=tuple(LOSSES)).losses}
    assert lost == {
        ("expiry-dropped", "example.com"),
        ("subdomains-narrowed", "example.com"),
        ("exemptions-dropped", "static.example.com"),
        ("roles-merged", "api.example.org"),
        ("report-only-dropped", "log.example.org"),
    }


def test_leaves_and_authorities_are_never_combined() -> None:
    """A key of each list would have to match, so one list is left out, with consent."""
    mixed = Policy((HostPins("api.example.com", (LEAF, BACKUP, ROOT)),))
    with pytest.raises(LossError, match="cannot express all") as caught:
        export(mixed, apple_ats.FORMAT)
    assert [loss.rule for loss in caught.value.losses] == ["roles-merged"]
    assert [len(_read(_write(mixed, roles=kept)).hosts[0].pins) for kept in ("leaf", "ca")] == [2, 1]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_the_rest_of_an_info_plist_stays_as_it_is(line_end: str, bom: str) -> None:
    """Other keys, remarks, blank lines, line ends and a byte order mark are kept; the pins come last."""
    before = (bom + HEAD + f"<dict>\n{OTHERS}</dict>\n</plist>").replace("\n", line_end)
    after = _write(PLAIN, before)
    assert after == (bom + HEAD + f"<dict>\n{OTHERS}{ATS}</dict>\n</plist>").replace("\n", line_end)
    assert _write(PLAIN, after) == after


def test_exceptions_stay_beside_the_pins() -> None:
    """Pinned domains are added to the existing settings of App Transport Security."""
    allow = "\t\t<key>NSAllowsArbitraryLoads</key>\n\t\t<true/>\n"
    settings_before = f"\t<key>NSAppTransportSecurity</key>\n\t<dict>\n{allow}"
    before = f"{HEAD}<dict>\n{settings_before}\t</dict>\n{OTHERS}</dict>\n</plist>\n"
    pinned = ATS.partition("	<dict>\n")[2]
    assert _write(PLAIN, before) == f"{HEAD}<dict>\n{settings_before}{pinned}{OTHERS}</dict>\n</plist>\n"


def test_only_differences_are_changed() -> None:
    """A kept pin keeps its place and remark; old hosts and pins are removed, and new ones come last."""
    existing = (
        OWN.replace("<false/>", "<false /> <!-- why -->")
        .replace(DOMAIN, DOMAIN + DOMAIN.replace("api.example.com", "old.example.com"))
        .replace("<string>" + LEAF.pin.base64, "<!-- since May --><string>" + LEAF.pin.base64)
    )
    text = _write(Policy((HostPins("api.example.com", (LEAF, key("new"))),)), existing)
    assert "old.example.com" not in text
    assert text.count("<!-- since May -->") == text.count("<false /> <!-- why -->") == text.count(MARK) == 1
    assert [found.pin for found in _read(text).hosts[0].pins] == [LEAF.pin, key("new").pin]
    assert BACKUP.pin.base64 not in text


def test_another_kind_of_pins_takes_the_place_of_the_first() -> None:
    """Both lists together would lock users out, even during a change from one to the other."""
    text = _write(AUTHORITIES, _write(PLAIN))
    assert "NSPinnedLeafIdentities" not in text
    assert {found.pin for found in _read(text).hosts[0].pins} == {INTERMEDIATE.pin, ROOT.pin}
    assert _write(PLAIN, text).replace("\t", "") == OWN.replace("\t", "")


@pytest.mark.parametrize(
    "body",
    [
        "<dict/>",
        "<dict></dict>",
        "<dict>\n</dict>",
        "<dict><key>a</key><true/></dict>",
        "<dict><key>NSAppTransportSecurity</key><dict/></dict>",
        "<dict>\n <key>NSAppTransportSecurity</key>\n <dict>\n  <key>NSPinnedDomains</key><dict/>\n </dict>\n</dict>",
    ],
)
def test_lists_of_any_layout_can_be_edited(body: str) -> None:
    """Empty lists, lists on one line and lists indented with blanks become valid property lists."""
    text = _write(PLAIN, f'<plist version="1.0">{body}</plist>')
    loaded = plistlib.loads(text.encode())
    assert loaded["NSAppTransportSecurity"] == plistlib.loads(OWN.encode())["NSAppTransportSecurity"]
    assert _write(PLAIN, text) == text


@pytest.mark.parametrize(
    ("existing", "problem", "hint"),
    [
        ("bplist00\x01", "binary property list", "plutil -convert xml1"),
        ("{ a = b; }", "not an XML or binary", "plutil -convert xml1"),
        (HEAD + "<array/></plist>", "must be a dictionary", ""),
        (HEAD + "<dict><key>NSAppTransportSecurity</key><true/></dict></plist>", "must be a dictionary", ""),
        (OWN.replace(DOMAIN, DOMAIN * 2), "is defined twice", ""),
    ],
    ids=["binary", "old style", "no dictionary", "other type", "host twice"],
)
def test_a_file_that_cannot_be_edited_is_refused(existing: str, problem: str, hint: str) -> None:
    """A file that is not understood is not overwritten."""
    with pytest.raises(FormatError, match=problem) as caught:
        _write(PLAIN, existing)
    assert hint in (caught.value.hint or "")


def test_the_name_of_a_pin_file_cannot_leave_the_remark() -> None:
    """Ends of comments, line ends and direction characters in the name do not reach the file."""
    source = "a--><key>x</key>\n\N{RIGHT-TO-LEFT OVERRIDE}-"
    text = export(PLAIN, apple_ats.FORMAT, source=source).text
    assert plistlib.loads(text.encode()) == plistlib.loads(OWN.encode())
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in text


@given(policy=policies())
def test_a_device_decides_like_the_policy(policy: Policy) -> None:
    """
    By a model of Apple's rules, every pinned key is accepted for its host, and no other key is.

    If the loss is accepted, a host also accepts its parent's pins, or is pinned like its parent.
    """
    try:
        selection = select(policy, apple_ats.FORMAT, accept=tuple(LOSSES))
    except ExportRefusedError:
        return
    info = plistlib.loads(_write(policy).encode())
    spared = {str(loss.place) for loss in selection.losses if loss.rule in {"parent-pins-joined", "exemptions-dropped"}}
    odd, other = pin("nobody").digest, pin("other").digest
    for entry in selection.entries:
        for pinned in entry.keys:
            ca = pinned.role in {"intermediate", "root"}
            assert accepts(info, entry.host, [other, pinned.pin.digest] if ca else [pinned.pin.digest, other])
            if len({named.role in {"intermediate", "root"} for named in entry.keys}) == 1:
                assert not accepts(info, entry.host, [pinned.pin.digest, other] if ca else [other, pinned.pin.digest])
        assert not accepts(info, entry.host, [odd, odd])
        below = Policy(policy.hosts).find(f"x1.{entry.host}")
        if below is not None and below.host == entry.host:
            assert accepts(info, f"x1.{entry.host}", [odd, odd]) is not entry.include_subdomains
        assert accepts(info, f"x2.x1.{entry.host}", [odd, odd])
    for host in policy.hosts:
        if host.mode != "enforce" and host.host not in spared:
            assert accepts(info, host.host, [odd, odd])


def test_a_parent_with_pins_of_the_other_kind_is_refused() -> None:
    """The platform joins both lists, so one key of each would have to match."""
    hosts = (HostPins("example.com", (ROOT,), include_subdomains=True), HostPins("api.example.com", (LEAF, BACKUP)))
    with pytest.raises(ExportRefusedError):
        _write(Policy(hosts))
    info = {
        "NSAppTransportSecurity": {
            "NSPinnedDomains": {
                "example.com": {
                    "NSIncludesSubdomains": True,
                    "NSPinnedCAIdentities": [{"SPKI-SHA256-BASE64": ROOT.pin.base64}],
                },
                "api.example.com": {"NSPinnedLeafIdentities": [{"SPKI-SHA256-BASE64": LEAF.pin.base64}]},
            }
        }
    }
    assert not accepts(info, "api.example.com", [LEAF.pin.digest, INTERMEDIATE.pin.digest])


def test_settings_without_effect_are_noted_with_the_line() -> None:
    """Everything that is dropped, or that the platform ignores, gets a note."""
    domain = DOMAIN.replace("<false/>", "<string>YES</string>")
    odd = "\t\t\t<key>*.example.com</key>\n\t\t\t<dict/>\n\t\t\t<key>example.org</key>\n\t\t\t<true/>\n"
    extra = "\t<key>SecTrustPinningRequired</key>\n\t<true/>\n\t<key>TSKConfiguration</key>\n\t<dict/>\n"
    text = f"{HEAD}<dict>\n{extra}{ATS.replace(DOMAIN, domain + odd)}</dict>\n</plist>\n"
    notes = [(line_of(note), note.text) for note in _read(text).notes]
    lines = text.splitlines()
    assert [(lines[line - 1].strip() if line else None, text.partition(" ")[0]) for line, text in notes] == [
        ("<string>YES</string>", "NSIncludesSubdomains"),
        ("<dict/>", "'*.example.com'"),
        ("<true/>", "'example.org'"),
        ("<true/>", "SecTrustPinningRequired"),
        ("<dict/>", "TrustKit"),
    ]


def test_binary_lists_are_read_like_their_text() -> None:
    """An Info.plist from a built app is binary."""
    text = _write(FULL)
    binary = plistlib.dumps(plistlib.loads(text.encode()), fmt=plistlib.FMT_BINARY)
    found = {entry.host: replace(entry, line=None) for entry in _read(text).hosts}
    assert {entry.host: entry for entry in _read(binary).hosts} == found


def test_a_binary_list_that_expands_to_a_huge_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Binary lists share values, so forty nested arrays of two make a million million values."""
    monkeypatch.setattr("pinsmith.syntax.plist.MAX_VALUES", 1000)
    value: list[object] = []
    for _ in range(40):
        value = [value, value]
    with pytest.raises(FormatError, match="too many values"):
        _read(plistlib.dumps({"a": value}, fmt=plistlib.FMT_BINARY))


def test_nothing_is_fetched_or_expanded(tmp_path: Path) -> None:
    """Entities and foreign document types are refused before anything is looked up."""
    secret = tmp_path / "secret"
    secret.write_text(datetime.now(tz=UTC).isoformat())
    for doctype in (f'[<!ENTITY a SYSTEM "{secret.as_uri()}">]', f'SYSTEM "{secret.as_uri()}"', '[<!ENTITY a "b">]'):
        with pytest.raises(FormatError, match=r"document type|DOCTYPE"):
            _read(f"<!DOCTYPE plist {doctype}><plist><dict><key>a</key><string/></dict></plist>")


def test_authorities_that_the_table_knows_need_no_note() -> None:
    """The list states that its keys belong to authorities, and the table of known authorities finds the roots."""
    known = "C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M="  # ISRG Root X1
    entry = HostPins("api.example.com", (INTERMEDIATE, ROOT))
    assert apple_ats.FORMAT.read is not None
    text = export(Policy((entry,)), apple_ats.FORMAT).text
    unknown = [note.text for note in apple_ats.FORMAT.read(text.encode(), "f").notes]
    assert any("imported as intermediates" in note for note in unknown)
    text = text.replace(ROOT.pin.base64, known)
    policy, _ = policy_of(apple_ats.FORMAT.read(text.encode(), "f"), file="f")
    assert [key.role for key in policy.keys] == ["intermediate", "root"]
    alone = text.replace(INTERMEDIATE.pin.base64, known)
    assert not apple_ats.FORMAT.read(alone.encode(), "f").notes
