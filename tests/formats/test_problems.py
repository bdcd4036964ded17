"""Files with a broken part: all faults are listed, and the rest can be imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import FormatError, NothingPinnedError
from pinsmith.formats import FORMATS, LOSSES, export, find, policy_of, read, recognise
from pinsmith.formats._policy import UNKNOWN
from pinsmith.pin import Pin
from pinsmith.pinfile import parse, write
from pinsmith.policy import HostPins, Policy
from tests.formats.note import in_line
from tests.formats.policy import key

if TYPE_CHECKING:
    from pinsmith.formats import Format

BOTH = [
    target for target in FORMATS if target.read and target.write and target.can.takes == "pin" and not target.can.whole
]
MANY = [target for target in BOTH if target.can.hosts == "many"]
A, B, C, D, E, F = (key(name) for name in "abcdef")
API = HostPins("api.example.com", (A, B, C))
WWW = HostPins("www.example.org", (D, E, F))
PLACEHOLDER, OTHER_PLACEHOLDER = Pin(b"\0" * 32), Pin(b"\xff" * 32)


def _text(target: Format, *entries: HostPins, **placeholders: Pin) -> str:
    """Write a file in which a pin, named by its key, is a placeholder."""
    options = dict(target.example_options) | {"accept-loss": tuple(LOSSES)}
    made = export(Policy(entries), target, options=options)
    text = "".join(content.decode() for content in made.attachments.values()) + made.text
    for name, pin in placeholders.items():
        real = key(name).pin
        text = text.replace(real.base64, pin.base64).replace(real.hex, pin.hex)
    return text


def _policy_of(target: Format, text: str, *, skip_bad: bool = False) -> tuple[Policy, list[str]]:
    hosts = [API.host] if target.can.hosts == "none" else []
    policy, notes = policy_of(
        read(text.encode(), "f", format_id=target.id)[1], file="f", hosts=hosts, skip_bad=skip_bad
    )
    return policy, [in_line(note) for note in notes]


def _pins(entry: HostPins) -> set[Pin]:
    return {key.pin for key in entry.keys}


@pytest.mark.parametrize("target", BOTH, ids=lambda target: target.id)
def test_a_bad_pin_is_refused_with_its_line_or_left_out(target: Format) -> None:
    """The placeholder refuses the file; with --skip-bad the host keeps its other pins, and a note names it."""
    text = _text(target, API, a=PLACEHOLDER)
    with pytest.raises(FormatError, match="one or two letters repeated") as caught:
        _policy_of(target, text)
    number = caught.value.line or 0
    place = "".join(text.splitlines()[number - 1 : number + 1])  # Chromium's files name a key one line above its pin
    assert PLACEHOLDER.base64 in place or PLACEHOLDER.hex in place
    policy, notes = _policy_of(target, text, skip_bad=True)
    assert [_pins(entry) for entry in policy.hosts] == [{B.pin, C.pin}]
    assert sum(note.startswith(f"line {number}: left out: ") for note in notes) == 1


@pytest.mark.parametrize("target", MANY, ids=lambda target: target.id)
def test_all_problems_of_a_file_are_listed(target: Format) -> None:
    """The error names the bad pins of every host, and hosts without one are imported whole."""
    text = _text(target, API, WWW, HostPins("log.example.org", (A, E, F)), b=PLACEHOLDER, d=OTHER_PLACEHOLDER)
    with pytest.raises(FormatError) as caught:
        _policy_of(target, text)
    assert repr(PLACEHOLDER.base64) in str(caught.value)
    assert [repr(OTHER_PLACEHOLDER.base64) in detail for detail in caught.value.details] == [True]
    assert caught.value.details[0].startswith("f:")
    policy, _ = _policy_of(target, text, skip_bad=True)
    found = {entry.host: _pins(entry) for entry in policy.hosts}
    assert found == {API.host: {A.pin, C.pin}, WWW.host: {E.pin, F.pin}, "log.example.org": {A.pin, E.pin, F.pin}}


# Every record of a zone is one pin, so a host without a valid pin leaves no trace.
@pytest.mark.parametrize("target", [target for target in MANY if target.id != "tlsa"], ids=lambda target: target.id)
def test_a_host_without_a_pin_that_is_left_is_left_out(target: Format) -> None:
    """It is never imported as a host that is not pinned."""
    text = _text(target, API, HostPins("log.example.org", (D, E)), d=PLACEHOLDER, e=OTHER_PLACEHOLDER)
    policy, notes = _policy_of(target, text, skip_bad=True)
    assert [(entry.host, entry.mode) for entry in policy.hosts] == [(API.host, "enforce")]
    assert any("log.example.org is left out, because none of " in note for note in notes)


NSC = """<network-security-config><domain-config>
<domain>api.example.com</domain>
{}
</domain-config></network-security-config>"""


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("<pin-set />", "f:2:1: api.example.com has an empty <pin-set>, so Android does not pin it"),
        (f'<!-- <pin digest="SHA-256">{A.pin.base64}</pin> -->', "f:3:1: the pins in this comment are not in force"),
    ],
    ids=["an empty pin-set", "pins in a comment"],
)
def test_a_file_that_pins_nothing_is_an_error_of_its_own(body: str, message: str) -> None:
    """An empty pin-set or one in a comment must not silently switch a host off."""
    with pytest.raises(NothingPinnedError) as caught:
        _policy_of(find("android-nsc"), NSC.format(body))
    assert caught.value.exit_code == 4
    assert any(detail.startswith(message) for detail in caught.value.details)


def test_an_empty_pin_set_beside_a_pinned_host_is_noted() -> None:
    """The host becomes `mode = "off"`, and a note reports it."""
    both = NSC.format("<pin-set />").replace(
        "</network-security-config>",
        f"<domain-config><domain>{WWW.host}</domain><pin-set><pin digest='SHA-256'>{D.pin.base64}</pin></pin-set>"
        "</domain-config></network-security-config>",
    )
    policy, notes = _policy_of(find("android-nsc"), both)
    assert [entry.mode for entry in policy.hosts] == ["off", "enforce"]
    assert any(note.startswith("line 2: ") and 'its mode becomes "off"' in note for note in notes)


@pytest.mark.parametrize("body", ['<pin digest="SHA-256">AAAA</pin>', '<pin digest="SHA-1">AAAA</pin>'])
def test_a_host_whose_pins_cannot_be_decoded_is_not_switched_off(body: str) -> None:
    """A host that is left out is not exempt, because no entry states that it needs no pins."""
    both = NSC.format(f"<pin-set>{body}</pin-set>").replace(
        "</network-security-config>",
        f"<domain-config><domain>{WWW.host}</domain><pin-set><pin digest='SHA-256'>{D.pin.base64}</pin></pin-set>"
        "</domain-config></network-security-config>",
    )
    policy, _ = _policy_of(find("android-nsc"), both, skip_bad=True)
    assert [entry.host for entry in policy.hosts] == [WWW.host]


def test_a_pin_set_whose_day_cannot_be_read_is_not_pinned_for_ever() -> None:
    """Without a known end, its pins are left out too."""
    broken = NSC.format(f'<pin-set expiration="31.12.2031"><pin digest="SHA-256">{A.pin.base64}</pin></pin-set>')
    with pytest.raises(NothingPinnedError, match="pins no host"):
        _policy_of(find("android-nsc"), broken, skip_bad=True)


@pytest.mark.parametrize("target", [find("android-nsc"), find("trustkit-android")], ids=lambda target: target.id)
def test_a_file_with_problems_is_not_edited(target: Format) -> None:
    """An export that kept the broken part would leave the app broken."""
    text = _text(target, API).replace(A.pin.base64, "AAAA")
    with pytest.raises(FormatError, match="has 3 bytes"):
        export(Policy((API,)), target, existing=text)


@pytest.mark.parametrize("bad", ["reports", "ftp://reports.example.com/", "https://u:p@reports.example.com/"])
@pytest.mark.parametrize("name", ["trustkit-android", "trustkit-ios", "hpkp", "rn-ssl-manager", "chromium-pins"])
def test_a_bad_address_for_reports_is_a_note(name: str, bad: str) -> None:
    """Only the address is left out, with a note of its line, because the pins are more important."""
    target, good = find(name), "https://reports.example.net/pins"
    text = _text(target, HostPins(API.host, API.keys, report_uris=(good,)))
    text = text.replace('"sha256Keys"', f'"reportUris": ["{good}"],\n"sha256Keys"')
    text = text.replace('"static_spki_hashes"', f'"report_uri": "{good}", "static_spki_hashes"')
    assert _policy_of(target, text)[0].hosts[0].report_uris == (good,)
    text = text.replace(good, bad)
    policy, notes = _policy_of(target, text)
    assert policy.hosts[0].report_uris == ()
    line = next(number for number, content in enumerate(text.splitlines(), 1) if bad in content)
    assert [note for note in notes if "left out" in note and note.startswith(f"line {line}: ")]


def test_a_duplicate_hash_is_reported() -> None:
    """OutSystems' plugin requires two different hashes, and the list has two equal ones."""
    pin = f'"sha256/{A.pin.base64}"'
    with pytest.raises(FormatError, match="lists the same hash 2 times, but the plugin needs two different ones"):
        _policy_of(find("outsystems"), f'{{"hosts": [{{"host": "api.example.com", "hashes": [{pin}, {pin}]}}]}}')


