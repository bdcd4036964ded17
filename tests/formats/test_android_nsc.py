"""Android's network security configuration: reading, and the exact text of a new file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pinsmith.errors import ExportRefusedError, FormatError
from pinsmith.formats import LOSSES, android_nsc, export
from pinsmith.formats._format import Found, Reading
from pinsmith.policy import HostPins, Policy
from tests.formats.note import in_line, line_of
from tests.formats.policy import BACKUP, FULL, INTERMEDIATE, LEAF, pin

SAMPLES = Path(__file__).parent / "samples" / "android-nsc"
NEW = f"""<?xml version="1.0" encoding="utf-8"?>
<network-security-config>
    <!-- The pins here are written by pinsmith from pins.toml. Edit that file and run `pinsmith sync`. -->
    <domain-config>
        <domain includeSubdomains="true">example.com</domain>
        <pin-set expiration="2031-05-01">
            <pin digest="SHA-256">{LEAF.pin.base64}</pin> <!-- leaf -->
            <pin digest="SHA-256">{BACKUP.pin.base64}</pin> <!-- standby -->
        </pin-set>
    </domain-config>
    <domain-config>
        <domain includeSubdomains="false">static.example.com</domain>
        <pin-set />
    </domain-config>
    <domain-config>
        <domain includeSubdomains="false">api.example.org</domain>
        <pin-set>
            <pin digest="SHA-256">{LEAF.pin.base64}</pin> <!-- leaf -->
            <pin digest="SHA-256">{BACKUP.pin.base64}</pin> <!-- standby -->
            <pin digest="SHA-256">{INTERMEDIATE.pin.base64}</pin> <!-- intermediate -->
        </pin-set>
    </domain-config>
</network-security-config>
"""


def read(content: str | bytes) -> Reading:
    """Read a text with the reader of the format."""
    assert android_nsc.FORMAT.read is not None
    return android_nsc.FORMAT.read(content.encode() if isinstance(content, str) else content, "nsc.xml")


def sample(name: str) -> Reading:
    """Read one of the samples."""
    return read((SAMPLES / "valid" / f"{name}.xml").read_bytes())


def config(body: str) -> str:
    """Put one domain-config into a file."""
    return f"<network-security-config><domain-config>{body}</domain-config></network-security-config>"


def test_the_file_in_full() -> None:
    """A new file names each host once, exempts hosts explicitly, and ends pins when the policy does."""
    assert export(FULL, android_nsc.FORMAT, options={"accept-loss": tuple(LOSSES)}).text == NEW


def test_nested_configurations_inherit_as_on_android() -> None:
    """A pin-set applies to all configurations below it, until another or an empty one replaces it."""
    found = {entry.host: entry for entry in sample("nested").hosts}
    both = [pin("leaf"), pin("standby")]
    seen = {host: ([found_pin.pin for found_pin in one.pins], one.expires, one.exempt) for host, one in found.items()}
    day = date(2031, 5, 1)
    assert seen == {
        "example.com": (both, day, False),
        "example.org": (both, day, False),
        "inherits.example.com": (both, day, False),
        "static.inherits.example.com": ([], None, True),
        "pay.example.com": ([pin("root")], None, False),
        "forgotten.example.com": ([], None, True),
    }
    assert [host for host, one in found.items() if one.include_subdomains] == [
        "example.com",
        "inherits.example.com",
        "static.inherits.example.com",
    ]


def test_a_host_that_escapes_its_parents_pins_by_accident_is_noted() -> None:
    """A configuration for other purposes, without a pin-set, switches off the parent's pins."""
    note = next(note for note in sample("nested").notes if line_of(note) == 28)
    assert (line_of(note), note.text) == (
        28,
        (
            "forgotten.example.com has a <domain-config> without pins, so Android does not pin it, "
            "not even with the pins of "
            'example.com; its mode becomes "off"'
        ),
    )


def test_everything_without_effect_is_noted_with_its_line() -> None:
    """Impossible host names, misspelled attributes and misplaced elements are noted."""
    reading = sample("never-matching")
    assert [entry.host for entry in reading.hosts] == ["example.com"]
    assert reading.hosts[0].expires == date(2031, 5, 1)
    assert [in_line(note) for note in reading.notes] == [
        "line 3: Android ignores the unknown attribute 'expires' of <domain-config>",
        "line 4: includeSubdomains is 'yes', which Android reads as false",
        "line 5: '*.example.com' never matches a host: write the parent host and include-subdomains = true",
        "line 6: 'https://www.example.com/' never matches a host: write the host alone, without scheme and path",
        "line 7: 'www.example.com:8443' never matches a host",
        "line 8: 'bücher.example' never matches a host: write 'xn--bcher-kva.example'",
        "line 9: 'www.example.com.' never matches a host: write 'www.example.com'",
        "line 10: <pin> is inside <domain-config>, where Android ignores it",
        "line 11: expiration is '2031-5-1', which Android reads as 2031-05-01",
        "line 15: overridePins: chains that end in @raw/inspection are accepted without a pinned key",
        "line 14: the trust anchors of this <domain-config> (@raw/inspection) cannot be kept",
        "line 18: <pin-set> is inside <network-security-config>, where Android ignores it",
    ]


