"""Chromium's static pins: keys, sets and hosts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings

from pinsmith.errors import ExportError, ExportRefusedError, FormatError
from pinsmith.formats import LOSSES, chromium_pins, export, policy_of
from pinsmith.lab.pki.authority import Authority
from pinsmith.policy import HostPins, Key, Policy
from tests.formats.note import line_of
from tests.formats.policy import BACKUP, LEAF, PLAIN, policies

if TYPE_CHECKING:
    from pinsmith.formats._format import Reading

SAMPLES = Path(__file__).parent / "samples" / "chromium-pins"


def _read(text: str) -> Reading:
    assert chromium_pins.FORMAT.read is not None
    return chromium_pins.FORMAT.read(text.encode(), "static.pins")


def _sample(name: str) -> str:
    return (SAMPLES / name).read_text("utf-8")


def test_keys_sets_and_hosts_make_a_policy() -> None:
    """Hosts get the keys of their set, with subdomains and reports, and hosts without pins are ignored."""
    policy, _ = policy_of(_read(_sample("valid/both.pins")), file="f")
    assert [(entry.host, entry.include_subdomains, len(entry.keys)) for entry in policy] == [
        ("example.com", True, 4),
        ("api.example.org", False, 4),
    ]
    assert policy.hosts[0].report_uris == ("https://reports.example.net/pins",)
    assert [key.role for key in policy.hosts[0].keys] == ["root", "intermediate", "unknown", "unknown"]


def test_entries_that_a_policy_cannot_hold_are_noted_with_their_line() -> None:
    """Notes name the age of the list, placeholders, forbidden keys and sets without keys."""
    text = _sample("valid/both.pins")
    lines = text.split("\n")
    noted = [(note.text.split()[0], lines[(line_of(note) or 0) - 1].strip()[:22]) for note in _read(text).notes]
    assert noted == [
        ("PinsListTimestamp", "PinsListTimestamp"),
        ("TestSPKI", "TestSPKI"),
        ("the", '"bad_static_spki_hashe'),
        ("test.example.org", '{"name": "test.example'),
    ]


def test_certificates_and_keys_are_hashed() -> None:
    """A pin can be given as a certificate, a public key or a hash."""
    root = Authority.root("Lab")
    reading = _read(f"LabRoot\n{root.pem}\nLabHash\nsha256/{LEAF.pin.base64}\n")
    assert [str(found.pin) for found in reading.pins] == [root.pin, str(LEAF.pin)]
    assert [found.role for found in reading.pins] == ["root", None]


def test_subdomains_of_a_private_suffix_are_noted() -> None:
    """Google pins whole suffixes of its customers, which a pin file also allows."""
    text = _sample("valid/both.pins").replace('"example.com"', '"appspot.com"')
    policy, notes = policy_of(_read(text), file="f")
    assert "appspot.com" in {entry.host for entry in policy}
    assert any("private section of the Public Suffix List" in note.text for note in notes)


@pytest.mark.parametrize(
    ("name", "problem", "line"),
    [
        ("sets-alone.json", "there is no key 'TestSPKI'", 4),
        ("name.pins", "'example' is not the name of a key", 1),
        ("no-value.pins", "'ExampleRoot' has no value", 1),
        ("crlf.pins", "CRLF", 1),
        ("damaged-certificate.pins", "ExampleRoot: ", 8),
    ],
)
def test_a_fault_is_reported_with_its_line(name: str, problem: str, line: int) -> None:
    """Chromium's generator refuses the same faults."""
    assert chromium_pins.FORMAT.read is not None
    with pytest.raises(FormatError) as caught:
        chromium_pins.FORMAT.read((SAMPLES / "broken" / name).read_bytes(), "f")
    assert (problem in caught.value.problem, caught.value.line) == (True, line)


def test_the_error_for_the_sets_alone_names_the_missing_file() -> None:
    """The error for one of the two files names the other."""
    with pytest.raises(FormatError) as caught:
        _read(_sample("broken/sets-alone.json"))
    assert "cat" in (caught.value.hint or "")


DAY: dict[str, Any] = {"updated": "2026-11-22"}
ALL = {"accept-loss": tuple(LOSSES)}
NAMES = f"Leaf_{LEAF.pin.hex[:8]}", f"Standby_{BACKUP.pin.hex[:8]}"
JSON = """// The pins here are written by pinsmith from pins.toml. Edit that file and run `pinsmith sync`.
// The keys are in static.pins, in the same folder.
{
  "pinsets": [
    {
      "name": "api_example_com",
      "static_spki_hashes": [
        "LEAF",
        "STANDBY"
      ]
    }
  ],
  "entries": [
    {
      "name": "api.example.com",
      "include_subdomains": false,
      "pins": "api_example_com"
    }
  ]
}
""".replace("LEAF", NAMES[0]).replace("STANDBY", NAMES[1])
KEYS = f"""# The pins here are written by pinsmith from pins.toml. Edit that file and run `pinsmith sync`.
# The sets and the hosts are in static_pins.json, in the same folder.

# 2026-11-22, 00:00 UTC: Chromium enforces the pins for ten weeks from then.
PinsListTimestamp
1795305600

# leaf, leaf
{NAMES[0]}
{LEAF.pin}

# standby, standby leaf
{NAMES[1]}
{BACKUP.pin}
"""


