"""Every format is read into the same values."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pinsmith import reports
from pinsmith.errors import PinMismatchError
from pinsmith.reports import FORMATS, Report
from tests.reports import samples
from tests.reports.samples import BACKUP, EXPECTED, HOST, SAMPLES

if TYPE_CHECKING:
    from tests.reports.samples import Sample

WITH_CHAINS = ("event", "trustkit-android", "trustkit-ios", "rfc7469")


def only(content: bytes) -> Report:
    """Read the one report of a file."""
    (entry,) = reports.parse(content)
    assert isinstance(entry.read, Report), entry.read
    return entry.read


def test_every_format_has_a_sample() -> None:
    """No format is without a sample."""
    assert [sample.id for sample in SAMPLES] == [format_.id for format_ in FORMATS]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.id)
def test_a_report_has_the_same_values_in_every_format(sample: Sample) -> None:
    """Host, reason, expected pins and chain are read from each format, as far as it has them."""
    report = only(sample.write(samples.chain()))
    assert report.format == sample.id
    assert report.remarks == ()
    found = {name: getattr(report, name) for name in sample.expected}
    assert found == sample.expected
    if "host" not in sample.expected:
        assert report.host == HOST
    if "reason" not in sample.expected:
        assert report.reason == "no-pinned-key"
    assert set(map(str, report.known_pins)) == ({EXPECTED, BACKUP} if sample.has_pins else set())
    if sample.id in WITH_CHAINS:
        assert report.reported_at == datetime(2026, 12, 1, 8, tzinfo=UTC)
        assert [str(pin) for pin in reports.facts_of(report).pins] == list(samples.pins())
    else:
        assert [str(pin) for pin in report.served_pins] == (list(samples.pins()) if sample.has_pins else [])


@pytest.mark.parametrize(
    "sample", [sample for sample in SAMPLES if not sample.id.endswith("-log")], ids=lambda sample: sample.id
)
def test_a_body_is_read_as_a_file_is(sample: Sample) -> None:
    """The body of a request gives the same reports as a file with the same content."""
    content = sample.write(samples.chain())
    assert reports.parse_body(content) == (only(content),)


def test_the_event_of_react_native_is_read() -> None:
    """The event that react-native-ssl-manager gives to JavaScript has other names, and milliseconds."""
    event = {"host": HOST, "enforced": False, "servedPins": [EXPECTED], "message": "m", "timestamp": 1764576000000}
    report = only(json.dumps(event).encode())
    assert (report.format, report.host, report.enforced) == ("rn-ssl-manager", HOST, False)
    assert report.reported_at == datetime(2025, 12, 1, 8, tzinfo=UTC)


def test_an_event_may_carry_the_text_of_an_exception() -> None:
    """A client that has only OkHttp's exception sends its text, and the pins are taken from it."""
    content = json.dumps({"pinsmith-event": 1, "host": HOST, "message": samples.okhttp_text()}).encode()
    report = only(content)
    assert [str(pin) for pin in report.served_pins] == list(samples.pins())
    assert [str(pin) for pin in report.known_pins] == [EXPECTED, BACKUP]


def test_the_text_of_our_own_error_is_read() -> None:
    """The message of PinMismatchError, followed by its details, gives host and pins."""
    from pinsmith.certificate import Chain
    from pinsmith.pin import Pin
    from pinsmith.policy import Key

    error = PinMismatchError(HOST, Chain.of_der([samples.leaf().der]), [Key("api", Pin.parse(EXPECTED))])
    traceback = f"Traceback:\npinsmith.errors.PinMismatchError: {error}\n" + "\n".join(error.details)
    report = only(traceback.encode())
    assert (report.host, str(report.served_pins[0]), str(report.known_pins[0])) == (HOST, samples.pins()[0], EXPECTED)


def test_a_crash_report_in_one_line_is_read() -> None:
    """An exception whose line ends a service has escaped gives the same report as its lines."""
    line = json.dumps(f"javax.net.ssl.SSLPeerUnverifiedException: {samples.okhttp_text()}\n\tat okhttp3.Call")
    assert only(f'time=1 message={line} level="error"\n'.encode()) == only(samples.okhttp_log(()))


def test_trustkit_below_android_7_lists_its_pins() -> None:
    """TrustKit writes the words of the system, then bare pins with the issuers."""
    expected, *served = (pin.removeprefix("sha256/") for pin in (EXPECTED, *samples.pins()))
    peers = "".join(f"\n    {pin} - CN=name" for pin in served)
    text = f"Pin verification failed\n  Configured pins: {expected} \n  Peer certificate chain: {peers}\n\tat a.b"
    report = only(f"java.security.cert.CertificateException: {text}".encode())
    assert report.format == "android-log"
    assert [str(pin) for pin in report.known_pins] == [EXPECTED]
    assert [str(pin) for pin in report.served_pins] == list(samples.pins())


def test_other_lines_of_json_are_ignored() -> None:
    """A log whose lines are JSON is read like any other log."""
    lines = [{"level": "info"}, {"message": samples.okhttp_text()}, {"level": "error", "message": "PIN"}]
    report = only("\n".join(map(json.dumps, lines)).encode())
    assert (report.format, len(report.served_pins)) == ("okhttp-log", 3)


def test_a_file_may_have_one_body_in_each_line() -> None:
    """Lines of JSON are read one by one, and a damaged line does not hide the others."""
    bodies = [samples.rfc7469(()), b'{"hostname": 5, "known-pins": []}', samples.trustkit_ios(())]
    entries = list(reports.parse(b"\n".join(bodies)))
    assert [entry.line for entry in entries] == [1, 2, 3]
    assert [getattr(entry.read, "format", "error") for entry in entries] == ["rfc7469", "error", "trustkit-ios"]


def test_two_exceptions_in_a_row_are_two_reports() -> None:
    """A block of pins ends where the next exception begins."""
    assert len(list(reports.parse(samples.okhttp_log(()) + b"\n" + samples.okhttp_log(())))) == 2
    adjacent = samples.okhttp_text() + "\n" + samples.okhttp_text()
    assert [entry.line for entry in reports.parse(adjacent.encode())] == [1, 9]


@pytest.mark.parametrize(
    ("result", "reason"), [(2, "chain-not-trusted"), (4, "user-anchor"), (5, "client-error"), (77, "unknown")]
)
def test_trustkit_gives_its_reason(result: int, reason: str) -> None:
    """The number of TrustKit becomes a reason, and an unknown number is not a pinning failure."""
    assert only(samples.trustkit_ios((), **{"validation-result": result})).reason == reason
