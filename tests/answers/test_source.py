"""The answer for each host of a source tree."""

from __future__ import annotations

from datetime import date
from typing import Final

import pytest

from pinsmith.answers import Answer, HostAnswer, Mentions, answers_of_source
from pinsmith.rules import read
from tests.formats.policy import pin

TODAY: Final = date(2027, 1, 1)
HOST: Final = "api.example.com"
XMLNS: Final = (
    'xmlns:android="http://schemas.android.com/apk/res/android" xmlns:tools="http://schemas.android.com/tools"'
)
MANIFEST: Final = f'<manifest {XMLNS}><application android:networkSecurityConfig="@xml/nsc"/></manifest>'
OTHER_MANIFEST: Final = MANIFEST.replace("@xml/nsc", "@xml/other")
BARE_MANIFEST: Final = f"<manifest {XMLNS}><application/></manifest>"
MAIN: Final = "app/src/main/AndroidManifest.xml"
IN_MAIN: Final = "app/src/main/res/xml/nsc.xml"
NSC: Final = (
    "<network-security-config><domain-config><domain includeSubdomains='true'>{host}</domain>"
    "<pin-set{expires}><pin digest='SHA-256'>{one}</pin><pin digest='SHA-256'>{two}</pin></pin-set>"
    "</domain-config></network-security-config>"
)
OKHTTP: Final = f'val p = CertificatePinner.Builder().add("{HOST}", "{pin("one")}", "{pin("two")}").build()\n'
TRUST_ALL: Final = "val m = object : X509TrustManager { override fun checkServerTrusted(c: A, t: B) {} }\n"


def _nsc(expires: str = "") -> str:
    return NSC.format(host=HOST, expires=expires, one=pin("one").base64, two=pin("two").base64)


def _answers(files: dict[str, str], *domains: str) -> dict[str, HostAnswer]:
    mentions = Mentions()
    for name, text in files.items():
        mentions.read(text.encode("utf-8"), name)
    pinned = [read(text.encode(), name, today=TODAY) for name, text in files.items() if "anifest" not in name]
    return {answer.host: answer for answer in answers_of_source(pinned, mentions, domains)}


@pytest.mark.parametrize(
    ("files", "answer", "reason"),
    [
        ({MAIN: MANIFEST, IN_MAIN: _nsc()}, Answer.YES, ""),
        ({IN_MAIN: _nsc()}, Answer.UNPROVEN, "no AndroidManifest.xml was found that names it"),
        ({MAIN: OTHER_MANIFEST, IN_MAIN: _nsc()}, Answer.NO, "no AndroidManifest.xml names it"),
        (
            {MAIN: MANIFEST, IN_MAIN: _nsc(' expiration="2026-12-31"')},
            Answer.NO,
            "its pins ended on 2026-12-31",
        ),
        ({"Net.kt": OKHTTP}, Answer.UNPROVEN, "only the lab can prove"),
        (
            {
                "Net.kt": OKHTTP
                + "val m = object : X509TrustManager { override fun checkServerTrusted(c: A, t: B) {} }\n"
            },
            Answer.NO,
            "the code does not protect: pins-without-chain-check",
        ),
    ],
    ids=["declared", "no manifest", "other manifest", "ended", "code", "void code"],
)
def test_yes_is_only_said_for_what_the_system_enforces(files: dict[str, str], answer: Answer, reason: str) -> None:
    """A declaration that the manifest names is "yes"; code is unproven; what has ended or is void is "no"."""
    found = _answers(files)[HOST]
    assert found.answer is answer
    assert reason in found.mechanisms[0].reason
    assert bool(found.mechanisms[0].reason) == bool(reason)


