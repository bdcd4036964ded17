"""Kotlin code for Ktor on Apple's platforms compiles for iOS, and finds the pins of a host as a policy does."""

from __future__ import annotations

import os
import subprocess
from datetime import date
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.formats import export, find
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import BACKUP, INTERMEDIATE, LEAF
from tests.prove import jvm, native
from tests.prove.ktor import COMMON
from tests.prove.odd import odd_variants
from tests.prove.subject import PROGRAMS

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.prove, pytest.mark.timeout(900)]

TARGET: Final = "ktor-darwin"
SERVER_TRUST: Final = "NSURLAuthenticationMethodServerTrust"
USED, DEFAULT, CANCELLED, THROWN = "0", "1", "2", "thrown"
POLICIES: Final = {
    "many": Policy(
        (
            HostPins("example.com", (LEAF, BACKUP), include_subdomains=True, expires=date(2099, 5, 1)),
            HostPins("api.example.com", (INTERMEDIATE,)),
            HostPins("static.example.com", (), mode="off"),
            HostPins("ended.example.com", (LEAF, BACKUP), expires=date(2020, 1, 1)),
            HostPins("log.example.com", (INTERMEDIATE,), mode="report-only"),
            HostPins("example.org", (LEAF, BACKUP)),
        )
    ),
    "strict": Policy((HostPins("example.com", (LEAF, BACKUP)),), require_pins=True),
}
QUESTIONS: Final = (
    ("many", "example.com", LEAF, USED),
    ("many", "Example.COM", LEAF, USED),
    ("many", "EXAMPLE.com.", INTERMEDIATE, THROWN),
    ("many", "a.b.example.com", BACKUP, USED),
    ("many", "a.b.example.com", INTERMEDIATE, THROWN),
    ("many", "notexample.com", INTERMEDIATE, DEFAULT),
    ("many", "api.example.com", INTERMEDIATE, USED),
    ("many", "api.example.com", LEAF, THROWN),
    ("many", "static.example.com", INTERMEDIATE, DEFAULT),
    ("many", "a.static.example.com", INTERMEDIATE, THROWN),
    ("many", "ended.example.com", INTERMEDIATE, DEFAULT),
    ("many", "log.example.com", LEAF, DEFAULT),
    ("many", "log.example.com", INTERMEDIATE, USED),
    ("many", "example.org", LEAF, USED),
    ("many", "a.example.org", INTERMEDIATE, DEFAULT),
    ("strict", "example.com", LEAF, USED),
    ("strict", "example.org", LEAF, CANCELLED),
)


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Write the odd pin files."""
    for tool in jvm.TOOLS:
        tool.find()
    folder = tmp_path_factory.mktemp(TARGET)
    return [
        variant.write(folder, "{name}/Pins.kt", TARGET, {"package": variant.name, "visibility": visibility})
        for variant, visibility in zip(odd_variants(TARGET), ("public", "internal") * 9, strict=False)
    ]


def test_it_compiles_for_ios_and_has_the_format_of_ktlint(odd: list[Path], tmp_path: Path) -> None:
    """Kotlin/Native compiles it without a warning, with Ktor's own engine and the declarations of Apple."""
    jvm.check_kotlin(odd)
    native.compile_library(odd, tmp_path / "pins")


def test_a_name_that_ios_lacks_does_not_compile(odd: list[Path], tmp_path: Path) -> None:
    """The control: the compiler notices a name that Apple's frameworks do not declare."""
    wrong = tmp_path / "Pins.kt"
    wrong.write_text(odd[0].read_text("utf-8").replace("challenge.protectionSpace", "challenge.space"), "utf-8")
    with pytest.raises(AssertionError, match="unresolved reference 'space'"):
        native.compile_library([wrong], tmp_path / "pins")


@pytest.fixture(scope="module")
def answering(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Compile the policies with stand-ins for Apple's frameworks; return the command."""
    for tool in jvm.TOOLS:
        tool.find()
    folder = tmp_path_factory.mktemp("answering")
    sources = [PROGRAMS / "ktor" / "darwin", folder / "Table.kt"]
    cases = "".join(f'    "{name}" -> {name}.Pins.challengeHandler()\n' for name in POLICIES)
    table = f"fun pinned(variant: String) = when (variant) {{\n{cases}    else -> error(variant)\n}}\n"
    shared = ", ".join(f"{name}.Pins::httpClient" for name in POLICIES)
    table += f"\nval inCommonCode: List<{COMMON}> =\n    listOf({shared})\n"
    (folder / "Table.kt").write_text(f"package proof\n\n{table}", "utf-8")
    for name, policy in POLICIES.items():
        sources.append(folder / name / "Pins.kt")
        sources[-1].parent.mkdir()
        sources[-1].write_text(export(policy, find(TARGET), options={"package": name}).text, "utf-8")
    of = jvm.libraries("ktor-cio")
    jar = jvm.compile_kotlin(sources, of, folder / "answering.jar")
    return [jvm.JAVA.find(), "-cp", os.pathsep.join((of.path, str(jar))), "proof.MainKt"]


def _ask(command: list[str], questions: list[str]) -> list[str]:
    done = subprocess.run(command, input="\n".join(questions), capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.split()


def test_each_host_gets_its_own_pins(answering: list[str]) -> None:
    """The nearest entry applies in any spelling; exempt, expired and unlisted hosts are left to the system."""
    asked = [f"{policy} {host} {SERVER_TRUST} {key.pin}" for policy, host, key, _ in QUESTIONS]
    wrong = [
        f"{question}: {answer}"
        for question, answer, (*_, expected) in zip(asked, _ask(answering, asked), QUESTIONS, strict=True)
        if answer != expected
    ]
    assert not wrong, "\n".join(wrong)


def test_other_challenges_are_left_to_the_system(answering: list[str]) -> None:
    """The code leaves a challenge for a password to the system, on a pinned host and on others."""
    asked = [f"{policy} example.com NSURLAuthenticationMethodHTTPBasic {LEAF.pin}" for policy in POLICIES]
    assert _ask(answering, asked) == [DEFAULT, DEFAULT]
