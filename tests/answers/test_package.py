"""The answer for each host of an app package."""

from __future__ import annotations

import plistlib
from datetime import date
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.answers import Answer, HostAnswer, answers_of_package, pinned_files
from pinsmith.audit import packages
from pinsmith.rules import RULES, lint
from tests.audit.packages.android import NAMED, NSC, PATH, apk, axml, dex
from tests.audit.packages.make import PINS, archive, hermes, ipa, macho, saved
from tests.formats.policy import pin

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TODAY: Final = date(2027, 1, 1)
HOST: Final = "api.example.com"
URL: Final = f"https://{HOST}/v1"
TEXT: Final = f"https://v2.{HOST}/ https://www.example.com/"
PIN: Final = f"sha256/{PINS[0]}"
OPENSSL: Final = b"crypto/../ssl/ssl_lib.cc\0"
FLUTTER: Final = {"lib/arm64-v8a/libapp.so": b"\x7fELF" + bytes(60) + PIN.encode() + b"\0" + URL.encode() + b"\0"}
APPLE: Final = {
    "NSAppTransportSecurity": {
        "NSPinnedDomains": {
            HOST: {
                "NSPinnedLeafIdentities": [{"SPKI-SHA256-BASE64": pin} for pin in PINS[:2]],
                "NSIncludesSubdomains": True,
            }
        }
    }
}


def _answers(folder: Path, content: bytes, today: date = TODAY) -> dict[str, HostAnswer]:
    package = packages.read(saved(folder, content))
    return {answer.host: answer for answer in answers_of_package(package, today)}


def _apk(files: Mapping[str, bytes | str], application: str = "") -> bytes:
    return apk(application, files)


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (_apk({PATH: axml(NSC), "classes.dex": dex([URL])}, NAMED), Answer.YES),
        (_apk({PATH: axml(NSC), "classes.dex": dex([URL])}), Answer.NO),
        (_apk({"classes.dex": dex([URL])}), Answer.NO),
        (_apk({"assets/index.android.bundle": hermes([PIN, URL])}), Answer.UNPROVEN),
        (_apk(FLUTTER), Answer.UNPROVEN),
        (ipa(APPLE), Answer.YES),
        (ipa(APPLE, {"main.jsbundle": hermes([URL])}), Answer.YES),
        (ipa(APPLE, {"Frameworks/Flutter.framework/Flutter": macho(OPENSSL)}), Answer.UNPROVEN),
        (ipa(APPLE, {"Shop": macho(b"CRNPinnedHost")}), Answer.UNPROVEN),
        (ipa(APPLE, {"Shop": macho(OPENSSL)}), Answer.UNPROVEN),
        (ipa(files={"Shop": macho(OPENSSL + URL.encode())}), Answer.NO),
        (_apk({PATH: axml(NSC), "lib/arm64-v8a/libnet.so": b"\x7fELF" + bytes(60) + OPENSSL}, NAMED), Answer.UNPROVEN),
        (ipa(files={"Shop": macho(URL.encode())}), Answer.NO),
    ],
    ids=[
        "declared",
        "not named",
        "none",
        "React Native",
        "Flutter",
        "iOS declared",
        "iOS React Native",
        "iOS Flutter",
        "iOS Cronet",
        "iOS OpenSSL",
        "iOS OpenSSL alone",
        "OpenSSL",
        "iOS none",
    ],
)
def test_an_app_is_answered_per_host(tmp_path: Path, content: bytes, answer: Answer) -> None:
    """Only a declaration that takes effect is "yes"; pins in code are unproven."""
    assert _answers(tmp_path, content)[HOST].answer is answer


def test_what_cannot_be_read_is_not_no(tmp_path: Path) -> None:
    """The hosts of an app with encrypted code are "cannot tell", with the reason."""
    app = ipa(files={"Shop": macho(b"", encrypted=True), "config.json": f'{{"url": "{URL}"}}'})
    found = _answers(tmp_path, app)[HOST]
    assert found.answer is Answer.UNKNOWN
    assert "encrypted" in found.mechanisms[0].reason


def test_hosts_of_variants_that_differ_are_not_lost(tmp_path: Path) -> None:
    """A host that the variants of an app pin in different ways is "cannot tell", whatever its parent pins."""
    begin, end = NSC.index("  <domain-config>"), NSC.index("</network")
    parent = NSC[begin:end].replace(HOST, "example.com")
    ours, others = NSC[begin:end], NSC[begin:end].replace(PINS[1], pin("other").base64)
    files = {
        f"{number}.apk": _apk({PATH: axml(NSC[:begin] + parent + child + NSC[end:]), "assets/a.txt": TEXT}, NAMED)
        for number, child in enumerate((ours, others))
    }
    found = _answers(tmp_path, archive(files))
    assert {host: answer.answer for host, answer in found.items()} == {
        HOST: Answer.UNKNOWN,
        f"v2.{HOST}": Answer.UNKNOWN,
        "example.com": Answer.YES,
        "www.example.com": Answer.YES,
    }
    assert found[HOST].is_own
    assert "another variant" in found[HOST].mechanisms[0].reason


