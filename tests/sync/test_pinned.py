"""Pins that one text has and another would lose are found by comparing texts, without files."""

from __future__ import annotations

import base64
import json

import pytest

from pinsmith.formats import export, find
from pinsmith.lab.pki.authority import Authority
from pinsmith.policy import CompromisedKey, HostPins, Policy
from pinsmith.sync.foreign import lost
from pinsmith.sync.pinned import read_both, read_both_beside
from tests.formats.policy import BACKUP, LEAF, key

PINNED = HostPins("api.example.com", (LEAF, BACKUP))
URI = "https://reports.example.net/pins"


def _lost(before: Policy, after: Policy, of: str = "policy-json") -> list[str]:
    texts = [[export(policy, find(of)).text.encode()] for policy in (before, after)]
    return [str(loss) for loss in lost(*read_both(find(of), *texts))]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ({}, {"mode": "report-only"}, "the host is enforced and would become report-only"),
        ({}, {"mode": "off"}, "the host is enforced and would become exempted from pinning"),
        ({"mode": "report-only"}, {}, "the host is report-only and would become enforced"),
        ({"include_subdomains": True}, {}, "its subdomains would no longer be covered"),
        ({"report_uris": (URI,)}, {}, f"failures would no longer be reported to {URI}"),
        ({"trust": "pins-only"}, {}, 'this would be removed: trust = "pins-only"'),
    ],
)
def test_a_change_of_a_setting_is_named(old: dict[str, object], new: dict[str, object], message: str) -> None:
    """A change in either direction is named, and nothing else."""
    from dataclasses import replace

    before, after = (Policy((replace(PINNED, **settings),)) for settings in (old, new))  # type: ignore[arg-type]
    assert _lost(before, after) == [f"api.example.com: {message}"]


def test_additions_are_not_named() -> None:
    """New hosts, pins, subdomains and reports are not losses."""
    more = HostPins("api.example.com", (LEAF, BACKUP, key("more")), include_subdomains=True, report_uris=(URI,))
    after = Policy((more, HostPins("www.example.org", (LEAF,))), require_pins=True)
    assert _lost(Policy((PINNED,)), after) == []


def test_refusing_unpinned_hosts_is_a_setting_too() -> None:
    """A policy that accepts unlisted hosts loses a setting if the file refuses them."""
    before = Policy((PINNED,), require_pins=True)
    assert _lost(before, Policy((PINNED,))) == ["this would change: require-pins = true"]


def test_refusing_compromised_keys_is_a_setting_too() -> None:
    """Neither the switch nor a key that the file lists is lost silently."""
    stolen = CompromisedKey("stolen", key("stolen").pin)
    before = Policy((PINNED,), refuse_compromised=True, compromised=(stolen,))
    assert _lost(before, Policy((PINNED,))) == [
        "this would change: refuse-compromised = true",
        f"this would change: the compromised key {stolen.pin}",
    ]


def test_a_host_that_its_parent_covers_is_not_lost() -> None:
    """A host is only covered by a parent that includes subdomains and has the same pins."""
    below = Policy((HostPins("api.example.com", (LEAF,)),))
    parent = HostPins("example.com", (LEAF, BACKUP), include_subdomains=True)
    assert _lost(below, Policy((parent,))) == []
    alone = Policy((HostPins("example.com", (LEAF, BACKUP)),))
    assert _lost(below, alone) == [
        "api.example.com: the host would be removed",
        f"api.example.com: the pin {LEAF.pin} would be removed",
    ]
    other = Policy((HostPins("example.com", (BACKUP,), include_subdomains=True),))
    assert _lost(below, other) == [f"api.example.com: the pin {LEAF.pin} would be removed"]


