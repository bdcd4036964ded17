"""What the lab does not ask of the code for Node: hosts without pins, who is told, and a base that checks nothing."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any, Final

import pytest

from pinsmith import pinfile
from pinsmith.formats import export, find
from pinsmith.lab.pki.identity import Identity
from pinsmith.lab.stage import Stage
from tests.prove import node
from tests.prove.npm import NODE, NPM
from tests.prove.subject import PROGRAMS, run
from tests.prove.variant import PKIS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pinsmith.lab.pki.lab_pki import LabPKI
    from pinsmith.policy import Mode

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
    """Return what asks a server of the lab with a generated client, and tells what came of it and what was sent."""
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
            told = (request.param, pins, name, str(server.port), cafile, header)
            said = run([NODE.find(), program, *told], tmp_path)
            server.wait_closed()
            return json.loads(said), server.disclosed_size

    return ask


def test_a_good_server_is_asked(ask: Ask) -> None:
    """The control: with the right key all is sent, and nothing told."""
    told, sent = ask(_genuine)
    assert told == {"error": None, "mismatches": []}
    assert sent


def test_a_base_that_checks_nothing_is_overruled(ask: Ask) -> None:
    """Neither rejectUnauthorized nor a check of the developer's own lets a stranger in."""
    told, sent = ask(_untrusted)
    assert told["error"] in {"DEPTH_ZERO_SELF_SIGNED_CERT", "SELF_SIGNED_CERT_IN_CHAIN"}
    assert not sent


def test_a_mismatch_is_told_and_refused(ask: Ask) -> None:
    """The listener hears of the host and of the key that it presented; the error has a code."""
    told, sent = ask(_impostor)
    presented = str(_impostor(PKIS.of("ec-p256")).pin)
    pki = PKIS.of("ec-p256")
    pins = {"presented": presented, "pinned": [pki.pin, pki.backup_pin]}
    mismatch = {"name": "PinMismatchError", "code": "ERR_PIN_MISMATCH", "host": "localhost", **pins, "enforced": True}
    assert told == {"error": "ERR_PIN_MISMATCH", "mismatches": [mismatch]}
    assert not sent


def test_a_mismatch_that_is_only_reported_is_told(ask: Ask) -> None:
    """With report-only pins the listener hears the same, and the request is sent."""
    told, sent = ask(_impostor, mode="report-only")
    assert told["error"] is None
    assert [each["enforced"] for each in told["mismatches"]] == [False]
    assert sent


@pytest.mark.parametrize("name", ["LOCALHOST", "localhost.", "LocalHost."])
def test_a_host_is_known_however_it_is_spelled(ask: Ask, name: str) -> None:
    """Capitals and a final dot lead to the same pins."""
    told, sent = ask(_impostor, name=name)
    assert told["error"] == "ERR_PIN_MISMATCH"
    assert not sent


def test_hosts_without_pins_are_asked(ask: Ask) -> None:
    """The control of the next test: pins of other hosts do not matter."""
    told, sent = ask(_impostor, pinned="api.example.com")
    assert told == {"error": None, "mismatches": []}
    assert sent


def test_hosts_without_pins_are_refused_if_pins_are_required(ask: Ask) -> None:
    """With require-pins nothing is sent to them, although all else is in order, and the listener hears of it."""
    told, sent = ask(_impostor, pinned="api.example.com", strict=True)
    assert told["error"] == "ERR_PIN_MISMATCH"
    assert [(each["host"], each["presented"], each["enforced"]) for each in told["mismatches"]] == [
        ("localhost", "", True)
    ]
    assert not sent


def test_a_header_does_not_choose_other_pins(ask: Ask) -> None:
    """With a header Host TLS checks the name that it gives; the pins of the URL's host count nevertheless."""
    told, sent = ask(_other_impostor, header="other.test")
    assert told["error"] == "ERR_PIN_MISMATCH"
    assert [(each["host"], each["enforced"]) for each in told["mismatches"]] == [("localhost", True)]
    assert not sent


