"""
Code for React Native passes exactly the policy to the libraries, and sends nothing before or without it.

The JavaScript and the types of the libraries are real. A stand-in for the phone records the values that reach their
native parts, which `test_react_native_java.py` tests.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import pytest

from pinsmith.formats import export, find
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import BACKUP, INTERMEDIATE, LEAF, certificates, certified
from tests.prove import node
from tests.prove.npm import NODE, NPM, packed
from tests.prove.odd import odd_variants
from tests.prove.subject import PROGRAMS, run
from tests.prove.test_react_native_java import EXPO

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.prove, pytest.mark.timeout(600)]

HASHES: Final = "react-native-ssl-public-key-pinning"
FETCH: Final = "react-native-ssl-pinning"
_FOLDER: Final = PROGRAMS / "react-native"
_KEYS: Final = (LEAF, BACKUP, INTERMEDIATE)
POLICY: Final = Policy(
    (
        HostPins("example.com", _KEYS, include_subdomains=True),
        HostPins("static.example.com", (), mode="off"),
        HostPins("api.example.org", _KEYS),
    )
)
_LASTING: Final = HostPins("api.example.com", (LEAF, BACKUP), expires=date(2999, 12, 31))
_OVER: Final = replace(_LASTING, host="static.example.com", expires=date(2020, 5, 1))
_LONG: Final = tuple(replace(_LASTING, host=f"{'x' * length}.{'y' * 40}.example.com") for length in range(1, 60, 7))
ENDING: Final = {"ending": Policy((_LASTING, _OVER)), "ended": Policy((_OVER,)), "long": Policy(_LONG)}
PINS: Final = [str(key.pin) for key in _KEYS]
DOMAIN: Final = {"includeSubdomains": False, "publicKeyHashes": [LEAF.pin.base64, BACKUP.pin.base64]}


_ACCEPTED: Final = {"accept-loss": ("exemptions-dropped",)}


def _text(target: str, policy: Policy) -> str:
    return export(certified(policy), find(target), options=_ACCEPTED, certificates=certificates(policy)).text


def _check(folder: Path) -> None:
    shutil.copy(_FOLDER / "tsconfig.json", folder)
    (folder / "library").mkdir()
    shutil.copy(node.packages() / FETCH / "index.js", folder / "library")
    node.check(folder)


@pytest.fixture(scope="module")
def phone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write, check and compile all modules of these tests."""
    NODE.find()
    NPM.find()
    folder = tmp_path_factory.mktemp("phone")
    (folder / node.PINS).mkdir()
    for target in (HASHES, FETCH):
        options = dict(find(target).example_options)
        for variant in odd_variants(target):
            text = variant.export(target, options).text
            (folder / node.PINS / f"{target}-{variant.name}.ts").write_text(text, "utf-8")
        (folder / node.PINS / f"{target}.ts").write_text(_text(target, POLICY), "utf-8")
    for name, policy in ENDING.items():
        (folder / node.PINS / f"{name}.ts").write_text(_text(HASHES, policy), "utf-8")
    broken = _text(FETCH, POLICY).replace("pkPinning: true", "pkPinning: false")
    (folder / node.PINS / "broken.ts").write_text(broken, "utf-8")
    allowed = export(
        certified(POLICY),
        find(HASHES),
        options=_ACCEPTED | {"allow-unpinned-fetch": True},
        certificates=certificates(POLICY),
    )
    (folder / node.PINS / "allowed.ts").write_text(allowed.text, "utf-8")
    unpinned = export(POLICY, find(HASHES), options=_ACCEPTED | {"unpinned-debug-builds": True})
    (folder / node.PINS / "unpinned.ts").write_text(unpinned.text, "utf-8")
    _check(folder)
    shutil.copy(_FOLDER / "phone.cjs", folder)
    shutil.copy(packed(*EXPO) / "build" / "winter" / "installGlobal.js", folder / "expo.mjs")
    return folder


