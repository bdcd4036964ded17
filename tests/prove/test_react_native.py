"""
Code for React Native gives the libraries exactly the policy, and nothing is sent before or without it.

Their JavaScript and their types are the real ones. A stand-in for the phone records what their native parts are given;
what those do with it is tested in `test_react_native_java.py`.
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
    """Write, check and compile all that is tried."""
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
    _check(folder)
    shutil.copy(_FOLDER / "phone.cjs", folder)
    shutil.copy(packed(*EXPO) / "build" / "winter" / "installGlobal.js", folder / "expo.mjs")
    return folder


def _call(phone: Path, module: str, *calls: list[Any], state: str = "ready") -> dict[str, Any]:
    told = map(json.dumps, calls)
    said = run([NODE.find(), "phone.cjs", phone / "built" / node.PINS / f"{module}.js", state, *told], phone)
    found: dict[str, Any] = json.loads(said)
    return found


def test_the_hashes_of_the_policy_reach_the_phone_once(phone: Path) -> None:
    """The native part is given each host with its hashes, one time, however often the app starts pinning."""
    found = _call(phone, HASHES, ["startPinning"], ["startPinning"])
    domain = {"includeSubdomains": False, "publicKeyHashes": [key.pin.base64 for key in _KEYS]}
    expected = {"example.com": domain | {"includeSubdomains": True}, "api.example.org": domain}
    assert found["seen"] == [{"initialize": expected}]


def test_pins_that_ended_do_not_reach_the_phone(phone: Path) -> None:
    """The code looks at the day, for the native part of iOS would read it in the calendar of the device."""
    found = _call(phone, "ending", ["startPinning"])
    assert found["seen"] == [{"initialize": {"api.example.com": DOMAIN}}]
    found = _call(phone, "ended", ["pinnedFetch", "https://api.example.com/"])
    assert [next(iter(each)) for each in found["seen"]] == ["networking"]


def test_fetch_waits_for_the_pins(phone: Path) -> None:
    """A request goes out after the pins are set, as it was asked for."""
    asked = {"method": "POST", "headers": {"X-Own": "1"}, "body": "text"}
    found = _call(phone, HASHES, ["pinnedFetch", "https://api.example.org/", asked])
    assert [next(iter(each)) for each in found["seen"]] == ["initialize", "networking"]
    headers = {"content-type": "text/plain;charset=UTF-8", "x-own": "1"}
    sent = asked | {"url": "https://api.example.org/", "headers": headers}
    assert found["seen"][1]["networking"] == sent
    assert found["answers"] == [[200, "answer", "a: b"]]


def test_with_expo_fetch_is_built_on_what_the_library_pins(phone: Path) -> None:
    """Expo's fetch, which the library does not pin, is not asked."""
    found = _call(phone, HASHES, ["pinnedFetch", "https://api.example.org/"], state="expo")
    assert [next(iter(each)) for each in found["seen"]] == ["initialize", "networking"]
    assert found["ended"] == [""]


def test_with_expo_the_app_does_not_start_as_if_all_were_pinned(phone: Path) -> None:
    """The pins are set, and the start is refused, naming the ways out."""
    found = _call(phone, HASHES, ["startPinning"], state="expo")
    assert [next(iter(each)) for each in found["seen"]] == ["initialize"]
    (told,) = found["ended"]
    assert "the global fetch is not that of React Native, so it is not pinned" in told
    assert "EXPO_PUBLIC_USE_RN_FETCH=1" in told
    assert "expo-nsc and expo-ats" in told


def test_with_consent_an_app_with_expo_starts(phone: Path) -> None:
    """The option is the consent of who sends with `pinnedFetch` alone."""
    found = _call(phone, "allowed", ["startPinning"], ["pinnedFetch", "https://api.example.org/"], state="expo")
    assert [next(iter(each)) for each in found["seen"]] == ["initialize", "networking"]
    assert found["ended"] == ["", ""]


def test_a_start_that_failed_is_tried_again(phone: Path) -> None:
    """The phone may refuse once; the next call asks it again."""
    found = _call(phone, HASHES, ["startPinning"], ["startPinning"], state="failing-once")
    assert found["ended"] == ["the phone refuses", ""]


@pytest.mark.parametrize("state", ["failing", "missing"])
def test_nothing_is_sent_without_pins(phone: Path, state: str) -> None:
    """If the pins cannot be set, no request goes out, and starting says so."""
    found = _call(phone, HASHES, ["pinnedFetch", "https://api.example.org/"], ["startPinning"], state=state)
    assert all(found["ended"])
    assert not [each for each in found["seen"] if "networking" in each]


def test_mismatches_are_told(phone: Path) -> None:
    """The listener is that of the library."""
    found = _call(phone, HASHES, ["onMismatch", "LISTENER"])
    assert found["listeners"] == ["pinning-error"]
    assert found["seen"] == [{"told": {"serverHostname": "told"}}]


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
    """The native part is given the policy's pins, and what it could switch pinning off with is overruled."""
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
    """Hosts without pins are refused, and so is what the two platforms could read in different ways."""
    found = _call(phone, FETCH, ["pinnedFetch", url])
    assert found["seen"] == []
    assert found["ended"] != [""]


def test_the_stand_in_sees_what_is_wrong(phone: Path) -> None:
    """Code that asks without pins is told from code that asks with them."""
    found = _call(phone, "broken", ["pinnedFetch", "https://example.com/"])
    assert found["seen"][0]["fetch"][1]["pkPinning"] is False


def test_types_are_checked(tmp_path: Path) -> None:
    """Code that the library's types forbid does not pass."""
    (tmp_path / node.PINS).mkdir()
    wrong = _text(HASHES, POLICY).replace("publicKeyHashes:", "hashes:")
    (tmp_path / node.PINS / "wrong.ts").write_text(wrong, "utf-8")
    with pytest.raises(AssertionError, match="'hashes' does not exist"):
        _check(tmp_path)


def test_layout_is_checked(tmp_path: Path) -> None:
    """Code that prettier would write in another way does not pass."""
    (tmp_path / node.PINS).mkdir()
    (tmp_path / node.PINS / "wrong.ts").write_text("export const  a = 1\n", "utf-8")
    with pytest.raises(AssertionError, match=r"wrong\.ts"):
        _check(tmp_path)