def test_both_files_in_full() -> None:
    """The JSON is the output, and the keys are beside it under the name that Chromium uses."""
    made = export(PLAIN, chromium_pins.FORMAT, options=DAY, name="net/http/static_pins.json")
    assert made.text == JSON
    assert made.attachments == {"static.pins": KEYS.encode()}


@pytest.mark.parametrize(
    ("name", "beside"),
    [("a/own_pins.json", "own.pins"), ("own.json", "own.pins"), ("own", "own.pins"), ("_pins.json", "static.pins")],
)
def test_the_keys_are_named_after_the_json(name: str, beside: str) -> None:
    """Two outputs in one folder each have their own keys."""
    assert list(export(PLAIN, chromium_pins.FORMAT, options=DAY, name=name).attachments) == [beside]


def test_hosts_with_the_same_pins_share_a_set() -> None:
    """A key with two names is one hash, because the generator requires unique hashes and set names."""
    again = Key("1. again!", LEAF.pin)
    policy = Policy(
        (
            HostPins("a-b.example.com", (LEAF, BACKUP)),
            HostPins("a.b.example.com", (again,)),
            HostPins("c.example.com", (again, BACKUP)),
        )
    )
    made = export(policy, chromium_pins.FORMAT, options=DAY)
    sets = {pinset["name"]: pinset["static_spki_hashes"] for pinset in _document(made.text)["pinsets"]}
    assert sets == {"a_b_example_com": [*NAMES], "a_b_example_com_2": [NAMES[0]]}
    assert [entry["pins"] for entry in _document(made.text)["entries"]] == [*sets, "a_b_example_com"]


@pytest.mark.parametrize(
    ("name", "constant"),
    [
        ("api-2026", "Api2026"),
        ("2026", "Key2026"),
        ("schlüssel", "SchlSsel"),
        ("日本", "Key"),
        ("x" * 60, "X" + "x" * 39),
    ],
)
def test_names_of_keys_become_names_of_c(name: str, constant: str) -> None:
    """A name is a capital letter followed by letters and digits, whatever the name of the key is."""
    policy = Policy((HostPins("example.com", (Key(name, LEAF.pin),)),))
    made = export(policy, chromium_pins.FORMAT, options=DAY)
    assert _document(made.text)["pinsets"][0]["static_spki_hashes"] == [f"{constant}_{LEAF.pin.hex[:8]}"]


@pytest.mark.parametrize("day", ["", "soon", "2026-02-30", "2026-1-1", "20261122"])
def test_the_day_is_needed(day: str) -> None:
    """Only the user knows when the pins were last reviewed, and nothing is enforced if that was long ago."""
    with pytest.raises(ExportError, match="but must be a day such as 2031-05-01"):
        export(PLAIN, chromium_pins.FORMAT, options={"updated": day})


def test_a_file_that_pinsmith_did_not_write_is_not_overwritten() -> None:
    """Chromium's own files stay as they are."""
    with pytest.raises(FormatError, match="not written by pinsmith"):
        export(PLAIN, chromium_pins.FORMAT, options=DAY, existing='{"pinsets": [], "entries": []}')


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(policy=policies())
def test_the_generator_accepts_the_written_files(policy: Policy) -> None:
    """The output follows the generator's rules for names, hashes and hosts; the generator is not run."""
    try:
        made = export(policy, chromium_pins.FORMAT, options=DAY | ALL)
    except ExportRefusedError:
        return
    (keys,) = made.attachments.values()
    lines = [line for line in keys.decode().split("\n") if line and not line.startswith("#")]
    assert lines[0] == "PinsListTimestamp"
    assert lines[1].isdigit()
    names, hashes = lines[2::2], lines[3::2]
    assert all(re.fullmatch(r"[A-Z][A-Za-z0-9_]*", name) for name in names)
    assert all(re.fullmatch(r"sha256/[A-Za-z0-9+/]{43}=", digest) for digest in hashes)
    assert (len(set(names)), len(set(hashes))) == (len(names), len(names))
    document = _document(made.text)
    sets = {pinset["name"]: pinset["static_spki_hashes"] for pinset in document["pinsets"]}
    assert set(names) == {name for used in sets.values() for name in used}  # an unused name is an error
    assert len({f"k{name[:1].upper()}{name[1:]}Pinset" for name in sets}) == len(document["pinsets"])
    assert all(re.fullmatch(r"\w+", name, re.ASCII) for name in sets)
    assert all({*entry} == {"name", "include_subdomains", "pins"} for entry in document["entries"])
    assert {entry["pins"] for entry in document["entries"]} == set(sets)
    assert all(re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", entry["name"]) for entry in document["entries"])


def _document(text: str) -> dict[str, Any]:
    """Parse it as Chromium does: JSON with remarks, which are on lines of their own here."""
    document = json.loads("\n".join(line for line in text.split("\n") if not line.startswith("//")))
    assert isinstance(document, dict)
    return document
