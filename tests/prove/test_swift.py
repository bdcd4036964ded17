"""Swift code for Apple's platforms compiles, and answers challenges with the lab's chains as a correct pinner does."""

from __future__ import annotations

import json
import plistlib
from typing import TYPE_CHECKING

import pytest

from pinsmith.formats import LOSSES, export, find
from pinsmith.formats.code.urlsession_swift import FORWARDING
from tests.formats.policy import FULL
from tests.prove import swift
from tests.prove.odd import odd_variants

if TYPE_CHECKING:
    from pathlib import Path

    from tests.prove.swift import Question

pytestmark = [pytest.mark.prove, pytest.mark.timeout(900)]

# What takes the comparison out of the code.
SABOTAGE = ("!entry.pins.isDisjoint(with: presented)", "!entry.pins.isEmpty")
# With what is trusted each of these lets a connection go on.
PASSES = {"useCredential with a credential", "performDefaultHandling", "evaluated", "no evaluator"}
OWN = {"useCredential with a credential", "evaluated"}
_SERVER = "NSURLAuthenticationMethodServerTrust"


@pytest.fixture(scope="module")
def asked() -> list[Question]:
    """Collect the chains of the lab."""
    swift.require()
    return list(swift.questions())


@pytest.fixture(scope="module")
def built(asked: list[Question], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile all pin files of the lab for URLSession and Alamofire, and what TrustKit takes of the odd ones."""
    folder = tmp_path_factory.mktemp("swift")
    lab = list(dict.fromkeys(each.variant for each in asked))
    swift.build(
        folder,
        {
            **{
                each: [*lab, *(odd for odd in odd_variants(each) if odd.name == "oddstrict")]
                for each in swift.TARGETS[:2]
            },
            "trustkit-swift": list(odd_variants("trustkit-swift")),
        },
    )
    return folder


def _accepts(answer: str, question: Question) -> bool:
    # Only what the code decides by itself may go on against the system's word, and it never does.
    assert question.is_trusted or answer not in OWN
    return question.is_trusted and answer in PASSES


@pytest.mark.parametrize("client", ["urlsession", "alamofire"])
def test_the_lab_s_chains_are_judged_as_by_a_correct_pinner(client: str, built: Path, asked: list[Question]) -> None:
    """Every chain with a pinned key goes on, every other is refused, and none that the system does not trust passes."""
    answers = swift.ask(built, [each.line(client) for each in asked])
    wrong = [
        f"{question.scenario}: {answer}"
        for question, answer in zip(asked, answers, strict=True)
        if _accepts(answer, question) is not question.accepts
    ]
    assert wrong == []
    assert {each.accepts for each in asked if each.is_trusted} == {True, False}
    assert {each.is_trusted for each in asked} == {True, False}
    assert OWN & set(answers)


@pytest.mark.parametrize("client", ["urlsession", "alamofire"])
def test_code_that_compares_nothing_is_caught(client: str, asked: list[Question], tmp_path: Path) -> None:
    """With the comparison taken out a wrong key is accepted: the test above can fail."""
    rogue = next(each for each in asked if each.scenario == "wrong-key, ec-p256")
    swift.build(tmp_path, {f"{client}-swift": [rogue.variant]}, sabotage=SABOTAGE)
    (answer,) = swift.ask(tmp_path, [rogue.line(client)])
    assert answer in OWN


@pytest.mark.parametrize("client", ["urlsession", "trustkit"])
def test_a_server_without_a_trust_is_refused(client: str, built: Path, asked: list[Question]) -> None:
    """There is nothing to compare, so that the connection ends."""
    good = next(each for each in asked if each.scenario == "leaf-pin, ec-p256")
    variant, host = (good.variant.name, good.host) if client == "urlsession" else ("oddone", "api.example.com")
    assert swift.ask(built, [f"{client}\t{variant}\t{host}\t{_SERVER}\tnone\t"]) == ["cancelAuthenticationChallenge"]


@pytest.mark.parametrize("client", ["urlsession", "trustkit"])
def test_other_challenges_are_left_to_the_system(client: str, built: Path, asked: list[Question]) -> None:
    """A server that asks for a password is none of the delegate's business."""
    good = next(each for each in asked if each.scenario == "leaf-pin, ec-p256")
    variant, host = (good.variant.name, good.host) if client == "urlsession" else ("oddone", "api.example.com")
    line = f"{client}\t{variant}\t{host}\tNSURLAuthenticationMethodHTTPBasic\ttrusted\t"
    assert swift.ask(built, [line]) == ["performDefaultHandling"]


@pytest.mark.parametrize(
    ("client", "answer"), [("urlsession", "cancelAuthenticationChallenge"), ("alamofire", "thrown")]
)
def test_the_app_is_told_of_hosts_that_are_refused_for_want_of_pins(client: str, answer: str, built: Path) -> None:
    """Where pins are demanded of all, a host without them is a mismatch."""
    line = f"{client}\toddstrict\tother.example.com\t{_SERVER}\ttrusted\t"
    assert swift.ask(built, [line, "told\t\t\t\t\t"]) == [answer, "other.example.com enforced"]


def test_trustkit_is_told_what_its_property_list_says(built: Path) -> None:
    """The dictionary in code is that of the format trustkit-ios, whose rules are checked there."""
    variants = list(odd_variants("trustkit-swift"))
    assert variants
    answers = swift.ask(built, [f"configuration\t{each.name}\t\t\t\t" for each in variants])
    for variant, answer in zip(variants, answers, strict=True):
        assert json.loads(answer) == plistlib.loads(variant.export("trustkit-ios").text.encode())["TSKConfiguration"]


@pytest.mark.parametrize("host", ["api.example.com", "API.Example.com", "api.example.com."])
def test_trustkit_knows_a_host_however_it_is_spelt(host: str, built: Path) -> None:
    """Capitals and a final dot, which TrustKit would compare to the letter, unpin nothing; what it says is done."""
    lines = [f"trustkit\toddone\t{host}\t{_SERVER}\t{trust}\t" for trust in ("trusted", "not trusted")]
    assert swift.ask(built, lines) == ["useCredential with a credential", "cancelAuthenticationChallenge"]
    other = lines[0].replace(host, f"x.{host}")
    assert swift.ask(built, [other]) == ["performDefaultHandling"]


def test_trustkit_is_started_once(built: Path) -> None:
    """TrustKit raises an exception at a second start, so an app that calls `start` again must not reach it."""
    assert swift.ask(built, ["starts\toddone\t\t\t\t"]) == ["1"]


def test_a_delegate_of_the_app_can_forward_challenges(built: Path) -> None:
    """What the documentation says about it compiles as it is."""
    text = export(FULL, find("urlsession-swift"), options={"accept-loss": tuple(LOSSES)}).text
    swift.typecheck_text(built, text, f"import Foundation\nimport Networking\n\n{FORWARDING}")


@pytest.mark.parametrize("target", swift.TARGETS)
@pytest.mark.parametrize("visibility", ["internal", "public"])
def test_it_compiles_as_swift_5_too(target: str, visibility: str, built: Path) -> None:
    """Every form that the code can take is taken without a warning."""
    swift.typecheck(built, target, {"visibility": visibility})


def test_it_says_how_it_is_called_from_objective_c() -> None:
    """The lines that are taken out here, where there is no Objective-C, are there."""
    for target in ("urlsession-swift", "trustkit-swift"):
        text = export(FULL, find(target), options={"accept-loss": ("report-uris-dropped", "exemptions-narrowed")}).text
        assert len(swift._OBJECTIVE_C.findall(text)) == 2
