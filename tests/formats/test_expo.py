"""Expo's ``app.json``: options of a plugin, a property list in JSON, and an Android file beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pinsmith.errors import FormatError, UnknownFormatError
from pinsmith.formats import LOSSES, export, recognise
from pinsmith.formats.android_nsc import FORMAT as ANDROID
from pinsmith.formats.expo import FORMAT as BAM
from pinsmith.formats.expo_ats import FORMAT as ATS
from pinsmith.formats.expo_nsc import FORMAT as NSC
from pinsmith.policy import HostPins, Policy
from tests.formats.note import line_of
from tests.formats.policy import BACKUP, FULL, LEAF, PLAIN

SAMPLES = Path(__file__).parent / "samples"
A, B = LEAF.pin.base64, BACKUP.pin.base64
ALL = {"accept-loss": tuple(LOSSES)}
WIDE = Policy((HostPins("example.com", (LEAF, BACKUP), include_subdomains=True),))
PLUGIN = f"""[
        "@bam.tech/react-native-app-security",
        {{
          "sslPinning": {{
            "api.example.com": [
              "{A}",
              "{B}"
            ]
          }}
        }}
      ]"""
NEW = f"""{{
  "expo": {{
    "plugins": [
      {PLUGIN}
    ]
  }}
}}
"""


def test_a_new_file_in_full() -> None:
    """The options of the plugin contain bare pins."""
    assert export(PLAIN, BAM).text == NEW


def test_subdomains_are_a_star() -> None:
    """With a star, the plugin also pins the host itself."""
    assert list(_pinning(export(WIDE, BAM, options=ALL).text)) == ["*.example.com"]


def _pinning(text: str) -> dict[str, list[str]]:
    (plugin,) = json.loads(text)["expo"]["plugins"]
    assert isinstance(plugin[1]["sslPinning"], dict)
    return plugin[1]["sslPinning"]


def test_the_rest_of_the_configuration_stays() -> None:
    """Remarks, final commas, blank lines, other plugins and the plugin's other options stay."""
    before = (SAMPLES / "expo" / "valid" / "app.json").read_text()
    after = export(WIDE, BAM, options=ALL, existing=before).text
    line = next(line for line in before.splitlines(keepends=True) if "log.example.org" in line)
    assert after == before.replace(line, "")
    assert export(WIDE, BAM, options=ALL, existing=after).text == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{}", NEW.rstrip()),
        (
            '{\n  "expo": {\n    "name": "a"\n  }\n}',
            f'{{\n  "expo": {{\n    "name": "a",\n    "plugins": [\n      {PLUGIN}\n    ]\n  }}\n}}',
        ),
        (
            '{\n  "expo": {\n    "plugins": [\n      "expo-router"\n    ]\n  }\n}',
            f'{{\n  "expo": {{\n    "plugins": [\n      "expo-router",\n      {PLUGIN}\n    ]\n  }}\n}}',
        ),
        (
            '{\n  "expo": {\n    "plugins": [\n      "@bam.tech/react-native-app-security"\n    ]\n  }\n}',
            NEW.rstrip(),
        ),
    ],
    ids=["empty", "no plugins", "others", "name only"],
)
def test_the_plugin_is_put_where_it_belongs(before: str, after: str) -> None:
    """Missing parents of the plugin are created."""
    assert export(PLAIN, BAM, existing=before).text == after
    assert export(PLAIN, BAM, existing=after).text == after


def test_a_list_with_the_name_alone_gets_options() -> None:
    """The options become the second element."""
    before = '{"plugins": [["@bam.tech/react-native-app-security"]]}'
    after = export(PLAIN, BAM, existing=before).text
    assert json.loads(after)["plugins"][0][1] == {"sslPinning": {"api.example.com": [A, B]}}


def test_other_pinning_in_the_file_is_noted() -> None:
    """Notes name a star on Android, and a plugin that refers to another file."""
    assert BAM.read is not None
    reading = BAM.read((SAMPLES / "expo" / "valid" / "app.json").read_bytes(), "f")
    assert [(entry.host, entry.include_subdomains, entry.line) for entry in reading.hosts] == [
        ("example.com", True, 12),
        ("log.example.org", False, 13),
    ]
    assert [line_of(note) for note in reading.notes] == [12, 18]
    assert "import that file too" in reading.notes[1].text


def test_a_property_list_in_json_in_full() -> None:
    """The keys of App Transport Security are written below Expo's own keys."""
    assert json.loads(export(PLAIN, ATS).text) == {
        "expo": {
            "ios": {
                "infoPlist": {
                    "NSAppTransportSecurity": {
                        "NSPinnedDomains": {
                            "api.example.com": {
                                "NSIncludesSubdomains": False,
                                "NSPinnedLeafIdentities": [{"SPKI-SHA256-BASE64": A}, {"SPKI-SHA256-BASE64": B}],
                            }
                        }
                    }
                }
            }
        }
    }


def test_the_rest_of_the_property_list_stays() -> None:
    """Other keys, and other settings of transport security, stay."""
    before = (SAMPLES / "expo-ats" / "valid" / "app.json").read_text()
    after = export(PLAIN, ATS, existing=before).text
    start, end = before.index('"NSPinnedDomains": {\n') + 20, before.index("\n          }\n        }\n      }")
    assert after.startswith(before[:start])
    assert after.endswith(before[end:])
    assert export(PLAIN, ATS, existing=after).text == after
    assert export(PLAIN, ATS, existing='{"name": "a"}').text.startswith('{"name": "a", "ios": {')


def test_a_property_list_in_json_is_read_like_any() -> None:
    """Roles follow from the two lists, and entries have their lines."""
    assert ATS.read is not None
    wide, api = ATS.read((SAMPLES / "expo-ats" / "valid" / "app.json").read_bytes(), "f").hosts
    assert (wide.include_subdomains, {pin.role for pin in wide.pins}, wide.line) == (True, {"intermediate"}, 10)
    assert (api.host, {pin.role for pin in api.pins}) == ("api.example.org", {"leaf"})


def test_the_file_of_android_is_beside_it() -> None:
    """The file has the content of android-nsc, under a name that no other tool uses."""
    made = export(FULL, NSC, options=ALL)
    assert json.loads(made.text)["expo"]["plugins"] == [
        [
            "expo-network-security-config",
            {"networkSecurityConfig": "./pinned_network_security_config.xml", "enable": True},
        ]
    ]
    assert made.attachments == {
        "pinned_network_security_config.xml": export(FULL, ANDROID, options=ALL).text.encode(),
    }
    assert export(FULL, NSC, options=ALL, existing=made.text).text == made.text


def test_a_file_of_android_that_is_there_is_not_cut_off() -> None:
    """It may contain more than pins, so the user must export to it directly."""
    before = (SAMPLES / "expo" / "valid" / "app.json").read_text()
    with pytest.raises(FormatError, match=r"output:18:67: .* already names './nsc.xml'") as caught:
        export(PLAIN, NSC, existing=before)
    assert "android-nsc" in (caught.value.hint or "")


def test_a_file_that_only_refers_to_another_is_reported() -> None:
    """The error names the file that contains the pins."""
    text = export(PLAIN, NSC).text
    with pytest.raises(UnknownFormatError, match="import that file"):
        recognise(text.encode(), "app.json")