@pytest.mark.parametrize(
    "spelled",
    [
        f"sha256/{LEAF.pin.base64}",
        f"sha256//{LEAF.pin.base64};",
        f'pin-sha256="{LEAF.pin.base64}"',
        LEAF.pin.base64,
        LEAF.pin.base64.rstrip("="),
        LEAF.pin.base64.translate(str.maketrans("+/", "-_")),
        LEAF.pin.hex,
        LEAF.pin.hex.upper(),
        LEAF.pin.digest.hex(":"),
        ", ".join(f"0x{octet:02x}" for octet in LEAF.pin.digest),
        ",\n".join(map(str, LEAF.pin.digest)),
    ],
)
def test_a_pin_in_code_is_found_however_it_is_spelled(spelled: str) -> None:
    """Every spelling that a program can use for a pin is found, so that its loss is named."""
    before = f"let pin = [{spelled}]\n".encode()
    found = [loss.pin for loss in lost(*read_both(find("go"), [before], [b"package pins\n"]))]
    assert found == [str(LEAF.pin)]


@pytest.mark.parametrize(
    "text",
    [
        "android/app/src/main/res/xml/network_security_",  # as long as a pin
        "0x00, 0x01, 0x02",
        f"{LEAF.pin.hex}00",
        base64.b64encode(bytes(33)).decode(),
    ],
)
def test_a_text_that_only_resembles_a_pin_is_not_a_loss(text: str) -> None:
    """Paths, short lists and longer digests are not taken for pins."""
    assert list(lost(*read_both(find("go"), [text.encode()], [b""]))) == []


@pytest.mark.parametrize("form", ["der", "pem"])
def test_a_certificate_beside_an_output_counts_by_its_key(form: str) -> None:
    """A certificate is lost if the new one has another key, and not if it has the same key."""
    old, new = Authority.root(), Authority.root()
    before, after = ((authority.der if form == "der" else authority.pem.encode()) for authority in (old, new))
    assert [loss.pin for loss in lost(*read_both_beside("a.cer", before, after))] == [old.pin]
    assert list(lost(*read_both_beside("a.cer", before, before))) == []


def test_a_file_beside_an_output_is_read_if_it_can_be() -> None:
    """Android's configuration, which expo-nsc writes beside its plugin, does not lose a host silently."""
    before, after = (
        export(Policy(hosts), find("android-nsc")).text.encode()
        for hosts in ((PINNED, HostPins("www.example.org", (LEAF,), include_subdomains=True)), (PINNED,))
    )
    losses = [str(loss) for loss in lost(*read_both_beside("pinned.xml", before, after))]
    assert "www.example.org: the host would be removed (it includes subdomains)" in losses


@pytest.mark.parametrize(
    ("of", "before", "message"),
    [
        (
            "tlsa",
            f"_443._tcp.a.test. IN TLSA 3 1 1 {LEAF.pin.hex}\n_443._tcp.a.test. IN TLSA 3 0 1 {'00' * 32}\n",
            "_443._tcp.a.test.: TLSA 3 0 1 pins certificates",
        ),
        (
            "envoy",
            json.dumps({"verify_certificate_hash": ["00" * 32], "verify_certificate_spki": [LEAF.pin.base64]}),
            "verify_certificate_hash pins certificates",
        ),
    ],
)
def test_a_setting_that_a_policy_cannot_hold_is_named(of: str, before: str, message: str) -> None:
    """If a reader leaves out a setting that is in force, the comparison names it."""
    after = export(Policy((HostPins("a.test", (LEAF,)),)), find(of)).text
    found = "\n".join(map(str, lost(*read_both(find(of), [before.encode()], [after.encode()]))))
    assert f"this would change: {message}" in found


def test_a_broken_part_hides_nothing() -> None:
    """A file with a pin that no policy accepts is searched as text, so that this pin is named too."""
    bad = "A" * 43 + "="
    before = export(Policy((PINNED,)), find("android-nsc")).text.replace(BACKUP.pin.base64, bad).encode()
    after = export(Policy((HostPins("api.example.org", (BACKUP,)),)), find("android-nsc")).text.encode()
    found = list(lost(*read_both(find("android-nsc"), [before], [after])))
    assert {loss.pin for loss in found if loss.pin} == {str(LEAF.pin), f"sha256/{bad}"}
    assert any(loss.host == "api.example.com" for loss in found)