@pytest.mark.parametrize(
    ("dart", "answer", "reason"),
    [
        (f'final url = "https://{HOST}/v1";\n', Answer.NO, "Dart requests it (lib/api.dart:1), and does not read"),
        ("final url = environment.url; // see pinning.md\n", Answer.UNPROVEN, "Dart does not read it"),
    ],
    ids=["requested by Dart", "unclear"],
)
def test_dart_does_not_read_what_android_enforces(dart: str, answer: Answer, reason: str) -> None:
    """A declaration in a Flutter project is not "yes", because the requests of Dart ignore it."""
    files = {"android/AndroidManifest.xml": MANIFEST, "android/res/xml/nsc.xml": _nsc(), "lib/api.dart": dart}
    found = _answers({**files, "pubspec.yaml": "dependencies:\n  flutter:\n    sdk: flutter\n"})[HOST]
    assert found.answer is answer
    assert found.mechanisms[0].reason.startswith(reason)


OVERRIDE: Final = (
    '<base-config><trust-anchors><certificates src="{}" overridePins="true"/></trust-anchors></base-config>'
)
NAMES: Final = f"{XMLNS}><!-- {MANIFEST} --><application"


@pytest.mark.parametrize(
    ("files", "answer", "reason"),
    [
        ({MAIN: BARE_MANIFEST.replace(f"{XMLNS}><application", NAMES)}, Answer.NO, "no AndroidManifest.xml names it"),
        ({MAIN: MANIFEST.replace("android:n", "tools:n")}, Answer.NO, "no AndroidManifest.xml names it"),
        ({MAIN: MANIFEST.replace("application ", "activity ")}, Answer.NO, "no AndroidManifest.xml names it"),
        (
            {MAIN: MANIFEST.replace("/></m", ' tools:remove="android:networkSecurityConfig"/></m')},
            Answer.UNPROVEN,
            "it is not known which configuration",
        ),
        ({MAIN: MANIFEST.replace("@xml/nsc", "${nsc}")}, Answer.UNPROVEN, "it is not known which configuration"),
        ({MAIN: "<manifest>"}, Answer.UNPROVEN, "it is not known which configuration"),
        ({MAIN: BARE_MANIFEST, "demo/src/main/AndroidManifest.xml": MANIFEST}, Answer.UNPROVEN, "another module"),
        ({MAIN: BARE_MANIFEST, "app/src/androidTest/AndroidManifest.xml": MANIFEST}, Answer.NO, "or tests names it"),
        ({MAIN: BARE_MANIFEST, "app/src/paid/AndroidManifest.xml": MANIFEST}, Answer.UNPROVEN, "of src/paid names it"),
        (
            {MAIN: MANIFEST, "app/src/release/AndroidManifest.xml": OTHER_MANIFEST},
            Answer.UNPROVEN,
            "in some builds app/src/release/AndroidManifest.xml names another configuration",
        ),
        (
            {MAIN: MANIFEST, "app/src/release/res/xml/nsc.xml": "<network-security-config/>"},
            Answer.UNPROVEN,
            "app/src/release/res/xml/nsc.xml replaces it",
        ),
        (
            {MAIN: MANIFEST, "app/src/main/res/xml-v28/nsc.xml": "<network-security-config/>"},
            Answer.UNPROVEN,
            "on some devices app/src/main/res/xml-v28/nsc.xml replaces it",
        ),
        ({MAIN: MANIFEST, "app/src/debug/res/xml/nsc.xml": "<network-security-config/>"}, Answer.YES, ""),
        ({MAIN: MANIFEST, "app/src/debug/AndroidManifest.xml": OTHER_MANIFEST}, Answer.YES, ""),
        ({MAIN: MANIFEST, "lib/src/main/AndroidManifest.xml": OTHER_MANIFEST}, Answer.YES, ""),
        (
            {MAIN: MANIFEST, IN_MAIN: _nsc().replace("<domain-config>", OVERRIDE.format("system") + "<domain-config>")},
            Answer.NO,
            "overridePins accepts every authority",
        ),
        (
            {MAIN: MANIFEST, IN_MAIN: _nsc().replace("<domain-config>", OVERRIDE.format("@raw/a") + "<domain-config>")},
            Answer.UNPROVEN,
            "overridePins accepts some chains",
        ),
        ({MAIN: MANIFEST, "app/src/main/A.kt": "val e = CronetEngine.Builder(c)"}, Answer.UNPROVEN, "Cronet is in"),
    ],
)  # fmt: skip
def test_android_must_read_the_configuration(files: dict[str, str], answer: Answer, reason: str) -> None:
    """A name in a comment, another module, another build or a test does not make a configuration "yes"."""
    mechanism = _answers({IN_MAIN: _nsc(), **files})[HOST].mechanisms[0]
    assert mechanism.answer is answer
    assert reason in mechanism.reason
    assert bool(mechanism.reason) == bool(reason)