def test_the_policy_of_pinsmith_leaves_out_a_bad_pin_too() -> None:
    """Its JSON is read like any other file: the bad key is named, and its hosts keep their other keys."""
    target = find("policy-json")
    text = export(Policy((API, WWW)), target).text.replace(A.pin.base64, PLACEHOLDER.base64)
    assert recognise(text.encode(), "x.policy.json") is target
    with pytest.raises(FormatError, match="one or two letters repeated"):
        _policy_of(target, text)
    policy, _ = _policy_of(target, text, skip_bad=True)
    assert [_pins(entry) for entry in policy.hosts] == [{B.pin, C.pin}, {D.pin, E.pin, F.pin}]


@pytest.mark.parametrize(
    "target", [target for target in MANY if target.can.subdomains == "any-depth"], ids=lambda target: target.id
)
def test_a_public_suffix_is_a_problem_of_its_host(target: Format) -> None:
    """Subdomains of a registry's suffix are refused in every format, as in a pin file."""
    text = _text(target, API, HostPins("b.test.example.com", WWW.keys, include_subdomains=True))
    text = text.replace("b.test.example.com", "co.uk")
    with pytest.raises(FormatError, match=r"co\.uk'?:? (it )?is a public suffix"):
        _policy_of(target, text)
    policy, _ = _policy_of(target, text, skip_bad=True)
    assert parse(write(policy)) == policy
    assert [entry.host for entry in policy.hosts] == [API.host]


