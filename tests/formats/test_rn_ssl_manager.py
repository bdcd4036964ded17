"""react-native-ssl-manager's ``ssl_config.json``, which pins subdomains by default."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pinsmith.formats import LOSSES, export
from pinsmith.formats.rn_ssl_manager import FORMAT
from tests.formats.note import in_line
from tests.formats.policy import BACKUP, FULL, LEAF, PLAIN

SAMPLES = Path(__file__).parent / "samples" / FORMAT.id
A, B = str(LEAF.pin), str(BACKUP.pin)
NEW = f"""{{
  "sha256Keys": {{
    "api.example.com": [
      "{A}",
      "{B}"
    ]
  }},
  "domains": {{
    "api.example.com": {{
      "enforcePinning": true,
      "includeSubdomains": false
    }}
  }}
}}
"""


def test_a_new_file_in_full() -> None:
    """Subdomains are always written, because the library pins them by default."""
    assert export(PLAIN, FORMAT).text == NEW


def test_trials_and_days_are_kept() -> None:
    """A report-only host is one that is not enforced, and its expiry is kept."""
    text = export(FULL, FORMAT, options={"accept-loss": tuple(LOSSES)}).text
    assert '"enforcePinning": false' in text
    assert '"expirationDate": "2031-05-01"' in text


def test_both_objects_are_read() -> None:
    """Two objects make one entry, and the report addresses apply to every host."""
    assert FORMAT.read is not None
    reading = FORMAT.read((SAMPLES / "valid" / "ssl_config.json").read_bytes(), "f")
    api, trial = reading.hosts
    assert (api.include_subdomains, api.expires, api.report_only, api.line) == (False, date(2031, 5, 1), False, 3)
    assert (trial.include_subdomains, trial.expires, trial.report_only) == (True, None, True)
    assert api.report_uris == trial.report_uris == ("https://reports.example.net/pins",)
    assert [in_line(note) for note in reading.notes] == [
        "line 12: 'gone.example.org' of domains has no effect, because sha256Keys has no pins for it"
    ]


def test_settings_by_default_are_noted() -> None:
    """Notes name subdomains by default, and settings that only one old version read."""
    assert FORMAT.read is not None
    reading = FORMAT.read((SAMPLES / "valid" / "only-keys.json").read_bytes(), "f")
    assert reading.hosts[0].include_subdomains
    notes = "\n".join(map(in_line, reading.notes))
    assert "does not set includeSubdomains" in notes
    assert notes.count("only version 1.1.2") == 2


def test_the_rest_of_the_file_stays() -> None:
    """Reports and layout are kept, and removed hosts disappear from both objects."""
    before = (SAMPLES / "valid" / "ssl_config.json").read_text()
    after = export(PLAIN, FORMAT, existing=before).text
    line = (
        '    "api.example.com": { "enforcePinning": true, "includeSubdomains": false, "expirationDate": "2031-05-01" }'
    )
    assert after == (
        before[: before.index('],\n    "trial') + 1]
        + '\n  },\n  "domains": {\n'
        + line.replace(', "expirationDate": "2031-05-01"', "")
        + before[before.index('\n  },\n  "reportUris') :]
    )
    assert export(PLAIN, FORMAT, existing=after).text == after