def test_the_pins_of_the_name_in_a_header_count_too(ask: Ask) -> None:
    """Where the URL's host has no pins, but the name that TLS checks has some."""
    told, sent = ask(_other_impostor, header="other.test", pinned="other.test")
    assert [each["host"] for each in told["mismatches"]] == ["other.test"]
    assert not sent


@pytest.mark.parametrize("pinned", ["localhost", "other.test"])
def test_a_header_that_leads_to_the_right_key_is_sent(ask: Ask, pinned: str) -> None:
    """The control: a server is asked by another name, and its key is that which is pinned."""
    told, sent = ask(_other, header="other.test", pinned=pinned)
    assert told == {"error": None, "mismatches": []}
    assert sent


def test_a_report_on_the_host_of_the_url_is_told_and_let_pass(ask: Ask) -> None:
    """Report-only is the same by either name."""
    told, sent = ask(_other_impostor, header="other.test", mode="report-only")
    assert told["error"] is None
    assert [(each["host"], each["enforced"]) for each in told["mismatches"]] == [("localhost", False)]
    assert sent


@pytest.mark.parametrize("ask", ["axios-late", "axios-cleared", "https-direct"], indirect=True)
def test_no_other_way_leads_to_a_rogue(ask: Ask) -> None:
    """Neither interceptors of others, nor none, nor a connection that is asked for directly."""
    told, sent = ask(_impostor)
    assert told["error"] == "ERR_PIN_MISMATCH"
    assert not sent


@pytest.mark.parametrize("ask", ["axios-late", "axios-cleared", "https-direct"], indirect=True)
def test_those_ways_lead_to_the_right_server(ask: Ask) -> None:
    """The control."""
    told, sent = ask(_genuine)
    assert told == {"error": None, "mismatches": []}
    assert sent


@pytest.mark.parametrize("ask", ["https-servername"], indirect=True)
def test_a_host_is_known_in_its_own_script(ask: Ask) -> None:
    """Node looks it up as IDNA has it, though it is no name of a URL."""
    told, sent = ask(_impostor, name="bücher.example.com", pinned="xn--bcher-kva.example.com")
    assert told["error"] == "ERR_PIN_MISMATCH"
    assert not sent


@pytest.mark.parametrize("ask", ["undici-dns"], indirect=True)
@pytest.mark.parametrize(("identity", "expected"), [(_genuine, None), (_impostor, "ERR_PIN_MISMATCH")])
def test_a_host_whose_address_was_looked_up_before_is_pinned(
    ask: Ask, identity: Callable[[LabPKI], Identity], expected: str | None
) -> None:
    """Undici then connects to an address, under the name of the host; pins that are demanded are those of the name."""
    told, _ = ask(identity, strict=True)
    assert told["error"] == expected


@pytest.mark.parametrize("ask", ["undici-socks"], indirect=True)
def test_a_socks_proxy_is_refused(ask: Ask) -> None:
    """Some versions of undici drop what pins there."""
    told, _ = ask(_genuine)
    assert told["error"] == "undici before 7.28 and 8.5 does not pin through SOCKS"


def test_versions_of_axios_that_do_not_pin_through_proxies_are_refused(tmp_path: Path) -> None:
    """Before 1.17 axios asks an HTTP proxy in clear, or in a tunnel without the agent's options."""
    (tmp_path / "node_modules").symlink_to(node.packages())
    pins = tmp_path / "pins.mjs"
    with Stage(PKIS.of("ec-p256")) as stage:
        pins.write_text(export(pinfile.parse(stage.pinning().pin_file()), find("axios")).text)
    program = shutil.copy(PROGRAMS / "node" / "old_axios.mjs", tmp_path)
    refused, taken = ("0.30.2", "1.0.0", "1.16.1", "next"), ("1.17.0", node.version("axios"), "2.0.0-beta.1")
    said = json.loads(run([NODE.find(), program, pins, *refused, *taken], tmp_path))
    assert said == ["axios before 1.17 does not pin through a proxy"] * len(refused) + [None] * len(taken)