def test_a_private_suffix_is_imported_with_a_note() -> None:
    """Apps may pin the service that they use with all of its subdomains."""
    text = _text(find("android-nsc"), HostPins("supabase.co", API.keys, include_subdomains=True))
    policy, notes = _policy_of(find("android-nsc"), text)
    assert parse(write(policy)) == policy
    assert any("supabase.co is in the private section of the Public Suffix List" in note for note in notes)


def test_comments_beside_pins_are_shown_and_not_believed() -> None:
    """Comments in the note help the reader to choose roles, but they were often copied with other pins."""
    pins = (
        f'<pin digest="SHA-256">{A.pin.base64}</pin> <!-- root of\n  nobody -->\n'
        f'<!-- our leaf -->\n<pin digest="SHA-256">{B.pin.base64}</pin>\n'
        f'<pin digest="SHA-256">{C.pin.base64}</pin>\n'
    )
    policy, (note,) = _policy_of(find("android-nsc"), NSC.format(f"<pin-set>\n{pins}</pin-set>"))
    assert {key.role for key in policy.keys} == {UNKNOWN}
    assert "api-example-com-1 ('root of nobody'), api-example-com-2 ('our leaf'), api-example-com-3: use " in note


def test_the_roles_of_the_user_apply_to_a_whole_policy_too() -> None:
    """A role for a key of policy-json is used like one for a key of any other file."""
    target = find("policy-json")
    assert target.read is not None
    text = export(Policy((API,)), target).text
    policy, _ = policy_of(target.read(text.encode(), "f"), file="f", roles={A.pin: "intermediate"})
    assert [key.role for key in policy.hosts[0].keys] == ["intermediate", "leaf", "leaf"]


