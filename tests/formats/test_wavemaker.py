"""WaveMaker's ``wm_rn_config.json``: an edit changes the pinning and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.errors import FormatError, LossError
from pinsmith.formats import export
from pinsmith.formats.wavemaker import FORMAT
from tests.formats.note import line_of
from tests.formats.policy import BACKUP, LEAF, PLAIN

if TYPE_CHECKING:
    from pinsmith.formats import Exported
    from pinsmith.policy import Policy

SAMPLES = Path(__file__).parent / "samples" / FORMAT.id
A, B = LEAF.pin.base64, BACKUP.pin.base64
NEW = f"""{{
  "sslPinning": {{
    "enabled": true,
    "domains": {{
      "api.example.com": {{
        "includeSubdomains": false,
        "publicKeyHashes": [
          "{A}",
          "{B}"
        ]
      }}
    }}
  }}
}}
"""


def _export(policy: Policy, **given: Any) -> Exported:  # noqa: ANN401 - as in `export`
    """Export for an app without Expo: the loss is accepted."""
    options = {"accept-loss": ("expo-fetch-unpinned",), **given.pop("options", {})}
    return export(policy, FORMAT, options=options, **given)


def test_the_fetch_of_expo_needs_consent() -> None:
    """Without consent nothing is written, because Expo SDK 56 and later send requests that the library never sees."""
    with pytest.raises(LossError) as caught:
        export(PLAIN, FORMAT)
    details = "\n".join(caught.value.details)
    assert "expo-fetch-unpinned" in details
    assert "EXPO_PUBLIC_USE_RN_FETCH=1" in details
    assert "expo-nsc and expo-ats" in details


def test_a_new_file_in_full() -> None:
    """The new block can be copied into the project's own file."""
    assert _export(PLAIN).text == NEW


def test_the_rest_of_a_project_stays() -> None:
    """Hosts that are not in the policy are removed, with their trust on first use; every other character stays."""
    before = (SAMPLES / "valid" / "wm_rn_config.json").read_text()
    after = _export(PLAIN, existing=before).text
    gone = ',\n            "learns.example.com": { "loadOnStartup": true }'
    assert after == before.replace(gone, "").replace('"includeSubdomains": true', '"includeSubdomains": false')
    assert _export(PLAIN, existing=after).text == after


def test_pinning_is_switched_on_and_its_other_settings_stay() -> None:
    """The file that the studio makes pins nothing."""
    before = '\ufeff{\n\t"name": "shop",\n\t"sslPinning": { "enabled": false, "domains": {}, "own": 1 }\n}\n'
    after = _export(PLAIN, existing=before).text
    assert after.startswith('\ufeff{\n\t"name": "shop",\n\t"sslPinning": { "enabled": true, "domains": {')
    assert after.endswith('}, "own": 1 }\n}\n')
    assert _export(PLAIN, existing=after).text == after


def test_a_file_without_the_block_gets_it() -> None:
    """The block becomes the last member."""
    after = _export(PLAIN, existing='{\n  "name": "shop"\n}\n').text
    assert after == NEW.replace("{\n", '{\n  "name": "shop",\n', 1)


def test_settings_that_pin_nothing_are_noted() -> None:
    """Notes name a block that is switched off, and keys that are learnt from the network."""
    assert FORMAT.read is not None
    notes = FORMAT.read((SAMPLES / "valid" / "renamed.json").read_bytes(), "f").notes
    assert "not enabled" in notes[0].text
    notes = FORMAT.read((SAMPLES / "valid" / "wm_rn_config.json").read_bytes(), "f").notes
    assert [(line_of(note), "trusts any key" in note.text) for note in notes] == [(10, True)]


def test_a_file_that_is_not_understood_is_not_written() -> None:
    """A text in place of the block is reported with its line."""
    with pytest.raises(FormatError, match="output:2:15: it is not an object"):
        _export(PLAIN, existing='{\n"sslPinning": "on"}')