def _call(phone: Path, module: str, *calls: list[Any], state: str = "ready") -> dict[str, Any]:
    arguments = map(json.dumps, calls)
    printed = run([NODE.find(), "phone.cjs", phone / "built" / node.PINS / f"{module}.js", state, *arguments], phone)
    found: dict[str, Any] = json.loads(printed)
    return found


def test_the_hashes_of_the_policy_reach_the_phone_once(phone: Path) -> None:
    """The native part gets each host with its hashes exactly once, even if the app starts pinning several times."""
    found = _call(phone, HASHES, ["startPinning"], ["startPinning"])
    domain = {"includeSubdomains": False, "publicKeyHashes": [key.pin.base64 for key in _KEYS]}
    expected = {"example.com": domain | {"includeSubdomains": True}, "api.example.org": domain}
    assert found["seen"] == [{"initialize": expected}]


@pytest.mark.parametrize(("state", "expected"), [("debug", ["networking"]), ("ready", ["initialize", "networking"])])
def test_only_a_debug_build_is_unpinned(phone: Path, state: str, expected: list[str]) -> None:
    """With the option for debug builds, the native part of a debug build gets no hashes, and that of a release does."""
    found = _call(phone, "unpinned", ["startPinning"], ["pinnedFetch", "https://api.example.org/"], state=state)
    assert [next(iter(event)) for event in found["seen"]] == expected


def test_pins_that_ended_do_not_reach_the_phone(phone: Path) -> None:
    """The code compares the day itself, because the native part of iOS would use the calendar of the device."""
    found = _call(phone, "ending", ["startPinning"])
    assert found["seen"] == [{"initialize": {"api.example.com": DOMAIN}}]
    found = _call(phone, "ended", ["pinnedFetch", "https://api.example.com/"])
    assert [next(iter(event)) for event in found["seen"]] == ["networking"]


def test_fetch_waits_for_the_pins(phone: Path) -> None:
    """A request is sent unchanged, after the pins are set."""
    asked = {"method": "POST", "headers": {"X-Own": "1"}, "body": "text"}
    found = _call(phone, HASHES, ["pinnedFetch", "https://api.example.org/", asked])
    assert [next(iter(event)) for event in found["seen"]] == ["initialize", "networking"]
    headers = {"content-type": "text/plain;charset=UTF-8", "x-own": "1"}
    sent = asked | {"url": "https://api.example.org/", "headers": headers}
    assert found["seen"][1]["networking"] == sent
    assert found["answers"] == [[200, "answer", "a: b"]]


def test_with_expo_the_request_uses_the_fetch_that_the_library_pins(phone: Path) -> None:
    """The request does not use Expo's fetch, which the library does not pin."""
    found = _call(phone, HASHES, ["pinnedFetch", "https://api.example.org/"], state="expo")
    assert [next(iter(event)) for event in found["seen"]] == ["initialize", "networking"]
    assert found["ended"] == [""]


def test_with_expo_the_start_fails_because_fetch_is_not_pinned(phone: Path) -> None:
    """The pins are set, but the start fails, and its error names the alternatives."""
    found = _call(phone, HASHES, ["startPinning"], state="expo")
    assert [next(iter(event)) for event in found["seen"]] == ["initialize"]
    (error,) = found["ended"]
    assert "the global fetch is not that of React Native, so it is not pinned" in error
    assert "EXPO_PUBLIC_USE_RN_FETCH=1" in error
    assert "expo-nsc and expo-ats" in error


def test_with_consent_an_app_with_expo_starts(phone: Path) -> None:
    """With the option for apps that send only with `pinnedFetch`, the start succeeds."""
    found = _call(phone, "allowed", ["startPinning"], ["pinnedFetch", "https://api.example.org/"], state="expo")
    assert [next(iter(event)) for event in found["seen"]] == ["initialize", "networking"]
    assert found["ended"] == ["", ""]


def test_a_start_that_failed_is_tried_again(phone: Path) -> None:
    """If the phone refuses once, the next call asks it again."""
    found = _call(phone, HASHES, ["startPinning"], ["startPinning"], state="failing-once")
    assert found["ended"] == ["the phone refuses", ""]