def test_declared_pins_end(tmp_path: Path) -> None:
    """On the day of their expiry, the pins of a declaration no longer count."""
    content = _apk({PATH: axml(NSC)}, NAMED)
    assert _answers(tmp_path, content, date(2031, 4, 30))[HOST].answer is Answer.YES
    assert _answers(tmp_path, content, date(2031, 5, 1))[HOST].answer is Answer.NO


def test_a_stack_that_ignores_declarations_takes_the_yes_away(tmp_path: Path) -> None:
    """With the TLS of Flutter in the package, a declaration is not the whole answer."""
    files = {PATH: axml(NSC), "lib/arm64-v8a/libflutter.so": b"\x7fELF" + bytes(60), **FLUTTER}
    found = _answers(tmp_path, _apk(files, NAMED))[HOST]
    assert found.answer is Answer.UNPROVEN
    assert any("ignore" in mechanism.reason for mechanism in found.mechanisms)


@pytest.mark.parametrize(("source", "answer"), [("system", Answer.NO), ("@raw/ca", Answer.UNPROVEN)])
def test_pins_that_are_overridden_are_not_yes(tmp_path: Path, source: str, answer: Answer) -> None:
    """Anchors with overridePins need no pinned key, so the declaration is void, or at least not certain."""
    anchors = f'<trust-anchors><certificates src="{source}" overridePins="true"/></trust-anchors>'
    text = NSC.replace("<domain-config", f"<base-config>{anchors}</base-config><domain-config", 1)
    (mechanism, *_) = _answers(tmp_path, _apk({PATH: axml(text)}, NAMED))[HOST].mechanisms
    assert mechanism.answer is answer
    assert "without a pinned key" in mechanism.reason


def test_a_debug_build_is_not_yes(tmp_path: Path) -> None:
    """In a debug build, the anchors of debug-overrides need no pinned key."""
    overrides = '<debug-overrides><trust-anchors><certificates src="user"/></trust-anchors></debug-overrides>'
    files = {PATH: axml(NSC.replace("</network", f"{overrides}</network"))}
    assert _answers(tmp_path, _apk(files, NAMED))[HOST].answer is Answer.YES
    debug = _answers(tmp_path, _apk(files, f'{NAMED} android:debuggable="true"'))[HOST]
    assert debug.answer is Answer.UNPROVEN


def test_hosts_of_others_are_told_apart(tmp_path: Path) -> None:
    """A host in the domain of the application id is the owner's; others are not."""
    app = _apk({"classes.dex": dex([URL, "https://ads.example.net/x"])})
    assert {host: answer.is_own for host, answer in _answers(tmp_path, app).items()} == {
        HOST: True,
        "ads.example.net": False,
    }


def test_rules_about_pins_apply_to_declarations(tmp_path: Path) -> None:
    """Declared pins have the findings that they have in a source tree, with the path inside the package."""
    lone = "\n".join(line for line in NSC.splitlines() if PINS[1] not in line)
    package = packages.read(saved(tmp_path, _apk({PATH: axml(lone)}, NAMED)))
    (found,) = [one for one in lint(pinned_files(package, TODAY), RULES) if one.rule == "missing-backup-pin"]
    assert str(found.place) == f"{package.file}!/{PATH}"


@pytest.mark.parametrize(
    ("host", "android", "ios"),
    [("v2.api.example.com", Answer.YES, Answer.YES), ("a.v2.api.example.com", Answer.YES, Answer.NO)],
)
def test_a_parent_covers_its_subdomains(tmp_path: Path, host: str, android: Answer, ios: Answer) -> None:
    """A host below a declared one has its answer: at any depth on Android, and one label below on iOS."""
    url = f"https://{host}/"
    declared = {**APPLE["NSAppTransportSecurity"]["NSPinnedDomains"][HOST], "NSIncludesSubdomains": True}
    keys = {"NSAppTransportSecurity": {"NSPinnedDomains": {HOST: declared}}}
    assert _answers(tmp_path, _apk({PATH: axml(NSC), "classes.dex": dex([url])}, NAMED))[host].answer is android
    assert _answers(tmp_path, ipa(keys, {"Shop": macho(url.encode())}))[host].answer is ios


