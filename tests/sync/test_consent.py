"""Nothing is written without the user's consent, and every missing consent is an error of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import EndingPinsError, ForeignPinsError
from pinsmith.pinfile import Output, PinFile
from pinsmith.policy import Policy
from pinsmith.sync import Consent, apply, compare, refusals, require_consent
from tests.formats.policy import PLAIN, pin

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.sync import Comparison

NOW = datetime(2026, 12, 1, tzinfo=UTC)
OTHER = f'pinnedpubkey = "sha256//{pin("of somebody else").base64}"\n'


@pytest.fixture
def compared(tmp_path: Path) -> Comparison:
    """Compare a file that pinsmith did not write with pins that end in a week."""
    (tmp_path / "a.curlrc").write_text(OTHER)
    entry = replace(PLAIN.hosts[0], expires=date(2026, 12, 8))
    options = {"accept-loss": ("expiry-dropped",)}
    return compare(PinFile(Policy((entry,)), (Output("curl", "a.curlrc", options),)), tmp_path / "pins.toml", now=NOW)


@pytest.mark.parametrize(
    ("consent", "kinds"),
    [
        (Consent(), [ForeignPinsError, EndingPinsError]),
        (Consent(drop_foreign=True), [EndingPinsError]),
        (Consent(allow_ending=True), [ForeignPinsError]),
        (Consent(drop_foreign=True, allow_ending=True), []),
    ],
    ids=["none", "foreign pins may go", "pins may end", "both"],
)
def test_each_consent_that_is_missing_is_reported(
    compared: Comparison, consent: Consent, kinds: list[type[Exception]]
) -> None:
    """Missing consents are all reported at once for a check, and one consent does not replace another."""
    assert [type(refusal) for refusal in refusals(compared, consent)] == kinds


def test_without_consent_nothing_is_written(compared: Comparison) -> None:
    """The first missing consent is raised, and the file stays as it is."""
    path = compared.changes[0].path
    with pytest.raises(ForeignPinsError):
        require_consent(compared, Consent(allow_ending=True))
    with pytest.raises(ForeignPinsError):
        apply(compared)
    with pytest.raises(EndingPinsError):
        apply(compared, Consent(drop_foreign=True))
    assert path.read_text() == OTHER
    apply(compared, Consent(drop_foreign=True, allow_ending=True))
    assert path.read_text() != OTHER


def test_an_output_may_allow_its_pins_to_end(tmp_path: Path) -> None:
    """An output that allows the end in the pin file needs no option on the command line."""
    entry = replace(PLAIN.hosts[0], expires=date(2026, 12, 8))
    output = Output("curl", "a.curlrc", {"accept-loss": ("expiry-dropped",), "allow-ending": True})
    pin_file = PinFile(Policy((entry,)), (output,))
    assert list(refusals(compare(pin_file, tmp_path / "pins.toml", now=NOW), Consent())) == []
