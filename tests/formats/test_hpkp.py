"""The header Public-Key-Pins: exact text, and edits in the files of web servers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.errors import ExportRefusedError, FormatError, LossError
from pinsmith.formats import export, hpkp, policy_of
from pinsmith.policy import Policy
from tests.formats.note import line_of
from tests.formats.policy import BACKUP, LEAF, PLAIN

if TYPE_CHECKING:
    from pinsmith.formats._format import Reading
    from pinsmith.policy import HostPins

PINS = f'pin-sha256="{LEAF.pin.base64}"; pin-sha256="{BACKUP.pin.base64}"; max-age=5184000'
REMARKS = (
    "# The pins here are written by pinsmith from pins.toml. Edit that file and run `pinsmith sync`.\n"
    "# Use these pins for api.example.com only.\n"
    "# No browser has read this header since 2020 (Chrome 72, Firefox 72), so it pins nothing.\n"
    "# Keys, in this order: leaf, standby.\n"
)


def _write(entry: HostPins = PLAIN.hosts[0], existing: str | None = None, **options: Any) -> str:  # noqa: ANN401 - options of every kind
    options = {"force": True} | options
    return export(Policy((entry,)), hpkp.FORMAT, options=options, existing=existing).text


def _read(text: str) -> Reading:
    assert hpkp.FORMAT.read is not None
    return hpkp.FORMAT.read(text.encode(), "site.conf")


@pytest.mark.parametrize(
    ("form", "line"),
    [
        ("header", f"Public-Key-Pins: {PINS}"),
        ("nginx", f"add_header Public-Key-Pins '{PINS}' always;"),
        ("apache", 'Header always set Public-Key-Pins "' + PINS.replace('"', r"\"") + '"'),
    ],
)
def test_the_header_in_full(form: str, line: str) -> None:
    """Every form states that the header is obsolete, and is read back."""
    text = _write(form=form)
    assert text == f"{REMARKS}{line}\n"
    assert [found.pin for found in _read(text).pins] == [LEAF.pin, BACKUP.pin]


def test_it_is_not_written_unless_forced() -> None:
    """Because browsers ignore the header, its export needs `force = true`."""
    with pytest.raises(ExportRefusedError) as caught:
        _write(force=False)
    assert "no browser" in caught.value.reasons[0].text
    assert "force = true" in (caught.value.hint or "")


def test_one_pin_is_refused() -> None:
    """Browsers required a backup pin."""
    with pytest.raises(ExportRefusedError):
        _write(replace(PLAIN.hosts[0], keys=(LEAF,)))


@pytest.mark.parametrize("form", ["header", "nginx", "apache"])
@pytest.mark.parametrize("uri", ["https://r.example.net/a?b=%20c", "https://r.example.net/'$a\"\\"])
def test_subdomains_mode_and_reports_come_back(form: str, uri: str) -> None:
    """All settings of the header are kept both ways, and characters that would end it are encoded."""
    entry = replace(PLAIN.hosts[0], include_subdomains=True, mode="report-only", report_uris=(uri,))
    policy, _ = policy_of(_read(_write(entry, form=form)), file="f", hosts=["api.example.com"])
    (found,) = policy.hosts
    assert (found.include_subdomains, found.mode) == (True, "report-only")
    assert found.report_uris == (uri.replace("'", "%27").replace("$", "%24").replace('"', "%22").replace("\\", "%5C"),)


def test_expiry_is_a_loss_and_two_addresses_are_refused() -> None:
    """The header has no expiry date, and one report address."""
    from datetime import date

    with pytest.raises(LossError):
        _write(replace(PLAIN.hosts[0], expires=date(2031, 1, 1)))
    with pytest.raises(ExportRefusedError):
        _write(replace(PLAIN.hosts[0], report_uris=("https://a.test/", "https://b.test/")))


def test_the_rest_of_a_server_stays_as_it_is() -> None:
    """The header is written in its old place with its old indentation, and nothing else changes."""
    before = "server {\n\tlisten 443;\n\tadd_header Public-Key-Pins 'pin-sha256=\"x\"';\n\t# end\n}"
    after = _write(existing=before, form="nginx")
    own = "".join(f"\t{line}\n" for line in f"{REMARKS}add_header Public-Key-Pins '{PINS}' always;".split("\n"))
    assert after == f"server {{\n\tlisten 443;\n{own}\t# end\n}}"
    assert _write(existing=after, form="nginx") == after


@pytest.mark.parametrize(
    "existing",
    ["Public-Key-Pins: a\nPublic-Key-Pins: b\n", 'Header set Public-Key-Pins "a; \\\n b"\n'],
    ids=["of two hosts", "of two lines"],
)
def test_a_header_that_cannot_be_placed_is_refused(existing: str) -> None:
    """The user must resolve headers of several hosts and headers of several lines."""
    with pytest.raises(FormatError) as caught:
        _write(existing=existing)
    assert caught.value.line in (1, 2)


def test_everything_that_a_policy_cannot_hold_is_noted() -> None:
    """Time to live, unknown directives and a second header are noted with their lines."""
    text = f'\nPublic-Key-Pins: {PINS}; strict; pin-sha1="x"\nPublic-Key-Pins-Report-Only: {PINS}\n'
    lines = [line_of(note) for note in _read(text).notes]
    assert lines == [3, 2, 2, 2, None]


@pytest.mark.parametrize("value", ["a;" * 40_000, "a=" + " " * 100_000 + '"', "\\\n" * 70_000 + "Public-Key-Pins: a"])
def test_an_endless_header_is_refused_at_once(value: str) -> None:
    """No server sends such a header, and the reader refuses it quickly."""
    with pytest.raises(FormatError):
        _read(f"Public-Key-Pins: {value}")
