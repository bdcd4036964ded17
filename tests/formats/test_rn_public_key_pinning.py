"""The options of react-native-ssl-public-key-pinning, in TypeScript and JSON."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.errors import ExportRefusedError, FormatError, LossError
from pinsmith.formats import LOSSES, export
from pinsmith.formats.rn_public_key_pinning import FORMAT
from pinsmith.policy import HostPins, Policy
from tests.formats.note import in_line, line_of
from tests.formats.policy import BACKUP, FULL, LEAF, PLAIN

if TYPE_CHECKING:
    from pinsmith.formats import Exported
    from pinsmith.formats._format import Reading

SAMPLES = Path(__file__).parent / "samples" / FORMAT.id
A, B = LEAF.pin.base64, BACKUP.pin.base64
MARK = "// The pins here are written by pinsmith from pins.toml. Edit that file and run `pinsmith sync`.\n"
ALL = {"accept-loss": tuple(LOSSES)}
ENTRY = f"""{{
  "api.example.com": {{
    "includeSubdomains": false,
    "publicKeyHashes": [
      "{A}",
      "{B}"
    ]
  }}
}}"""


def _read(text: str) -> Reading:
    assert FORMAT.read is not None
    return FORMAT.read(text.encode(), "f")


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
    """The file names its pin file, has the library's type, and exports the object."""
    assert _export(PLAIN).text == (
        f"{MARK}import type {{ PinningOptions }} from 'react-native-ssl-public-key-pinning';\n\n"
        f"export const pinningOptions: PinningOptions = {ENTRY};\n"
    )


def test_json_in_full() -> None:
    """The option or the file name selects the bare object; JSON has no remarks."""
    assert _export(PLAIN, options={"syntax": "json"}).text == ENTRY + "\n"
    assert _export(PLAIN, name="app/pins.json").text == ENTRY + "\n"


def test_days_and_subdomains_are_kept() -> None:
    """Days and subdomains are kept, because the library supports them."""
    value = json.loads(_export(FULL, options=ALL | {"syntax": "json"}).text)
    assert value["example.com"]["includeSubdomains"] is True
    assert value["example.com"]["expirationDate"] == "2031-05-01"
    assert set(value) == {"example.com", "api.example.org"}


def test_the_object_is_changed_in_its_place() -> None:
    """Code around it, remarks in it and its quotes stay; a second run changes nothing."""
    before = (SAMPLES / "valid" / "call.js").read_text()
    after = _export(PLAIN, existing=before).text
    assert after == before.replace("includeSubdomains: true", "includeSubdomains: false").replace(
        "  await init", f"  {MARK}  await init"
    )
    assert _export(PLAIN, existing=after).text == after
    other = _export(PLAIN, existing=after, source="new.toml").text
    assert other == after.replace("from pins.toml", "from new.toml")


def test_hosts_come_and_go() -> None:
    """A removed host disappears with its pins, and a new one gets the layout of the file."""
    before = (SAMPLES / "valid" / "typed.ts").read_bytes().decode()
    wanted = Policy((HostPins("new.example.com", (LEAF, BACKUP)),))
    after = _export(wanted, existing=before).text
    assert "\n" not in after.replace("\r\n", "")
    assert "api.example.com" not in after
    assert [(entry.host, len(entry.pins)) for entry in _read(after).hosts] == [("new.example.com", 2)]
    assert after.startswith(before[: before.index("export const")])


def test_an_expiry_that_the_policy_lacks_is_removed() -> None:
    """Otherwise the pins would end, although the policy has no expiry."""
    before = (SAMPLES / "valid" / "options.json").read_text()
    assert "expirationDate" not in _export(PLAIN, existing=before).text


def test_hosts_are_read_with_all_settings() -> None:
    """Hosts have lines, days and subdomains; remarks and texts that look like code are ignored."""
    assert FORMAT.read is not None
    found = FORMAT.read((SAMPLES / "valid" / "options.json").read_bytes(), "f").hosts
    assert [(entry.host, entry.include_subdomains, entry.expires, entry.line) for entry in found] == [
        ("api.example.com", True, date(2031, 5, 1), 2),
        ("log.example.org", False, None, 7),
    ]
    (host,) = FORMAT.read((SAMPLES / "valid" / "call.js").read_bytes(), "f").hosts
    assert (host.host, host.line) == ("api.example.com", 9)


def test_settings_that_do_not_pin_as_intended_are_noted() -> None:
    """Notes name prefixed hashes, a single hash, unknown words, and trust on first use."""
    text = f"""{{
      "a.example.com": {{
        "publicKeyHashes": ["sha256/{A}"],
        "pins": 1}},
      "b.example.com": {{"loadOnStartup": true}}
    }}"""
    reading = _read(text)
    assert [entry.host for entry in reading.hosts] == ["a.example.com"]
    assert [line_of(note) for note in reading.notes] == [4, 3, 3, 5]
    notes = "\n".join(map(in_line, reading.notes))
    for word in ("'pins'", "only bare base64", "needs two", "any key that the server presents"):
        assert word in notes


@pytest.mark.parametrize("host", ["com", "service.internal"])
def test_hosts_that_would_crash_trustkit_are_refused(host: str) -> None:
    """A public suffix with its subdomains, and a name below none, crash the app on iOS."""
    wanted = Policy((HostPins(host, (LEAF, BACKUP), include_subdomains=host == "com"),))
    with pytest.raises(ExportRefusedError, match="cannot express"):
        _export(wanted, options=ALL)


def test_code_without_an_object_is_refused() -> None:
    """Pins are not inserted into a file without a place for them."""
    with pytest.raises(FormatError, match="an object with pins"):
        _export(PLAIN, existing="export const x = 1;\n")


@pytest.mark.parametrize("count", [10_000, pytest.param(100_000, marks=pytest.mark.thorough)])
def test_many_places_end_soon(count: int) -> None:
    """A file with many possible beginnings takes no longer than others."""
    for text in ("initializeSslPinning({ a: b })\n" * count, "/*" * 5 * count, 'x"\\' * 3 * count, "`\\" * 5 * count):
        with pytest.raises(FormatError):
            _read(text)


def test_the_name_of_a_pin_file_cannot_leave_the_remark() -> None:
    """Line ends of every language and direction characters do not reach the file."""
    text = _export(PLAIN, source="a\nevil()\u2028b\N{RIGHT-TO-LEFT OVERRIDE}*/").text
    assert len(text.split("\n")) == len(_export(PLAIN).text.split("\n"))
    assert "\u2028" not in text
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in text