def test_a_pin_beside_a_host_does_not_make_it_the_owners(tmp_path: Path) -> None:
    """A host of others stays one if the text of a pin stands near it."""
    files = {"assets/index.android.bundle": f'{{"cdn.example.net": ["{PIN}"], "u": "https://cdn.example.net/"}}'}
    assert not _answers(tmp_path, _apk(files))["cdn.example.net"].is_own


EXTENSION: Final = "PlugIns/Share.appex"
OTHER: Final = "Watch/Clock.app"
PLAIN: Final = plistlib.dumps({"CFBundleExecutable": "Share"})
SAME: Final = plistlib.dumps(APPLE, fmt=plistlib.FMT_BINARY)
FRAMEWORK: Final = "Frameworks/Net.framework/Net"
CALLS: Final = macho(URL.encode())
LOADS: Final = macho(loads=["/usr/lib/libSystem.B.dylib", "@rpath/Api.framework/Api"])
NEXT: Final = macho(loads=["@executable_path/../../Frameworks/Net.framework/Net"])


@pytest.mark.parametrize(
    ("keys", "files", "answer", "reason"),
    [
        (APPLE, {f"{EXTENSION}/Info.plist": PLAIN, f"{EXTENSION}/Share": macho()}, Answer.YES, ""),
        (APPLE, {f"{EXTENSION}/Info.plist": PLAIN, f"{EXTENSION}/Share": CALLS}, Answer.UNPROVEN, "in PlugIns/Share"),
        (APPLE, {f"{EXTENSION}/Info.plist": SAME, f"{EXTENSION}/Share": CALLS}, Answer.YES, ""),
        (APPLE, {f"{OTHER}/Info.plist": PLAIN, f"{OTHER}/Clock": CALLS}, Answer.UNPROVEN, "in Watch/Clock.app too"),
        (APPLE, {"AppClips/C.app/Info.plist": PLAIN, "AppClips/C.app/C": CALLS}, Answer.UNPROVEN, "in AppClips/C.app"),
        (APPLE, {f"{EXTENSION}/Info.plist": b"<", f"{EXTENSION}/Share": macho()}, Answer.UNPROVEN, "cannot be read"),
        (
            APPLE,
            {f"{EXTENSION}/Info.plist": PLAIN, f"{EXTENSION}/Share": macho(encrypted=True)},
            Answer.UNPROVEN,
            "encrypted",
        ),
        (
            APPLE,
            {
                f"{EXTENSION}/Info.plist": PLAIN,
                f"{EXTENSION}/Share": LOADS,
                "Frameworks/Api.framework/Api": NEXT,
                FRAMEWORK: CALLS,
            },
            Answer.UNPROVEN,
            "in PlugIns/Share.appex too",
        ),
        (APPLE, {f"{EXTENSION}/Info.plist": PLAIN, f"{EXTENSION}/Share": LOADS, FRAMEWORK: CALLS}, Answer.YES, ""),
        ({}, {f"{EXTENSION}/Info.plist": SAME, f"{EXTENSION}/Share": CALLS}, Answer.UNPROVEN, "only an extension"),
        (
            APPLE,
            {
                f"{OTHER}/Info.plist": SAME,
                f"{OTHER}/Clock": macho(),
                f"{OTHER}/{EXTENSION}/Info.plist": PLAIN,
                f"{OTHER}/{EXTENSION}/Share": CALLS,
            },
            Answer.UNPROVEN,
            f"in {OTHER}/{EXTENSION} too",
        ),
    ],
    ids=[
        "an extension that does not name it", "an extension that names it", "an extension that pins it", "a watch app",
        "an App Clip", "an extension that cannot be read", "an encrypted extension", "a framework of both",
        "a framework of the app", "an extension alone", "an extension of a watch app",
    ],
)  # fmt: skip
def test_each_process_of_an_ios_app_has_its_own_pins(
    tmp_path: Path, keys: Mapping[str, object], files: Mapping[str, bytes], answer: Answer, reason: str
) -> None:
    """A host is "yes" only if every part that may request it pins it in its own Info.plist."""
    found = _answers(tmp_path, ipa(keys, {"Shop": CALLS, **files}))[HOST]
    assert found.answer is answer
    assert reason in found.mechanisms[0].reason


def test_pins_of_a_parent_count_in_an_extension(tmp_path: Path) -> None:
    """A host below a pinned one is "yes" if the extension that names it pins the same parent, and not otherwise."""
    call = macho(b"https://v2.api.example.com/")
    for own, answer in ((SAME, Answer.YES), (PLAIN, Answer.UNPROVEN)):
        files = {f"{EXTENSION}/Info.plist": own, f"{EXTENSION}/Share": call}
        assert _answers(tmp_path, ipa(APPLE, files))["v2.api.example.com"].answer is answer