@pytest.mark.parametrize(
    ("name", "word"), [("apple-ats", "SPKI-SHA256-BASE64"), ("trustkit-ios", "TSKPublicKeyHashes")]
)
def test_pins_in_a_comment_of_a_property_list_are_noted(name: str, word: str) -> None:
    """The import notes pins that somebody switched off and forgot."""
    target = find(name)
    text = _text(target, API).replace("</dict>\n</plist>", f"<!--\n<key>{word}</key> -->\n</dict>\n</plist>")
    assert word in text.rpartition("<!--")[2]
    _, notes = _policy_of(target, text)
    line = next(number for number, content in enumerate(text.splitlines(), 1) if content.endswith("<!--"))
    assert f"line {line}: the pins in this comment are not in force and are not read" in notes


def test_hosts_that_share_a_bad_pin_share_its_problem() -> None:
    """One fault in a file is printed once, and faults come in the order of their lines."""
    pins = f'<pin digest="SHA-256">{PLACEHOLDER.base64}</pin>\n<pin digest="SHA-256">AAAA</pin>'
    text = NSC.format(f"<domain>b.example.com</domain><pin-set>\n{pins}\n</pin-set>")
    with pytest.raises(FormatError) as caught:
        _policy_of(find("android-nsc"), text)
    assert (caught.value.line, len(caught.value.details)) == (4, 1)
    text = text.replace("AAAA", A.pin.base64)
    _, notes = _policy_of(find("android-nsc"), text, skip_bad=True)
    assert sum("left out" in note for note in notes) == 1


@pytest.mark.parametrize("target", BOTH, ids=lambda target: target.id)
def test_a_reader_that_is_not_asked_to_collect_raises(target: Format) -> None:
    """A caller that ignores problems must not take a part of a file for the whole."""
    assert target.read is not None
    with pytest.raises(FormatError, match="one or two letters repeated"):
        target.read(_text(target, API, a=PLACEHOLDER).encode(), "f")


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("android-nsc", "<network-security-config>\n \N{GRINNING FACE}<</network-security-config>", (2, 4)),
        ("android-nsc", NSC.format("  <pin-set/><pin-set/>"), (3, 13)),
        ("rn-cert-pinner", '{"domains":\n {"a.test": [1]}}', (2, 13)),
        ("policy-json", '{"\N{GRINNING FACE}": 1, }', (1, 10)),
        ("apple-ats", "<plist><dict>\n <key>NSAppTransportSecurity</key> <true/></dict></plist>", (2, 36)),
        ("envoy", "a: b\nc: [", (2, 5)),
    ],
    ids=["XML", "an element", "a value of JSON", "JSON", "a property list", "YAML"],
)
def test_an_error_has_a_column_where_the_syntax_knows_it(name: str, text: str, place: tuple[int, int]) -> None:
    """It counts characters from 1, and stands behind the line."""
    with pytest.raises(FormatError) as caught:
        _policy_of(find(name), text)
    assert (caught.value.line, caught.value.column) == place
    assert str(caught.value).startswith("f:{}:{}: ".format(*place))


def test_an_error_of_a_syntax_without_columns_has_none() -> None:
    """A setting of one line begins at its line."""
    with pytest.raises(FormatError) as caught:
        _policy_of(find("curl"), "\npinnedpubkey = key.pem")
    assert (caught.value.line, caught.value.column) == (2, None)
    assert str(caught.value).startswith("f:2: ")