ANCHORS: Final = OVERRIDE.partition("<base-config>")[2].partition("</base-config>")[0]


@pytest.mark.parametrize(
    ("before", "inside", "answer"),
    [
        ("<domain-config><domain>www.example.com</domain>" + ANCHORS.format("system") + "</domain-config>", "", "yes"),
        (OVERRIDE.format("system"), ANCHORS.format("system").replace("true", "false"), "yes"),
        (OVERRIDE.format("system"), "<trust-anchors/>", "yes"),
        ("", ANCHORS.format("system"), "no"),
        (OVERRIDE.format("@raw/a"), "", "code present, unproven"),
        (OVERRIDE.format("system").replace("base-config", "debug-overrides"), "", "yes"),
    ],
    ids=["of another host", "host resets it", "host trusts nobody", "of the host", "of all", "of debug builds"],
)
def test_anchors_override_the_pins_of_their_hosts_alone(before: str, inside: str, answer: str) -> None:
    """A host has the anchors of its own configuration or, if that has none, those of the base configuration."""
    text = _nsc().replace("<domain-config>", f"{before}<domain-config>").replace("<pin-set", f"{inside}<pin-set", 1)
    assert str(_answers({MAIN: MANIFEST, IN_MAIN: text})[HOST].answer) == answer


@pytest.mark.parametrize(
    ("name", "answer", "reason"),
    [
        ("docs/nsc.xml", Answer.UNPROVEN, "it is not in a folder res/xml"),
        ("core/src/main/res/xml/nsc.xml", Answer.UNPROVEN, "another module"),
        ("app/src/paid/res/xml/nsc.xml", Answer.UNPROVEN, "only the builds of src/paid contain it"),
        ("app/src/debug/res/xml/nsc.xml", Answer.NO, "only the builds of src/debug contain it"),
    ],
)
def test_the_configuration_must_be_part_of_the_app(name: str, answer: Answer, reason: str) -> None:
    """A file with the right name is not enough: the builds of the module must contain it."""
    mechanism = _answers({MAIN: MANIFEST, name: _nsc()})[HOST].mechanisms[0]
    assert mechanism.answer is answer
    assert reason in mechanism.reason


def _plist(more: str = "") -> str:
    pins = "".join(
        f"<dict><key>SPKI-SHA256-BASE64</key><string>{pin(name).base64}</string></dict>" for name in ("one", "two")
    )
    return (
        f'<plist version="1.0"><dict>{more}<key>NSAppTransportSecurity</key><dict><key>NSPinnedDomains</key><dict>'
        f"<key>{HOST}</key><dict><key>NSIncludesSubdomains</key><true/>"
        f"<key>NSPinnedLeafIdentities</key><array>{pins}</array></dict></dict></dict></dict></plist>"
    )


@pytest.mark.parametrize(
    ("name", "more", "answer"),
    [
        ("App/Info.plist", "", Answer.YES),
        ("App/App-Info.plist", "", Answer.YES),
        ("App/Pins.plist", "", Answer.UNPROVEN),
        ("Share/Info.plist", "<key>NSExtension</key><dict/>", Answer.UNPROVEN),
        ("Tests/Info.plist", "<key>CFBundlePackageType</key><string>BNDL</string>", Answer.UNPROVEN),
    ],
)
def test_only_the_property_list_of_an_app_is_read(name: str, more: str, answer: Answer) -> None:
    """Pins in a property list of an extension, of tests, or with any other name are not "yes"."""
    assert _answers({name: _plist(more)})[HOST].answer is answer


