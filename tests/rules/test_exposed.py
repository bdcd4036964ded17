"""Clients with a known hole, where files pin with them."""

from __future__ import annotations

from datetime import date
from typing import Final

import pytest

from pinsmith.builds import holes
from pinsmith.formats import export
from pinsmith.formats.code import node_undici
from pinsmith.rules import RULES, Persona, lint, read
from pinsmith.rules._example import API, KEY, STANDBY, host_table, pin_file
from tests.formats.policy import PLAIN, pin

TODAY: Final = date(2027, 1, 1)
CLEAR, UNCLEAR = "vulnerable-client", "vulnerable-client-unclear"
PINS: Final = f'"{pin("one")}", "{pin("two")}"'
CODE: Final = f'val p = CertificatePinner.Builder().add("api.example.com", {PINS}).build()\n'
BOTH: Final = (
    f'val p = CertificatePinner.Builder().add("api.example.com", {PINS}).add("api.example.com.", {PINS}).build()\n'
)
NSC: Final = (
    "<network-security-config><domain-config><domain>api.example.com</domain><pin-set>"
    f"<pin digest='SHA-256'>{pin('one').base64}</pin><pin digest='SHA-256'>{pin('two').base64}</pin>"
    "</pin-set></domain-config></network-security-config>\n"
)
ASKS: Final = 'dependencies {\n    implementation("com.squareup.okhttp3:okhttp:4.12.0")\n}\n'
LOCK: Final = "com.squareup.okhttp3:okhttp:{}=releaseRuntimeClasspath\n"
CATALOGUE: Final = '[libraries]\nokhttp = "com.squareup.okhttp3:okhttp:5.5.1"\n'
KOTLIN: Final = "app/src/main/java/Net.kt"


def _found(files: dict[str, str]) -> list[tuple[str, str]]:
    """Return the rules about clients that find something, and where."""
    read_files = [read(text.encode(), name, today=TODAY) for name, text in files.items()]
    rules = [rule for rule in RULES if rule.id in {CLEAR, UNCLEAR}]
    return [(found.rule, str(found.place)) for found in lint(read_files, rules, persona=Persona.AUDITOR)]


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"app/build.gradle.kts": ASKS, KOTLIN: CODE}, [(CLEAR, "app/build.gradle.kts:2")]),
        ({"gradle/libs.versions.toml": CATALOGUE, KOTLIN: CODE}, [(CLEAR, "gradle/libs.versions.toml:2")]),
        ({"app/build.gradle.kts": ASKS, KOTLIN: BOTH}, []),
        ({"app/build.gradle.kts": ASKS, KOTLIN: BOTH, "app/src/Other.kt": CODE}, [(CLEAR, "app/build.gradle.kts:2")]),
        ({"other/build.gradle.kts": ASKS, KOTLIN: CODE}, [(UNCLEAR, "other/build.gradle.kts:2")]),
        ({"app/build.gradle.kts": ASKS, "app/src/main/res/xml/n.xml": NSC}, [(UNCLEAR, "app/build.gradle.kts:2")]),
        ({"app/build.gradle.kts": ASKS}, []),
        ({"app/build.gradle.kts": ASKS, "app/gradle.lockfile": LOCK.format("5.5.2"), KOTLIN: CODE}, []),
        (
            {"app/build.gradle.kts": ASKS, "gradle.lockfile": LOCK.format("5.5.1"), KOTLIN: CODE},
            [(CLEAR, "gradle.lockfile:1")],
        ),
        (
            {
                "app/gradle.lockfile": LOCK.format("5.5.1") + LOCK.format("5.5.1").replace("okhttp:", "okhttp-jvm:"),
                KOTLIN: CODE,
            },
            [(CLEAR, "app/gradle.lockfile:1")],
        ),
        (
            {"app/build.gradle.kts": ASKS, "net/build.gradle.kts": ASKS, KOTLIN: CODE, "net/src/Net.kt": CODE},
            [(CLEAR, "app/build.gradle.kts:2"), (CLEAR, "net/build.gradle.kts:2")],
        ),
    ],
    ids=[
        "no lock",
        "catalogue",
        "code with a workaround",
        "one file without it",
        "pins in another module",
        "Android pins",
        "no pins",
        "a lock with another version",
        "a lock above",
        "two packages of one client",
        "two modules",
    ],
)
def test_a_hole_matters_where_its_client_pins(files: dict[str, str], found: list[tuple[str, str]]) -> None:
    """A client is reported if code below its build file pins with it, and is a question if that cannot be known."""
    assert _found(files) == found


@pytest.mark.parametrize(
    ("version", "output", "found"),
    [
        ("5.5.0", "node-undici", [(CLEAR, "yarn.lock:2")]),
        ("7.25.0", "node-undici", []),
        ("7.25.0", "node-https", [(UNCLEAR, "yarn.lock:2")]),
        ("7.28.0", "node-https", []),
    ],
    ids=["generated code has the hole", "generated code refuses SOCKS", "pins of another client", "fixed"],
)
def test_holes_of_undici(version: str, output: str, found: list[tuple[str, str]]) -> None:
    """Generated code closes the hole of SOCKS proxies; whether other pins are those of undici is a question."""
    pins = pin_file(KEY, STANDBY, host_table(API, "api standby"), f'[[output]]\nformat = "{output}"\npath = "p.mjs"\n')
    assert _found({"pins.toml": pins, "yarn.lock": f'undici@^5.0.0:\n  version "{version}"\n'}) == found


def test_the_generated_code_refuses_socks() -> None:
    """The expression that closes the hole of SOCKS proxies matches what pinsmith generates for undici."""
    hole = next(hole for hole in holes() if hole.id == "CVE-2026-9697")
    assert hole.closed_by is not None
    assert hole.closed_by.search(export(PLAIN, node_undici.FORMAT).text)


def test_a_finding_is_accepted_in_the_build_file() -> None:
    """A comment beside the dependency accepts the finding, as in every other file."""
    text = ASKS.replace("dependencies", "// pinsmith: allow[vulnerable-client] URLs are constants\ndependencies")
    accepted = text.replace("{\n", "{ ")
    files = [
        read(content.encode(), name, today=TODAY) for name, content in {KOTLIN: CODE, "build.gradle": accepted}.items()
    ]
    assert lint(files, RULES) == []