@pytest.mark.parametrize(
    ("base", "outer", "inner", "is_noted"),
    [
        ("", "", "", False),
        ("", "", "true", True),
        ("", "true", "", True),
        ("true", "", "", True),
        ("true", "false", "", False),
        ("", "true", "false", False),
        ("false", "", "true", True),
    ],
)
def test_a_pinned_host_without_tls_is_noted(base: str, outer: str, inner: str, is_noted: bool) -> None:  # noqa: FBT001 - a row
    """The nearest cleartextTrafficPermitted counts, and true is noted where pins are in force."""
    given = [f' cleartextTrafficPermitted="{value}"' if value else "" for value in (base, outer, inner)]
    text = f"""<network-security-config><base-config{given[0]}/>
      <domain-config{given[1]}><domain>plain.example.com</domain>
        <domain-config{given[2]}>
          <domain>api.example.com</domain>
          <pin-set><pin digest="SHA-256">{pin("a").base64}</pin></pin-set>
        </domain-config></domain-config></network-security-config>"""
    notes = [note for note in read(text).notes if note.rule == "cleartext-permitted"]
    assert [note.message for note in notes] == is_noted * [
        "Android also sends requests to api.example.com without TLS, where it compares no pins"
    ]


def test_blanks_and_case_are_ignored() -> None:
    """Android ignores line breaks, single quotes, tools attributes and capitals here, and so does the reader."""
    (found,) = sample("tools-and-blanks").hosts
    assert (found.host, found.include_subdomains, found.expires) == ("api.example.com", True, date(2031, 5, 1))
    assert [found_pin.pin for found_pin in found.pins] == [pin("leaf")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("true", True), ("True", True), ("1", True), ("0x0", False), ("FALSE", False), ("tRUE", False), ("on", False)],
)
def test_booleans_are_those_of_the_build_tool(text: str, expected: object) -> None:
    """Any number except zero means yes, and a word is accepted in three spellings."""
    body = f'<domain includeSubdomains="{text}">example.com</domain><pin-set>{_pin("leaf")}</pin-set>'
    assert read(config(body)).hosts[0].include_subdomains is expected


@pytest.mark.parametrize(
    ("problem", "line", "name"),
    [
        ("api.example.com has two <domain> elements (first in line 4); the app crashes", 8, "duplicate-domain"),
        ("<pin> has the digest 'SHA-1', but needs 'SHA-256'; the app crashes", 6, "sha-1"),
        ("<pin> has no text; the app crashes", 4, "empty-pin"),
        ("<pin> contains more than one text; the app crashes", 4, "parted-pin"),
        ("expiration is '2031-02-30', but must be a day as yyyy-mm-dd; the app crashes", 4, "no-such-day"),
        ("<pin-set> occurs twice (first in line 5); the app crashes", 6, "two-pin-sets"),
        ("<pin-set> is inside <base-config>; the app crashes", 4, "pins-for-all"),
        ("its DOCTYPE contains declarations, such as entities, which pinsmith does not read", 1, "bomb"),
        ("the entity 'host' is not known", 4, "external-entity"),
        ("it declares the encoding 'windows-1251', but is UTF-8", 1, "declares-cyrillic"),
    ],
)
def test_a_file_that_the_platform_refuses_is_refused_with_the_line(problem: str, line: int, name: str) -> None:
    """The reason is the platform's own, and the place is where the platform would stop."""
    with pytest.raises(FormatError) as caught:
        read((SAMPLES / "broken" / f"{name}.xml").read_bytes())
    assert (caught.value.problem, caught.value.line) == (problem, line)


def test_base64_is_androids() -> None:
    """Meaningless characters are skipped and padding may be absent, and both are noted."""
    text = LEAF.pin.base64.rstrip("=")
    body = f'<domain>example.com</domain><pin-set><pin digest="SHA-256">{text[:9]}.{text[9:]}</pin></pin-set>'
    reading = read(config(body))
    assert reading.hosts == (Found("example.com", reading.hosts[0].pins, line=1),)
    assert reading.hosts[0].pins[0].pin == LEAF.pin
    assert "another spelling" in reading.notes[0].text


@pytest.mark.parametrize("text", ["9999-12-31T00:00", " 2031-05-01", "31-5-1"])
def test_days_are_read_as_java_reads_them(text: str) -> None:
    """Trailing text and missing digits are accepted, and a note names the day that results."""
    body = f'<domain>example.com</domain><pin-set expiration="{text}">{_pin("leaf")}</pin-set>'
    reading = read(config(body))
    assert str(reading.hosts[0].expires) in reading.notes[0].text


def test_a_day_beyond_the_calendar_is_never() -> None:
    """The year 12000 cannot be written in a policy."""
    body = f'<domain>example.com</domain><pin-set expiration="12000-01-01">{_pin("leaf")}</pin-set>'
    reading = read(config(body))
    assert reading.hosts[0].expires is None
    assert "never" in reading.notes[0].text


def test_ipv6_is_refused() -> None:
    """Android compares addresses as text, so no spelling is certain to match."""
    policy = Policy((HostPins("2001:db8::1", (LEAF, BACKUP)),))
    with pytest.raises(ExportRefusedError) as caught:
        export(policy, android_nsc.FORMAT)
    assert [reason.summary for reason in caught.value.reasons] == [
        "[2001:db8::1]: Android compares IPv6 addresses as text"
    ]


def test_the_name_of_a_pin_file_cannot_leave_the_remark() -> None:
    """Ends of comments, line ends and direction characters are made harmless."""
    source = "a--><domain-config/>\n\N{RIGHT-TO-LEFT OVERRIDE}\0--"
    text = export(FULL, android_nsc.FORMAT, options={"accept-loss": tuple(LOSSES)}, source=source).text
    assert len(text.splitlines()) == len(NEW.splitlines())
    assert [entry.host for entry in read(text).hosts] == ["example.com", "static.example.com", "api.example.org"]
    again = export(FULL, android_nsc.FORMAT, options={"accept-loss": tuple(LOSSES)}, source=source, existing=text)
    assert again.text == text


def _pin(seed: str) -> str:
    return f'<pin digest="SHA-256">{pin(seed).base64}</pin>'
