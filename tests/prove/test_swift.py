"""Swift code for Apple's platforms compiles, and answers challenges with the lab's chains as a correct client does."""

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

# Removes the comparison from the code.
SABOTAGE = ("!entry.pins.isDisjoint(with: presented)", "!entry.pins.isEmpty")
# With a trusted chain, these answers let the connection continue.
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
    """Compile all pin files of the lab for URLSession and Alamofire, and the odd pin files that TrustKit accepts."""
    folder = tmp_path_factory.mktemp("swift")
    lab = list(dict.fromkeys(question.variant for question in asked))
    swift.build(
        folder,
        {
            **{
                target: [*lab, *(odd for odd in odd_variants(target) if odd.name == "oddstrict")]
                for target in swift.TARGETS[:2]
            },
            "trustkit-swift": list(odd_variants("trustkit-swift")),
        },
    )
    return folder


def _accepts(answer: str, question: Question) -> bool:
    # These answers accept a chain even if the system does not trust it, so the code must not give them then.
    assert question.is_trusted or answer not in OWN
    return question.is_trusted and answer in PASSES


@pytest.mark.parametrize("client", ["urlsession", "alamofire"])
def test_chains_of_the_lab_are_judged_correctly(client: str, built: Path, asked: list[Question]) -> None:
    """Trusted chains with a pinned key are accepted; other chains, and those that the system distrusts, are refused."""
    answers = swift.ask(built, [question.line(client) for question in asked])
    wrong = [
        f"{question.scenario}: {answer}"
        for question, answer in zip(asked, answers, strict=True)
        if _accepts(answer, question) is not question.accepts
    ]
    assert wrong == []
    assert {question.accepts for question in asked if question.is_trusted} == {True, False}
    assert {question.is_trusted for question in asked} == {True, False}
    assert OWN & set(answers)


@pytest.mark.parametrize("client", ["urlsession", "alamofire"])
def test_code_that_compares_nothing_is_caught(client: str, asked: list[Question], tmp_path: Path) -> None:
    """The control: without its comparison of pins, the code accepts a wrong key."""
    rogue = next(question for question in asked if question.scenario == "wrong-key, ec-p256")
    swift.build(tmp_path, {f"{client}-swift": [rogue.variant]}, sabotage=SABOTAGE)
    (answer,) = swift.ask(tmp_path, [rogue.line(client)])
    assert answer in OWN


@pytest.mark.parametrize("client", ["urlsession", "alamofire"])
@pytest.mark.parametrize("flags", [("-D", "DEBUG"), ()], ids=["debug", "release"])
def test_only_a_debug_build_is_unpinned(
    client: str, flags: tuple[str, ...], asked: list[Question], tmp_path: Path
) -> None:
    """With the option for debug builds, the system decides about a wrong key where DEBUG is set, and nowhere else."""
    rogue = next(question for question in asked if question.scenario == "wrong-key, ec-p256")
    variants = {f"{client}-swift": [rogue.variant]}
    swift.build(tmp_path, variants, options={"unpinned-debug-builds": True}, flags=flags)
    (answer,) = swift.ask(tmp_path, [rogue.line(client)])
    assert (answer in PASSES - OWN) is bool(flags)


@pytest.mark.parametrize("client", ["urlsession", "trustkit"])
def test_a_server_without_a_trust_is_refused(client: str, built: Path, asked: list[Question]) -> None:
    """A server without a trust object is refused, because there is nothing to compare."""
    good = next(question for question in asked if question.scenario == "leaf-pin, ec-p256")
    variant, host = (good.variant.name, good.host) if client == "urlsession" else ("oddone", "api.example.com")
    assert swift.ask(built, [f"{client}\t{variant}\t{host}\t{_SERVER}\tnone\t"]) == ["cancelAuthenticationChallenge"]


@pytest.mark.parametrize("client", ["urlsession", "trustkit"])
def test_other_challenges_are_left_to_the_system(client: str, built: Path, asked: list[Question]) -> None:
    """The delegate leaves a challenge for a password to the system."""
    good = next(question for question in asked if question.scenario == "leaf-pin, ec-p256")
    variant, host = (good.variant.name, good.host) if client == "urlsession" else ("oddone", "api.example.com")
    line = f"{client}\t{variant}\t{host}\tNSURLAuthenticationMethodHTTPBasic\ttrusted\t"
    assert swift.ask(built, [line]) == ["performDefaultHandling"]


@pytest.mark.parametrize(
    ("client", "answer"), [("urlsession", "cancelAuthenticationChallenge"), ("alamofire", "thrown")]
)
def test_hosts_that_are_refused_without_pins_are_reported(client: str, answer: str, built: Path) -> None:
    """With require-pins, a host without pins is refused and reported as a mismatch."""
    line = f"{client}\toddstrict\tother.example.com\t{_SERVER}\ttrusted\t"
    assert swift.ask(built, [line, "reports\t\t\t\t\t"]) == [answer, "other.example.com enforced"]


def test_trustkit_gets_the_configuration_of_its_property_list(built: Path) -> None:
    """The dictionary in the code is equal to that of the format trustkit-ios, whose tests check its rules."""
    variants = list(odd_variants("trustkit-swift"))
    assert variants
    answers = swift.ask(built, [f"configuration\t{variant.name}\t\t\t\t" for variant in variants])
    for variant, answer in zip(variants, answers, strict=True):
        assert json.loads(answer) == plistlib.loads(variant.export("trustkit-ios").text.encode())["TSKConfiguration"]


@pytest.mark.parametrize("host", ["api.example.com", "API.Example.com", "api.example.com."])
def test_every_spelling_of_a_host_has_its_pins_in_trustkit(host: str, built: Path) -> None:
    """TrustKit compares names literally, but with capitals or a final dot its decision is still that for the host."""
    lines = [f"trustkit\toddone\t{host}\t{_SERVER}\t{trust}\t" for trust in ("trusted", "not trusted")]
    assert swift.ask(built, lines) == ["useCredential with a credential", "cancelAuthenticationChallenge"]
    other = lines[0].replace(host, f"x.{host}")
    assert swift.ask(built, [other]) == ["performDefaultHandling"]


def test_trustkit_is_started_once(built: Path) -> None:
    """TrustKit is started once even if the app calls `start` again, because a second start raises an exception."""
    assert swift.ask(built, ["starts\toddone\t\t\t\t"]) == ["1"]


def test_a_delegate_of_the_app_can_forward_challenges(built: Path) -> None:
    """The documented snippet for forwarding challenges compiles unchanged."""
    text = export(FULL, find("urlsession-swift"), options={"accept-loss": tuple(LOSSES)}).text
    swift.typecheck_text(built, text, f"import Foundation\nimport Networking\n\n{FORWARDING}")


@pytest.mark.parametrize("target", swift.TARGETS)
@pytest.mark.parametrize("visibility", ["internal", "public"])
def test_it_compiles_as_swift_5_too(target: str, visibility: str, built: Path) -> None:
    """Every form of the generated code compiles as Swift 5 without a warning."""
    swift.typecheck(built, target, {"visibility": visibility})


def test_it_declares_names_for_objective_c() -> None:
    """The generated code contains the lines for Objective-C, which these tests remove before they compile it."""
    for target in ("urlsession-swift", "trustkit-swift"):
        text = export(FULL, find(target), options={"accept-loss": ("report-uris-dropped", "exemptions-narrowed")}).text
        assert len(swift._OBJECTIVE_C.findall(text)) == 2
