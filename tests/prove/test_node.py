"""Test the code for Node beyond the lab: hosts without pins, reports, and base options that switch checks off."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any, Final

import pytest

from pinsmith import pinfile
from pinsmith.formats import export, find
from pinsmith.lab.pki.identity import Identity
from pinsmith.lab.scenarios import leaf_pin, redirect_to_rogue, second_connection, session_resumption, wrong_key
from pinsmith.lab.stage import Stage
from tests.prove import node
from tests.prove.npm import NODE, NPM
from tests.prove.odd import odd_variants
from tests.prove.proving import prove_in, prove_sabotaged
from tests.prove.subject import PROGRAMS, run
from tests.prove.variant import PKIS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pinsmith.lab.pki.lab_pki import LabPKI
    from pinsmith.policy import Mode
    from tests.prove.subject import Subject

    Ask = Callable[..., tuple[dict[str, Any], int]]

pytestmark = [pytest.mark.prove, pytest.mark.timeout(600)]

TARGETS: Final = {"https": "node-https", "undici": "node-undici", "axios": "axios"}


def _genuine(pki: LabPKI) -> Identity:
    return pki.genuine()


def _impostor(pki: LabPKI) -> Identity:
    return pki.impostor()


def _other(pki: LabPKI) -> Identity:
    return pki.genuine("other.test")


def _other_impostor(pki: LabPKI) -> Identity:
    return pki.impostor("other.test")


def _untrusted(pki: LabPKI) -> Identity:
    return Identity.self_signed(pki.host, key=pki.wrong_key)


@pytest.fixture(params=TARGETS)
def ask(request: pytest.FixtureRequest, tmp_path: Path) -> Ask:
    """Return a function that asks a server of the lab with a generated client; it returns result and bytes sent."""
    (tmp_path / "node_modules").symlink_to(node.packages())
    program = shutil.copy(PROGRAMS / "node" / "ask.mjs", tmp_path)
    NPM.find()

    def ask(
        identity: Callable[[LabPKI], Identity],
        *,
        name: str = "localhost",
        pinned: str = "localhost",
        mode: Mode = "enforce",
        strict: bool = False,
        header: str = "",
    ) -> tuple[dict[str, Any], int]:
        pki = PKIS.of("ec-p256")
        pins, cafile = tmp_path / "pins.mjs", tmp_path / "trusted.pem"
        cafile.write_text(pki.trusted_pem)
        with Stage(pki) as stage:
            text = stage.pinning(host=pinned, mode=mode).pin_file()
            if strict:
                text = text.replace("[keys", "[defaults]\nrequire-pins = true\n\n[keys", 1)
            target = TARGETS[request.param.partition("-")[0]]
            pins.write_text(export(pinfile.parse(text), find(target)).text)
            server = stage.serve(identity(pki))
            arguments = (request.param, pins, name, str(server.port), cafile, header)
            printed = run([NODE.find(), program, *arguments], tmp_path)
            server.wait_closed()
            return json.loads(printed), server.disclosed_size

    return ask


def test_a_good_server_is_asked(ask: Ask) -> None:
    """The control: a server with the right key gets the request, and no mismatch is reported."""
    result, sent = ask(_genuine)
    assert result == {"error": None, "mismatches": []}
    assert sent


def test_a_base_that_checks_nothing_is_overruled(ask: Ask) -> None:
    """Neither rejectUnauthorized nor a developer's own check makes the client accept an untrusted server."""
    result, sent = ask(_untrusted)
    assert result["error"] in {"DEPTH_ZERO_SELF_SIGNED_CERT", "SELF_SIGNED_CERT_IN_CHAIN"}
    assert not sent


def test_a_mismatch_is_reported_and_refused(ask: Ask) -> None:
    """The listener gets the host and the key that it presented, and the error has a code."""
    result, sent = ask(_impostor)
    presented = str(_impostor(PKIS.of("ec-p256")).pin)
    pki = PKIS.of("ec-p256")
    pins = {"presented": presented, "pinned": [pki.pin, pki.backup_pin]}
    mismatch = {"name": "PinMismatchError", "code": "ERR_PIN_MISMATCH", "host": "localhost", **pins, "enforced": True}
    assert result == {"error": "ERR_PIN_MISMATCH", "mismatches": [mismatch]}
    assert not sent


