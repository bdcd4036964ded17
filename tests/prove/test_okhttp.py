"""Test code for OkHttp beyond the lab: its hook, and redirects of web sockets."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.lab.call import fill
from pinsmith.lab.scenarios import (
    SCENARIOS,
    coalescing_bait,
    leaf_pin,
    redirect_to_rogue,
    report_only,
    subdomain_not_covered,
    wrong_key,
    wrong_name,
)
from pinsmith.lab.servers.fault import PlainHTTP
from pinsmith.lab.servers.speaker import redirecting_to
from pinsmith.lab.stage import Stage
from pinsmith.lab.trial import Ended, try_client
from tests.prove import jvm, okhttp
from tests.prove.proving import prove_in, prove_sabotaged
from tests.prove.subject import PROGRAMS, run
from tests.prove.variant import PKIS, Variant, variants_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pinsmith.lab.call import Call
    from pinsmith.lab.scenario import Scenario
    from tests.prove.subject import Built, Subject

pytestmark = [pytest.mark.prove, pytest.mark.timeout(2400)]

PROGRAM = PROGRAMS / "okhttp"


REPORTED: Final = {
    leaf_pin.SCENARIO: [],
    report_only.SCENARIO: ["reported localhost false"],
    wrong_key.SCENARIO: ["reported localhost true"],
    wrong_name.SCENARIO: [],
    redirect_to_rogue.SCENARIO: ["reported localhost true"],
    coalescing_bait.SCENARIO: ["reported api.localhost true"],
}
"""What the hook of a client hears in a scenario."""


@pytest.mark.parametrize("scenario", REPORTED, ids=lambda scenario: scenario.id)
@pytest.mark.parametrize(("language", "library"), [("java", "okhttp4"), ("kotlin", "okhttp5")])
def test_a_hook_hears_of_each_mismatch_and_changes_nothing(
    language: str, library: str, scenario: Scenario, tmp_path: Path
) -> None:
    """A hook that throws is called once for the host with the wrong key, and the client passes as without a hook."""
    (variant,) = variants_of([(scenario, "ec-p256")])
    assert (
        _heard(_compiled(language, variant, "hook", tmp_path / language, library=library), scenario)
        == REPORTED[scenario]
    )


@pytest.mark.parametrize("language", ["java", "kotlin"])
def test_with_an_exempt_host_a_hook_hears_of_a_mismatch(language: str, tmp_path: Path) -> None:
    """It is called once, too, where the client compares pins in another place."""
    (variant,) = variants_of([(wrong_key.SCENARIO, "ec-p256")])
    command = _compiled(language, _exempting(variant), "hook", tmp_path / language)
    assert _heard(command, wrong_key.SCENARIO) == REPORTED[wrong_key.SCENARIO]


def _heard(command: tuple[str, ...], scenario: Scenario) -> list[str]:
    """Return what a client printed of its hook in a scenario that it must pass."""
    heard: list[str] = []

    def client(call: Call) -> Ended:
        done = subprocess.run(fill(command, call.values), capture_output=True, text=True, check=False, timeout=60)
        heard.extend(line for line in done.stdout.splitlines() if line.startswith("reported "))
        return Ended(done.returncode == 0, done.stderr, is_gone=True)

    trial = try_client(client, scenario, PKIS.of("ec-p256"))
    assert trial.verdict == "pass", trial.reason
    return heard


def _compiled(
    language: str,
    variant: Variant,
    program: str,
    folder: Path,
    *,
    is_debug: bool | None = None,
    library: str = "okhttp5",
) -> tuple[str, ...]:
    """Compile a program with generated code, *is_debug* as a debug build or release; return its command for the lab."""
    for tool in jvm.TOOLS:
        tool.find()
    folder.mkdir()
    of = jvm.libraries(library)
    options = None if is_debug is None else jvm.UNPINNED
    if is_debug is not None:
        of = replace(of, jars=(*of.jars, jvm.build_config(folder, is_debug=is_debug)))
    plain = PROGRAM / "Plain.kt"
    if language == "kotlin":
        sources = [variant.write(folder, "Pins.kt", "okhttp-kotlin", options), plain, PROGRAM / program / "Main.kt"]
        path, main = jvm.compile_kotlin(sources, of, folder / "client.jar"), "proof.MainKt"
    else:
        shared = jvm.compile_kotlin([plain], of, folder / "plain.jar")
        of = replace(of, jars=(*of.jars, shared))
        sources = [variant.write(folder, "Pins.java", "okhttp-java", options), PROGRAM / program / "Main.java"]
        path, main = jvm.compile_java(sources, of, folder / "client.jar"), "proof.Main"
    return jvm.program(path, main, of, (), ("{url}", "{cafile}")).command


@pytest.mark.parametrize("language", ["java", "kotlin"])
def test_a_web_socket_is_not_redirected_to_a_host_without_pins(language: str, tmp_path: Path) -> None:
    """With require-pins, the redirect is refused although OkHttp follows it without asking a network interceptor."""
    pki = PKIS.of("ec-p256")
    (tmp_path / "trusted.pem").write_text(pki.trusted_pem)
    with Stage(pki) as stage:
        text = stage.pinning().pin_file().replace("[keys", "[defaults]\nrequire-pins = true\n\n[keys", 1)
        command = _compiled(language, Variant.of_text(text), "socket", tmp_path / language)
        other, plain = stage.serve(pki.genuine("127.0.0.1")), stage.start(PlainHTTP())
        for url, message in (
            (f"https://127.0.0.1:{other.port}/", "127.0.0.1 not verified"),
            (f"http://127.0.0.1:{plain.port}/", "CLEARTEXT communication not enabled"),
        ):
            good = stage.serve(pki.genuine(), speak=redirecting_to(url))
            values = {"url": f"https://localhost:{good.port}/", "cafile": str(tmp_path / "trusted.pem")}
            assert message in run(fill(command, values), tmp_path)
            assert good.disclosed_size
        other.settled()
        assert not other.disclosed_size
        assert not plain.disclosed_size


@pytest.mark.parametrize("language", ["java", "kotlin"])
def test_with_an_exempt_host_web_sockets_are_pinned(language: str, tmp_path: Path) -> None:
    """No network interceptor sees a web socket, but a rogue gets nothing, and the host with the right key is asked."""
    pki = PKIS.of("ec-p256")
    (tmp_path / "trusted.pem").write_text(pki.trusted_pem)
    with Stage(pki) as stage:
        variant = _exempting(Variant.of_text(stage.pinning().pin_file()))
        command = _compiled(language, variant, "socket", tmp_path / language)
        for identity, is_rogue in ((pki.impostor(), True), (pki.genuine(), False)):
            server = stage.serve(identity)
            values = {"url": f"https://localhost:{server.port}/", "cafile": str(tmp_path / "trusted.pem")}
            printed = run(fill(command, values), tmp_path)
            assert ("Certificate pinning failure!" in printed) is is_rogue
            assert printed.count("reported localhost true") == is_rogue
            server.settled()
            assert (server.disclosed_size == 0) is is_rogue


@pytest.mark.parametrize("language", ["java", "kotlin"])
@pytest.mark.parametrize("is_debug", [True, False], ids=["debug", "release"])
def test_only_a_debug_build_is_unpinned(language: str, is_debug: bool, tmp_path: Path) -> None:  # noqa: FBT001
    """With the option for debug builds, a rogue gets a request from a debug build, and nothing from a release."""
    pki = PKIS.of("ec-p256")
    (tmp_path / "trusted.pem").write_text(pki.trusted_pem)
    with Stage(pki) as stage:
        text = stage.pinning().pin_file().replace("[keys", "[defaults]\nrequire-pins = true\n\n[keys", 1)
        command = _compiled(language, Variant.of_text(text), "socket", tmp_path / language, is_debug=is_debug)
        rogue = stage.serve(pki.impostor())
        values = {"url": f"https://localhost:{rogue.port}/", "cafile": str(tmp_path / "trusted.pem")}
        assert ("Certificate pinning failure!" in run(fill(command, values), tmp_path)) is not is_debug
        rogue.settled()
        assert bool(rogue.disclosed_size) is is_debug


EXEMPTING: Final = [subject for subject in okhttp.SUBJECTS if subject.id in {"okhttp-java-4", "okhttp-kotlin-5"}]
# An exemption needs a parent that includes subdomains.
CHOSEN: Final = [
    scenario
    for scenario in SCENARIOS
    if scenario.protocol == "https" and scenario is not subdomain_not_covered.SCENARIO
]


@pytest.mark.parametrize("subject", EXEMPTING, ids=lambda subject: subject.id)
def test_a_client_that_exempts_a_host_pins_all_others(subject: Subject) -> None:
    """With an exempt host the client compares pins in another place, and passes the same scenarios."""

    def build(folder: Path, variants: Sequence[Variant]) -> Built:
        return subject.build(folder, [_exempting(variant) for variant in variants])

    exempting = replace(subject, build=build)
    proof = prove_in(exempting, *CHOSEN)
    assert not [f"{trial.scenario.id}: {trial.verdict}, {trial.reason}" for trial in proof.failed]
    assert len(proof.tried) > 40
    assert prove_sabotaged(exempting).verdict == "accepts-a-rogue"


def _exempting(variant: Variant) -> Variant:
    """Exempt a host below ``localhost``, if it is the only host and has no other subdomains."""
    found = re.search(r'^name = "localhost"$', variant.text, re.MULTILINE)
    if found is None or "include-subdomains" in variant.text or variant.text.count("[[host]]") != 1:
        return variant
    text = variant.text.replace(found[0], f"{found[0]}\ninclude-subdomains = true")
    return replace(variant, text=f'{text}\n[[host]]\nname = "exempt.localhost"\nmode = "off"\nkeys = []\n')
