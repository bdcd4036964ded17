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
MANIFEST: Final = '<manifest><application android:networkSecurityConfig="@xml/nsc"/></manifest>'
OTHER_MANIFEST: Final = MANIFEST.replace("@xml/nsc", "@xml/other")
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
        ({"AndroidManifest.xml": MANIFEST, "nsc.xml": _nsc()}, Answer.YES, ""),
        ({"nsc.xml": _nsc()}, Answer.UNPROVEN, "no AndroidManifest.xml was found that names it"),
        ({"AndroidManifest.xml": OTHER_MANIFEST, "nsc.xml": _nsc()}, Answer.NO, "no AndroidManifest.xml names it"),
        (
            {"AndroidManifest.xml": MANIFEST, "nsc.xml": _nsc(' expiration="2026-12-31"')},
            Answer.NO,
            "its pins ended on 2026-12-31",
        ),
        ({"Net.kt": OKHTTP}, Answer.UNPROVEN, "only the lab can prove"),
        (
            {"get.sh": f'wget --no-check-certificate --pinnedpubkey "sha256//{pin("one").base64}" https://{HOST}/\n'},
            Answer.NO,
            "the code does not protect: pins-without-chain-check",
        ),
        (
            {
                "Net.kt": OKHTTP
                + "val m = object : X509TrustManager { override fun checkServerTrusted(c: A, t: B) {} }\n"
            },
            Answer.NO,
            "the code does not protect: pins-without-chain-check",
        ),
    ],
    ids=["declared", "no manifest", "other manifest", "ended", "code", "chain unchecked", "void code"],
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


def test_the_best_mechanism_answers() -> None:
    """A host that the system pins, and code too, is "yes", and both are listed."""
    found = _answers({"AndroidManifest.xml": MANIFEST, "nsc.xml": _nsc(), "Net.kt": OKHTTP})[HOST]
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
    files = {"AndroidManifest.xml": MANIFEST, "nsc.xml": _nsc(), "A.kt": 'val a = "https://v2.api.example.com"\n'}
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


def test_curl_compares_the_key_without_a_check_of_the_chain() -> None:
    """The pins of curl hold without a check of the chain."""
    text = f"curl -k --pinnedpubkey 'sha256//{pin('one').base64};sha256//{pin('two').base64}' https://{HOST}/\n"
    assert _answers({"get.sh": text})[HOST].answer is Answer.UNPROVEN