def test_a_report_only_mismatch_is_reported_and_accepted(ask: Ask) -> None:
    """With report-only pins, the listener gets the same report, but the request is sent."""
    result, sent = ask(_impostor, mode="report-only")
    assert result["error"] is None
    assert [mismatch["enforced"] for mismatch in result["mismatches"]] == [False]
    assert sent


@pytest.mark.parametrize("name", ["LOCALHOST", "localhost.", "LocalHost."])
def test_every_spelling_of_a_host_has_its_pins(ask: Ask, name: str) -> None:
    """A name with capitals or a final dot has the same pins."""
    result, sent = ask(_impostor, name=name)
    assert result["error"] == "ERR_PIN_MISMATCH"
    assert not sent


def test_hosts_without_pins_are_asked(ask: Ask) -> None:
    """The control of the next test: pins of other hosts do not matter."""
    result, sent = ask(_impostor, pinned="api.example.com")
    assert result == {"error": None, "mismatches": []}
    assert sent


def test_hosts_without_pins_are_refused_if_pins_are_required(ask: Ask) -> None:
    """With require-pins, such a host gets nothing, although its certificate is valid, and the listener is called."""
    result, sent = ask(_impostor, pinned="api.example.com", strict=True)
    assert result["error"] == "ERR_PIN_MISMATCH"
    assert [(mismatch["host"], mismatch["presented"], mismatch["enforced"]) for mismatch in result["mismatches"]] == [
        ("localhost", "", True)
    ]
    assert not sent


def test_a_header_does_not_choose_other_pins(ask: Ask) -> None:
    """With a header Host, TLS checks the name in that header, but the pins of the URL's host still count."""
    result, sent = ask(_other_impostor, header="other.test")
    assert result["error"] == "ERR_PIN_MISMATCH"
    assert [(mismatch["host"], mismatch["enforced"]) for mismatch in result["mismatches"]] == [("localhost", True)]
    assert not sent


def test_the_pins_of_the_name_in_a_header_count_too(ask: Ask) -> None:
    """If the URL's host has no pins, the pins of the name that TLS checks count."""
    result, sent = ask(_other_impostor, header="other.test", pinned="other.test")
    assert [mismatch["host"] for mismatch in result["mismatches"]] == ["other.test"]
    assert not sent


@pytest.mark.parametrize("pinned", ["localhost", "other.test"])
def test_a_header_that_leads_to_the_right_key_is_sent(ask: Ask, pinned: str) -> None:
    """The control: a server with the pinned key gets a request under another name."""
    result, sent = ask(_other, header="other.test", pinned=pinned)
    assert result == {"error": None, "mismatches": []}
    assert sent


def test_a_report_only_mismatch_of_the_url_is_reported_and_accepted(ask: Ask) -> None:
    """Report-only pins of the URL's host report a mismatch under another name, but the request is sent."""
    result, sent = ask(_other_impostor, header="other.test", mode="report-only")
    assert result["error"] is None
    assert [(mismatch["host"], mismatch["enforced"]) for mismatch in result["mismatches"]] == [("localhost", False)]
    assert sent


@pytest.mark.parametrize("ask", ["axios-late", "axios-cleared", "https-direct"], indirect=True)
def test_no_other_way_leads_to_a_rogue(ask: Ask) -> None:
    """A rogue gets nothing with other interceptors, without interceptors, and on a direct connection."""
    result, sent = ask(_impostor)
    assert result["error"] == "ERR_PIN_MISMATCH"
    assert not sent


@pytest.mark.parametrize("ask", ["axios-late", "axios-cleared", "https-direct"], indirect=True)
def test_those_ways_lead_to_the_right_server(ask: Ask) -> None:
    """The control: in these ways, the right server gets the request."""
    result, sent = ask(_genuine)
    assert result == {"error": None, "mismatches": []}
    assert sent


@pytest.mark.parametrize("ask", ["https-servername"], indirect=True)
def test_a_host_in_its_own_script_has_its_pins(ask: Ask) -> None:
    """A Unicode name has the pins of its A-label, because Node converts the name before it looks it up."""
    result, sent = ask(_impostor, name="bücher.example.com", pinned="xn--bcher-kva.example.com")
    assert result["error"] == "ERR_PIN_MISMATCH"
    assert not sent