@pytest.mark.parametrize(
    ("plist", "code", "answer"),
    [
        ("Share/Info.plist", "Share/Api/Share.swift", Answer.UNPROVEN),
        ("Share/Info.plist", "App/Api.swift", Answer.YES),
        ("Share/Info.plist", "Share/Api.kt", Answer.YES),
        ("Info.plist", "App/Api.swift", Answer.YES),
    ],
    ids=["code of the extension", "code of the app", "other code", "an app inside"],
)
def test_an_extension_needs_its_own_pins(plist: str, code: str, answer: Answer) -> None:
    """A host that an extension's code mentions is "yes" only if the extension's property list pins it, too."""
    same = _plist("<key>NSExtension</key><dict/>")
    files = {"App/Info.plist": _plist(), code: f'let url = "https://{HOST}/"\n'}
    assert _answers({**files, plist: same.replace(HOST, "cdn.example.org")})[HOST].answer is answer
    assert _answers({**files, plist: same})[HOST].answer is Answer.YES


@pytest.mark.parametrize(
    ("name", "text", "answer"),
    [
        ("app/lib/a.dart", "client.badCertificateCallback = (c, host, port) => isOurs(c);\n", Answer.UNPROVEN),
        ("app/lib/a.dart", f"final url = Uri.parse('https://{HOST}/');\n", Answer.YES),
        ("app/test/a_test.dart", "client.badCertificateCallback = (c, host, port) => true;\n", Answer.YES),
        ("other/lib/a.dart", "client.badCertificateCallback = (c, host, port) => isOurs(c);\n", Answer.YES),
        ("app/ios/Runner/Net.swift", "import Cronet\n", Answer.UNPROVEN),
    ],
    ids=["a callback", "no callback", "a callback of tests", "a callback of another project", "Cronet"],
)
def test_dart_asks_ios_unless_it_has_a_callback(name: str, text: str, answer: Answer) -> None:
    """Dart lets iOS compare declared pins, so they are "yes" unless its code may overrule iOS; Cronet does not ask."""
    assert _answers({"app/ios/Runner/Info.plist": _plist(), name: text})[HOST].answer is answer


@pytest.mark.parametrize("call", ["SSL_CTX_new(TLS_client_method())", "curl_easy_init()"])
def test_native_tls_ignores_what_is_declared(call: str) -> None:
    """A declaration is not "yes" if native code of the same module has a TLS stack of its own."""
    found = {}
    for folder in ("app", "other"):
        files = {MAIN: MANIFEST, IN_MAIN: _nsc(), f"{folder}/src/main/cpp/net.cpp": f"auto a = {call};\n"}
        found[folder] = _answers(files)[HOST].answer
    assert found == {"app": Answer.UNPROVEN, "other": Answer.YES}


def test_apple_pins_one_label_below_a_host() -> None:
    """Apple pins direct subdomains only, so what is further below is not pinned."""
    text = f'let a = "https://a.{HOST}/"; let b = "https://b.a.{HOST}/"\n'
    found = _answers({"Info.plist": _plist(), "A.swift": text})
    assert (found[f"a.{HOST}"].answer, found[f"b.a.{HOST}"].answer) == (Answer.YES, Answer.NO)


def test_an_exempt_host_is_not_pinned_by_its_parent() -> None:
    """An empty pin set takes a host and its subdomains out of the pins of the parent."""
    exempt = f'<domain-config><domain includeSubdomains="true">free.{HOST}</domain><pin-set/></domain-config>'
    nsc = _nsc().replace("</domain-config>", exempt + "</domain-config>")
    text = f'val a = "https://free.{HOST}/"; val b = "https://a.free.{HOST}/"; val c = "https://c.{HOST}/"\n'
    found = _answers({MAIN: MANIFEST, IN_MAIN: nsc, "A.kt": text})
    assert found[f"free.{HOST}"].mechanisms[0].reason == "it is exempt from the pins of its parent"
    assert [found[f"{name}.{HOST}"].answer for name in ("free", "a.free", "c")] == [Answer.NO, Answer.NO, Answer.YES]


