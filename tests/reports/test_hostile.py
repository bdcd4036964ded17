"""Bytes of strangers give values within limits, or one error without their text."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given, strategies as st

from pinsmith import reports
from pinsmith.errors import ReportError
from pinsmith.reports import MAX_BODY_BYTES, Report
from tests.reports import samples
from tests.reports.samples import EXPECTED, HOST, SAMPLES

SECRET = "\x1b[2J<script>"


def event(**fields: object) -> bytes:
    """Write an event with the given fields, whose names have underscores."""
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    return json.dumps({"pinsmith-event": 1, "host": HOST} | named).encode()


def read(content: bytes) -> Report:
    """Read the one report of a body."""
    (report,) = reports.parse_body(content)
    return report


UNREADABLE: dict[str, bytes] = {
    "an empty body": b"",
    "a body that is too large": event(message="x" * MAX_BODY_BYTES),
    "arrays that are nested too deep": b'{"pinsmith-event":1,"host":"a.test","x":'
    + b"[" * 50_000
    + b"]" * 50_000
    + b"}",
    "a string that hides brackets and never ends": b'{"pinsmith-event":1,"x":"' + b'\\"[' * 60_000,
    "brackets that nothing closes": b"[" * 100_000,
    "bytes that are not UTF-8": b'{"pinsmith-event":1,"host":"\xff"}',
    "half of a surrogate pair": b'{"pinsmith-event":1,"host":"\\ud800.test"}',
    "a number that JSON does not have": b'{"pinsmith-event":1,"host":"a.test","time":NaN}',
    "a host that is an object": event(host={"a": 1}),
    "a host with a control character": event(host=f"a{SECRET}.test"),
    "a host that is a URL": event(host="https://a.test/"),
    "no host": b'{"pinsmith-event":1}',
    "a version from the future": b'{"pinsmith-event":2,"host":"a.test"}',
    "a reason that does not exist": event(reason=SECRET),
    "a list of pins without end": event(known_pins=[EXPECTED] * 200),
    "a chain without end": samples.rfc7469((), **{"served-certificate-chain": ["x"] * 50}),
    "an object of no format": b'{"hello": "world"}',
    "a bare number": b"12",
    "an address of a browser without a host": b'[{"type":"network-error","url":"https:///","body":{"type":"tls.cert.invalid"}}]',
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_an_unreadable_body_is_one_kind_of_error(what: str) -> None:
    """A body that cannot be read raises ReportError, whose text contains none of the body."""
    with pytest.raises(ReportError) as caught:
        reports.parse_body(UNREADABLE[what])
    text = f"{caught.value} {caught.value.hint}"
    assert caught.value.code == "unreadable-report"
    assert len(text) < 300
    assert "\x1b" not in text
    assert "script" not in text


def test_the_depth_counts_only_outside_of_strings() -> None:
    """Brackets in a text do not count, and neither do many objects beside each other, but twenty levels do."""
    assert read(event(app_id="[" * 150)).app_id == "[" * 150
    many = b"[" + b",".join([event()] * 100) + b"]"
    assert len(reports.parse_body(many)) == 100
    deep = [b'{"pinsmith-event":1,"host":"a.test","x":' + b"[" * levels + b"]" * levels + b"}" for levels in (10, 20)]
    assert read(deep[0]).host == "a.test"
    with pytest.raises(ReportError, match="nested more than 16"):
        reports.parse_body(deep[1])


def test_texts_are_short_and_safe_to_print() -> None:
    """Control and bidirectional characters become escapes, and a long text is cut."""
    report = read(event(app_id=f"com{SECRET}", app_version="\u202e" * 1000, platform="I\x00OS"))
    assert report.app_id == "com\\x1b[2J<script>"
    assert report.app_version is not None
    assert len(report.app_version) == 200
    assert report.app_version.isprintable()
    assert report.platform == "i\\x00os"


def test_pins_are_canonical_and_other_texts_are_counted() -> None:
    """Spellings of one pin are one pin, and what is not a pin is left out with a remark that does not repeat it."""
    bare = EXPECTED.removeprefix("sha256/")
    spellings = [EXPECTED, bare, f'pin-sha256="{bare}"', f"pin-sha256={bare}", bare.rstrip("=")]
    bad = ["sha1/abc", "", SECRET, "A" * 10_000, "sha256/AAAA"]
    report = read(event(known_pins=spellings + bad))
    assert [str(pin) for pin in report.known_pins] == [EXPECTED]
    assert report.remarks == ("5 of 10 known pins are not SHA-256 pins",)


@pytest.mark.parametrize(
    ("time", "expected", "remarks"),
    [
        ("2026-12-01T09:00:00+01:00", "2026-12-01 08:00", ()),
        ("2026-12-01T03:00:00.123-0500", "2026-12-01 08:00", ()),
        (1796112000, "2026-12-01 08:00", ()),
        (1796112000123.5, "2026-12-01 08:00", ()),
        ("2026-12-01 08:00:00", "2026-12-01 08:00", ("the time has no zone, so UTC is assumed",)),
        ("2026-12-01T08:00:00 PM", None, ("the time cannot be read",)),
        ("yesterday", None, ("the time cannot be read",)),
        ("0001-01-01T00:00:00+14:00", None, ("the time cannot be read",)),
        (1e300, None, ("the time cannot be read",)),
        (-(10**20), None, ("the time cannot be read",)),
    ],
)
def test_odd_times_are_read_or_left_out(time: str | float, expected: str | None, remarks: tuple[str, ...]) -> None:
    """A time is in UTC whatever its spelling, and one that cannot be read is left out with a remark."""
    report = read(event(time=time))
    assert (f"{report.reported_at:%Y-%m-%d %H:%M}" if report.reported_at else None) == expected
    assert report.remarks == remarks


def test_the_last_of_equal_keys_counts() -> None:
    """Two equal keys are not an error, as in most readers of JSON."""
    assert read(b'{"pinsmith-event":1,"host":"a.test","host":"B.test."}').host == "b.test"


def test_certificates_that_cannot_be_read_are_kept_until_they_are_parsed() -> None:
    """Nothing decodes a chain when a report is read, and parsing garbage is not an error."""
    report = read(event(validated_chain=["garbage", "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----", ""]))
    facts = reports.facts_of(report)
    assert len(report.validated_chain) == 3
    assert facts.chain is not None
    assert len(facts.chain) == 3
    assert facts.pins == ()


@given(st.data())
def test_damaged_reports_never_raise_anything_else(data: st.DataObject) -> None:
    """Any damage to any report gives reports or a ReportError, as a body and as a file, and facts and key exist."""
    sample = data.draw(st.sampled_from(SAMPLES))
    content = bytearray(sample.write(samples.chain()))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    found = [entry.read for entry in reports.parse(bytes(content))]
    try:
        found += reports.parse_body(bytes(content))
    except ReportError as error:
        found.append(error)
    for report in found:
        if isinstance(report, Report):
            assert len(reports.group_key(report)) == 16
            reports.facts_of(report)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "pinsmith-event",
                        "host",
                        "hostname",
                        "known-pins",
                        "served-pins",
                        "time",
                        "date-time",
                        "body",
                        "url",
                        "type",
                    ]
                )
                | st.text(),
                inner,
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_is_read_or_refused(value: object) -> None:
    """Any JSON value gives reports or a ReportError."""
    with contextlib.suppress(ReportError):
        reports.parse_body(json.dumps(value).encode())