@pytest.mark.parametrize("ask", ["undici-dns"], indirect=True)
@pytest.mark.parametrize(("identity", "expected"), [(_genuine, None), (_impostor, "ERR_PIN_MISMATCH")])
def test_a_host_whose_address_was_looked_up_before_is_pinned(
    ask: Ask, identity: Callable[[LabPKI], Identity], expected: str | None
) -> None:
    """Undici then connects to an address, but the pins of the host name count, also with require-pins."""
    result, _ = ask(identity, strict=True)
    assert result["error"] == expected


@pytest.mark.parametrize("ask", ["undici-socks"], indirect=True)
def test_a_socks_proxy_is_refused(ask: Ask) -> None:
    """A SOCKS proxy is refused, because some versions of undici drop the pinning on that way."""
    result, _ = ask(_genuine)
    assert result["error"] == "undici before 7.28 and 8.5 does not pin through SOCKS"


def test_versions_of_axios_that_do_not_pin_through_proxies_are_refused(tmp_path: Path) -> None:
    """Before 1.17, axios asks an HTTP proxy in the clear, or uses a tunnel without the agent's options."""
    (tmp_path / "node_modules").symlink_to(node.packages())
    pins = tmp_path / "pins.mjs"
    with Stage(PKIS.of("ec-p256")) as stage:
        pins.write_text(export(pinfile.parse(stage.pinning().pin_file()), find("axios")).text)
    program = shutil.copy(PROGRAMS / "node" / "old_axios.mjs", tmp_path)
    refused, taken = ("0.30.2", "1.0.0", "1.16.1", "next"), ("1.17.0", node.version("axios"), "2.0.0-beta.1")
    printed = json.loads(run([NODE.find(), program, pins, *refused, *taken], tmp_path))
    assert printed == ["axios before 1.17 does not pin through a proxy"] * len(refused) + [None] * len(taken)


@pytest.mark.parametrize("subject", node.COMMONJS, ids=lambda subject: subject.id)
def test_a_commonjs_module_pins_like_an_es_module(subject: Subject) -> None:
    """The other kind of module compiles with every pin file, and passes a few scenarios."""
    chosen = (leaf_pin, wrong_key, redirect_to_rogue, second_connection, session_resumption)
    proof = prove_in(subject, *(scenario.SCENARIO for scenario in chosen))
    assert {trial.scenario for trial in proof.tried} >= {leaf_pin.SCENARIO, wrong_key.SCENARIO}
    assert not [f"{trial.scenario.id}: {trial.verdict}, {trial.reason}" for trial in proof.failed]
    assert prove_sabotaged(subject).verdict == "accepts-a-rogue"


def test_the_written_types_are_those_of_the_code(tmp_path: Path) -> None:
    """The types beside a module are those that TypeScript finds in its code, whatever the policy."""
    for target in sorted({subject.target for subject in node.SUBJECTS}):
        for kind, suffix in (("esm", "mjs"), ("commonjs", "cjs")):
            folder = tmp_path / f"{target}-{kind}"
            folder.mkdir()
            names = []
            for variant in odd_variants(target):
                made = variant.export(target, {"module": kind, "types": True})
                (folder / f"{variant.name}.{suffix}").write_text(made.text)
                ((_, declared),) = made.attachments.items()
                (folder / f"types.d.{suffix.replace('js', 'ts')}").write_bytes(declared)
                names.append(variant.name)
            assert names
            _use(folder, suffix, names)
    _typecheck(tmp_path)


def _use(folder: Path, suffix: str, names: list[str]) -> None:
    """Write code that compiles if each module can stand where its declared types are expected, and exports no more."""
    for name in names:
        (folder / f"use-{name}.mts").write_text(
            f'import * as code from "./{name}.{suffix}";\nimport type * as types from "./types.{suffix}";\n'
            "const asDeclared: typeof types = code;\n"
            'export const others: Record<Exclude<keyof typeof code, keyof typeof types | "default">, never> = {};\n'
            "export default asDeclared;\n"
        )


def _typecheck(folder: Path) -> None:
    settings = json.loads((PROGRAMS / "node" / "tsconfig.json").read_text()) | {"include": ["."]}
    (folder / "tsconfig.json").write_text(json.dumps(settings))
    (folder / "node_modules").symlink_to(node.packages())
    tools = folder / "node_modules" / ".bin"
    run([NODE.find(), tools / "prettier", "--check", "--log-level=warn", *folder.glob("*/types.d.*")], folder)
    run([tools / "tsc", "--project", "."], folder)