def test_the_best_mechanism_answers() -> None:
    """A host that the system pins, and code too, is "yes", and both are listed."""
    found = _answers({MAIN: MANIFEST, IN_MAIN: _nsc(), "Net.kt": OKHTTP})[HOST]
    assert (found.answer, len(found.mechanisms)) == (Answer.YES, 2)


def test_a_host_that_is_only_mentioned_is_not_pinned() -> None:
    """A host in the domain of a pinned one is the owner's and "no"; hosts of others are told apart."""
    text = OKHTTP + 'val a = "https://www.example.com/v1"\nval b = "https://maps.example.org/"\n'
    found = _answers({"Net.kt": text})
    assert (found["www.example.com"].answer, found["www.example.com"].mentioned) == (Answer.NO, "Net.kt:2")
    assert found["www.example.com"].is_own
    assert not found["maps.example.org"].is_own
    assert _answers({"Net.kt": text}, "example.org")["maps.example.org"].is_own


def test_a_parent_covers_its_subdomains() -> None:
    """A host below one that is pinned with its subdomains has the answer of that parent."""
    files = {MAIN: MANIFEST, IN_MAIN: _nsc(), "A.kt": 'val a = "https://v2.api.example.com"\n'}
    assert _answers(files)["v2.api.example.com"].answer is Answer.YES


@pytest.mark.parametrize(
    "text",
    [
        "http://a.example.com",
        "https://$host.example.com",
        "https://192.0.2.1/",
        "https://host/",
        "https://x.example.com{y}",
    ],
)
def test_what_is_no_host_is_not_mentioned(text: str) -> None:
    """Plain HTTP, templates, addresses and bare names are not hosts that could be pinned."""
    mentions = Mentions()
    mentions.read(f'url = "{text}"'.encode(), "a.txt")
    assert mentions.hosts == {}


@pytest.mark.parametrize("command", ["curl -k", "wget --no-check-certificate"])
def test_curl_and_wget_compare_the_key_without_a_check_of_the_chain(command: str) -> None:
    """The pins of curl and wget hold without a check of the chain, so they are not void."""
    pins = f"sha256//{pin('one').base64};sha256//{pin('two').base64}"
    text = f"{command} --pinnedpubkey '{pins}' https://{HOST}/\n"
    assert _answers({"get.sh": text})[HOST].answer is Answer.UNPROVEN


def test_lines_are_counted_once() -> None:
    """The line of each host is right, and the text before it is not counted again for each host."""
    counted: list[int] = []

    class Counted(bytes):
        def count(self, sub: object, start: object = 0, end: object = None, /) -> int:
            assert isinstance(sub, bytes)
            assert isinstance(start, int)
            assert isinstance(end, int)
            counted.append(end - start)
            return bytes(self).count(sub, start, end)

    text = Counted("".join(f"\nhttps://h{number}.example.com/" for number in range(300)).encode())
    mentions = Mentions()
    mentions.read(text, "a.txt")
    assert [mention.place for mention in mentions.hosts.values()] == [f"a.txt:{number + 2}" for number in range(300)]
    assert sum(counted) <= len(text)


def test_code_that_was_not_read_is_not_no() -> None:
    """If code was not read, a host without pins is "cannot tell", and one that is declared stays "yes"."""
    files = {"AndroidManifest.xml": MANIFEST, "res/xml/nsc.xml": _nsc()}
    mentions = Mentions()
    for name, text in files.items():
        mentions.read(text.encode("utf-8"), name)
    mentions.read(b'val a = "https://www.example.com/"', "Net.kt")
    pinned = [read(_nsc().encode("utf-8"), "res/xml/nsc.xml", today=TODAY)]
    found = {answer.host: answer for answer in answers_of_source(pinned, mentions, not_read=["Net.kt", "B.kt"])}
    assert found[HOST].answer is Answer.YES
    assert found["www.example.com"].answer is Answer.UNKNOWN
    assert "pinsmith[audit]" in found["www.example.com"].mechanisms[0].reason
    assert found["www.example.com"].mechanisms[0].place == "Net.kt and 1 more"
