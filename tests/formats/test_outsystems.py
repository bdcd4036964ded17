"""OutSystems' ``pinning.json``: it is read in three forms, and written in the one that works."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinsmith.errors import LossError
from pinsmith.formats import LOSSES, export
from pinsmith.formats.outsystems import FORMAT
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import BACKUP, LEAF, PLAIN

SAMPLES = Path(__file__).parent / "samples" / FORMAT.id
A, B = str(LEAF.pin), str(BACKUP.pin)
ALL = {"accept-loss": tuple(LOSSES)}
NEW = f"""{{
  "hosts": [
    {{
      "host": "api.example.com",
      "hashes": [
        "{A}",
        "{B}"
      ]
    }}
  ]
}}
"""


def test_a_new_file_in_full() -> None:
    """The object contains hosts, and the pins have the prefix."""
    assert export(PLAIN, FORMAT, options=ALL).text == NEW


def test_subdomains_differ_between_the_platforms() -> None:
    """Subdomains are lost on iOS if wanted, and pinned on Android if not; both need consent."""
    wide = Policy((HostPins("example.com", (LEAF, BACKUP), include_subdomains=True),))
    for policy, loss in ((PLAIN, "subdomains-widened"), (wide, "subdomains-dropped")):
        with pytest.raises(LossError) as caught:
            export(policy, FORMAT)
        assert [loss.rule for loss in caught.value.losses] == [loss]


@pytest.mark.parametrize("name", ["list", "single"])
def test_forms_that_the_plugin_does_not_accept_are_corrected(name: str) -> None:
    """Such forms are read with a note, and written as the form that pins."""
    before = (SAMPLES / "valid" / f"{name}.json").read_text()
    assert FORMAT.read is not None
    reading = FORMAT.read(before.encode(), "f")
    assert [entry.host for entry in reading.hosts] == ["api.example.com"]
    assert "so it pins nothing" in reading.notes[0].text
    assert export(PLAIN, FORMAT, options=ALL, existing=before).text.strip() == NEW.strip()


def test_entries_are_changed_where_they_stand() -> None:
    """Removed hosts lose their pins, and other settings of an entry stay."""
    before = (SAMPLES / "valid" / "pinning.json").read_text()
    after = export(PLAIN, FORMAT, options=ALL, existing=before).text
    assert after == NEW
    own = before.replace('"host": "api', '"about": "ours",\n      "host": "api')
    assert '"about": "ours"' in export(PLAIN, FORMAT, options=ALL, existing=own).text
    other = Policy((*PLAIN.hosts, HostPins("new.example.org", (LEAF, BACKUP))))
    grown = export(other, FORMAT, options=ALL, existing=before).text
    assert grown.startswith(before[: before.index(",\n    { ")])
    assert export(other, FORMAT, options=ALL, existing=grown).text == grown