@pytest.mark.parametrize("state", ["failing", "missing"])
def test_nothing_is_sent_without_pins(phone: Path, state: str) -> None:
    """If the pins cannot be set, no request is sent, and the start fails."""
    found = _call(phone, HASHES, ["pinnedFetch", "https://api.example.org/"], ["startPinning"], state=state)
    assert all(found["ended"])
    assert not [event for event in found["seen"] if "networking" in event]


def test_mismatches_are_reported(phone: Path) -> None:
    """The listener of the app gets the mismatches that the library reports."""
    found = _call(phone, HASHES, ["onMismatch", "LISTENER"])
    assert found["listeners"] == ["pinning-error"]
    assert found["seen"] == [{"mismatch": {"serverHostname": "reported"}}]


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://example.com/", "https://example.com/"),
        ("https://a.b.example.com/p?q=%20#part", "https://a.b.example.com/p?q=%20"),
        ("HTTPS://API.example.ORG.:8443", "https://api.example.org:8443"),
        ("https://example.com?q", "https://example.com?q"),
    ],
)
def test_pinned_hosts_are_asked_with_their_pins(phone: Path, url: str, asked: str) -> None:
    """The native part gets the policy's pins, and options that could switch pinning off are overruled."""
    given = {"method": "GET", "disableAllSecurity": True, "pkPinning": False, "sslPinning": {"certs": []}}
    found = _call(phone, FETCH, ["pinnedFetch", url, given])
    pinning = {"disableAllSecurity": False, "pkPinning": True, "sslPinning": {"certs": PINS}}
    assert found["seen"] == [{"fetch": [asked, {"method": "GET", **pinning}]}]
    assert found["ended"] == [""]


@pytest.mark.parametrize(
    "url",
    [
        "https://other.example.net/",
        "https://www.example.com/",
        "https://static.example.com/",
        "https://sub.api.example.org/",
        "https://xexample.com/",
        "http://example.com/",
        "https://example.com@evil.example.net/",
        "https://evil.example.net\\@example.com/",
        "https://example.com\\.evil.example.net/",
        "https://user@example.com/",
        " https://example.com/",
        "https://example.com/\n",
        "https://example.com/a b",
        "https://example.com/%zz",
        "https://-a.example.com/",
        "https://a_b.example.com/",
        "https://a..example.com/",
        "https://[::1]/",
        "https://example.com:99999/",
        "https://example.com:0/",
        f"https://{'x' * 64}.example.com/",
        "example.com",
        "",
    ],
)
def test_nothing_else_is_asked(phone: Path, url: str) -> None:
    """Hosts without pins are refused, and so are URLs that the two platforms could read differently."""
    found = _call(phone, FETCH, ["pinnedFetch", url])
    assert found["seen"] == []
    assert found["ended"] != [""]


def test_the_stand_in_notices_requests_without_pins(phone: Path) -> None:
    """The control: the stand-in notices code that sends requests without pins."""
    found = _call(phone, "broken", ["pinnedFetch", "https://example.com/"])
    assert found["seen"][0]["fetch"][1]["pkPinning"] is False


def test_types_are_checked(tmp_path: Path) -> None:
    """The check refuses code that the library's types forbid."""
    (tmp_path / node.PINS).mkdir()
    wrong = _text(HASHES, POLICY).replace("publicKeyHashes:", "hashes:")
    (tmp_path / node.PINS / "wrong.ts").write_text(wrong, "utf-8")
    with pytest.raises(AssertionError, match="'hashes' does not exist"):
        _check(tmp_path)


def test_layout_is_checked(tmp_path: Path) -> None:
    """The check refuses code that prettier would change."""
    (tmp_path / node.PINS).mkdir()
    (tmp_path / node.PINS / "wrong.ts").write_text("export const  a = 1\n", "utf-8")
    with pytest.raises(AssertionError, match=r"wrong\.ts"):
        _check(tmp_path)
