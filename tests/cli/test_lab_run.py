"""`pinsmith lab run` gives a verdict on any program."""

from __future__ import annotations

import json
import os
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pinsmith.exit_code import ExitCode
from tests.cli.support import run
from tests.lab.process.lifeline import Lifeline, let_limits_pass
from tests.thinned import thinned

if TYPE_CHECKING:
    from tests.cli.support import Result

# A client that needs only the standard library, and compares at most the leaf's key.
CLIENT = """
import base64, hashlib, os, ssl, sys, urllib.parse, socket
url = urllib.parse.urlsplit(os.environ["PINSMITH_LAB_URL"])
mode = sys.argv[1]
context = ssl.create_default_context(cafile=os.environ["PINSMITH_LAB_CAFILE"])
with socket.create_connection((os.environ["PINSMITH_LAB_ADDRESS"], url.port), 5) as plain:
    with context.wrap_socket(plain, server_hostname=url.hostname) as secure:
        if mode == "pins":
            import pinsmith
            pins = {pin.strip() for pin in os.environ["PINSMITH_LAB_PINS"].split(",")}
            if str(pinsmith.Certificate(secure.getpeercert(True)).pin) not in pins:
                sys.exit("Authorization: Bearer not-for-logs" if "secret" in sys.argv else "no pinned key")
        secure.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n")
        assert secure.recv(100)
print("fetched")
"""
# A client that opens a connection, and sends nothing.
MEETS = (
    "import os, socket; "
    "met = socket.create_connection((os.environ['PINSMITH_LAB_ADDRESS'], int(os.environ['PINSMITH_LAB_PORT'])))"
)
FEW = ("--scenario", "leaf-pin", "--scenario", "wrong-key", "--key", "ec-p256")


@pytest.fixture
def client(tmp_path: Path) -> str:
    """Write the client."""
    path = tmp_path / "client.py"
    path.write_text(CLIENT)
    return str(path)


def _lab(client: str, *words: str, options: tuple[str, ...] = FEW) -> Result:
    return run("lab", "run", *options, "--", sys.executable, client, *words)


def test_a_client_that_pins_passes(client: str) -> None:
    """The exit code is 0, and the output has a line for each trial and a count."""
    answer = _lab(client, "pins")
    assert (answer.code, answer.stderr) == (ExitCode.OK, "")
    first, second, last = answer.stdout.splitlines()
    assert first.split()[:3] == ["pass", "leaf-pin", "ec-p256"]
    assert second.split()[:3] == ["pass", "wrong-key", "ec-p256"]
    assert last == "2 passed"


def test_a_client_that_does_not_pin_fails_loudly(client: str) -> None:
    """The exit code is 3, and the message explains what the client lacks."""
    answer = _lab(client, "plain")
    assert answer.code == ExitCode.MISMATCH
    assert answer.stdout.splitlines()[1].startswith("FAIL  wrong-key  ec-p256   accepts a rogue: ")
    assert answer.stderr.splitlines() == [
        f"pinsmith: error[client-fails]: {sys.executable} fails 1 of 2 trials",
        "  it does not compare the server's key with its pins before it sends (wrong-key)",
        "pinsmith: hint: `pinsmith lab list wrong-key` describes the first of them",
    ]


def test_a_client_that_connects_in_some_scenarios_only_is_not_accused_in_the_others(client: str) -> None:
    """The error states where nothing is known about the client, also in JUnit."""
    start = f"import os\nif 'pins-1' in os.environ['PINSMITH_LAB_POLICY']: raise SystemExit\n{CLIENT}"
    Path(client).write_text(start)
    options = ("--scenario", "session-after-pins-change", "--scenario", "leaf-pin", "--key", "ec-p256")
    answer = _lab(client, "plain", options=options)
    assert answer.code == ExitCode.MISMATCH
    assert [line.split()[0] for line in answer.stdout.splitlines()[:2]] == ["FAIL", "pass"]
    assert answer.stderr.splitlines()[1] == (
        "  it never connected to the server, or sent nothing, so nothing is known about it (session-after-pins-change)"
    )
    report = _lab(client, "plain", options=(*options, "--format", "junit")).stdout
    assert "it does not" not in report
    assert "it never connected to the server" in report


def test_a_client_of_leaves_gets_a_hint(client: str) -> None:
    """A client that fails only the trials of chains gets a hint to the profile, and passes with it."""
    options = ("--scenario", "leaf-pin", "--scenario", "root-pin", "--key", "ec-p256")
    answer = _lab(client, "pins", options=options)
    assert answer.code == ExitCode.MISMATCH
    assert "pass `--profile leaf`" in answer.stderr


def test_json_has_every_trial(client: str) -> None:
    """The document has the promised fields, and `ok` is set only if all trials passed."""
    document = json.loads(_lab(client, "plain", options=(*FEW, "--format", "json")).stdout)
    assert (document["version"], document["ok"], document["profile"]) == (1, False, "chain")
    good, rogue = document["scenarios"]
    assert set(good) == {"id", "key", "expected", "outcome", "bytes_received", "seconds", "verdict", "reason"}
    assert (good["id"], good["expected"], good["outcome"], good["verdict"]) == (
        "leaf-pin",
        "accept",
        "accepted",
        "pass",
    )
    assert (rogue["outcome"], rogue["verdict"], rogue["bytes_received"] > 0) == ("accepted", "accepts-a-rogue", True)


def test_junit_counts_what_failed_and_what_was_skipped(client: str) -> None:
    """The verdicts of JUnit are the same."""
    options = ("--profile", "leaf", "--key", "ec-p384", "--format", "junit")
    root = ET.fromstring(_lab(client, "plain", options=options).stdout)  # noqa: S314 - our own output
    suite = root[0]
    assert suite.get("failures") == str(len(suite.findall("testcase/failure"))) != "0"
    assert suite.get("tests") == str(len(suite))


def test_sarif_names_a_rule_for_every_result(client: str) -> None:
    """Every failure has a rule with its description."""
    answer = _lab(client, "plain", options=(*FEW, "--format", "sarif"))
    document = json.loads(answer.stdout)["runs"][0]
    rules = {rule["id"]: rule for rule in document["tool"]["driver"]["rules"]}
    assert [result["ruleId"] for result in document["results"]] == ["wrong-key"]
    assert "Rogue Root (trusted)" in rules["wrong-key"]["help"]["text"]


@pytest.mark.parametrize("form", thinned(("text", "json", "junit", "sarif"), {"text", "junit"}))
def test_the_output_of_a_client_is_not_repeated(client: str, form: str) -> None:
    """The output of a client may be confidential, so its last line is shown only on request."""
    options = ("--scenario", "leaf-appended", "--scenario", "root-pin", "--key", "ec-p256", "--format", form)
    answer = _lab(client, "pins", options=options)
    assert "exit code 1" in answer.stdout
    assert "no pinned key" not in answer.stdout + answer.stderr
    answer = _lab(client, "pins", "secret", options=(*options, "--show-output"))
    assert "exit code 1: Authorization: [removed]" in answer.stdout
    assert "not-for-logs" not in answer.stdout + answer.stderr


def test_control_characters_of_a_client_do_no_harm(tmp_path: Path) -> None:
    """The output of a client breaks neither XML nor a terminal."""
    path = tmp_path / "rude.py"
    path.write_text(f"{MEETS}; import sys; sys.exit('\\x1b[2J\\x00\\ufffe]]>&<x>')")
    command = ("lab", "run", *FEW, "--show-output")
    xml = run(*command, "--format", "junit", "--", sys.executable, str(path)).stdout
    failure = ET.fromstring(xml).findtext(".//failure")  # noqa: S314 - our own output
    assert failure is not None
    assert "\\x1b[2J\\x00\\ufffe]]>&<x>" in failure
    text = run(*command, "--", sys.executable, str(path)).stdout
    assert "\\x1b[2J\\x00" in text
    assert "\x1b" not in text


def test_a_client_of_any_name_has_a_place_in_sarif(client: str, tmp_path: Path) -> None:
    """File names are bytes, and those that are not text are percent-encoded unchanged."""
    program = tmp_path / os.fsdecode(b"fetch \xff")
    program.symlink_to(sys.executable)
    answer = run("lab", "run", *FEW, "--format", "sarif", "--", str(program), client, "plain")
    (result,) = json.loads(answer.stdout)["runs"][0]["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.endswith("/fetch%20%FF")


def test_a_run_of_refusals_alone_proves_little(tmp_path: Path) -> None:
    """A client that refuses everything passes every attack, so a run without an accepted trial gets a warning."""
    path = tmp_path / "refuses.py"
    lines = ["import os, socket", "address = os.environ['PINSMITH_LAB_ADDRESS'], int(os.environ['PINSMITH_LAB_PORT'])"]
    path.write_text("\n".join([*lines, "socket.create_connection(address).sendall(b'\\x16')", "raise SystemExit(1)"]))
    command = ("--key", "ec-p256", "--", sys.executable, str(path))
    answer = run("lab", "run", "--scenario", "wrong-key", *command)
    assert answer.code == ExitCode.OK
    assert "a client that refuses everything passes these scenarios, too" in answer.stderr
    assert run("lab", "run", *FEW[:4], *command).code == ExitCode.MISMATCH


def test_a_scenario_that_is_left_out_by_name_is_listed_as_skipped(client: str) -> None:
    """A client that fails one scenario passes without it, and a warning says that it was left out."""
    kind = ("--key", "ed25519")  # two scenarios have such keys
    assert _lab(client, "plain", options=kind).code == ExitCode.MISMATCH
    answer = _lab(client, "plain", options=(*kind, "--skip", "wrong-key"))
    assert answer.code == ExitCode.OK
    assert "skip  it was left out with --skip: wrong-key" in answer.stdout
    assert "warning: --skip left out wrong-key, so this run does not prove" in answer.stderr


def test_expected_output_is_demanded(client: str) -> None:
    """Where the user expects an output, an exit code of 0 is not enough."""
    answer = _lab(client, "pins", options=(*FEW[:2], *FEW[4:], "--expect-output", "delivered"))
    assert "exit code 0, but 'delivered' is not in its output" in answer.stdout
    assert _lab(client, "pins", options=(*FEW, "--expect-output", "fetched")).code == ExitCode.OK


@pytest.mark.skipif(os.name != "posix", reason="not on Windows: the client writes to a named pipe")
def test_a_client_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that exceeds its time is ended, and the verdict states that."""
    path = tmp_path / "hang.py"
    with Lifeline(tmp_path) as line:
        let_limits_pass(monkeypatch, once=lambda: line.has_spoken)
        path.write_text(
            f"{MEETS}; import signal, ssl; tls = ssl._create_unverified_context().wrap_socket(met); "
            f"open({str(line.path)!r}, 'w').write('met'); signal.pause()"
        )
        answer = run("lab", "run", *FEW[:2], *FEW[4:], "--timeout", "50", "--", sys.executable, str(path))
    assert answer.code == ExitCode.MISMATCH
    assert answer.stdout.splitlines()[0].endswith("hangs: it was still running after 50 s")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ((*FEW, "--", "no-such-client"), ExitCode.BROKE, "error[client-not-started]: client 'no-such-client'"),
        (("--", "curl", "{ulr}"), ExitCode.USAGE, "unknown placeholder {ulr}"),
        (("--scenario", "wrong-ke", "--", "x"), ExitCode.USAGE, "there is no scenario 'wrong-ke'"),
        (("--skip", "wrong-ke", "--", "x"), ExitCode.USAGE, "there is no scenario 'wrong-ke'"),
        (
            ("--skip", "leaf-pin", "--scenario", "leaf-pin", "--", "x"),
            ExitCode.USAGE,
            "--scenario 'leaf-pin' cannot be tried: it was left out with --skip",
        ),
        (
            ("--scenario", "leaf-pin", "--scenario", "plain-http", "--key", "rsa-2048", "--", "x"),
            ExitCode.USAGE,
            "--scenario 'plain-http' cannot be tried: it is only for the keys ec-p256",
        ),
        (("--key", "rsa", "--", "x"), ExitCode.USAGE, "--key 'rsa' is not one of 'ec-p256'"),
        ((), ExitCode.USAGE, "missing argument 'CLIENT"),
        (("--timeout", "0", "--", "x"), ExitCode.USAGE, "--timeout '0': expected 0.1 or more"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_mistake_of_the_caller_is_an_error(words: tuple[str, ...], code: ExitCode, message: str) -> None:
    """A mistake of the caller is an error and not a verdict on the client."""
    answer = run("lab", "run", *words)
    assert (answer.code, answer.stdout) == (code, "")
    assert message in answer.stderr


def test_scenarios_are_listed_and_described() -> None:
    """All published details can be read, by people and by machines."""
    lines = run("lab", "list").stdout.splitlines()
    described = run("lab", "list", "wrong-key").stdout
    document = json.loads(run("lab", "list", "--format", "json").stdout)
    assert [line.split()[0] for line in lines] == [scenario["id"] for scenario in document["scenarios"]]
    assert "DigiNotar" in described
    assert "Rogue Root (trusted)" in described
    assert run("lab", "list", "wrong").code == ExitCode.USAGE


@pytest.mark.parametrize("output", ["text", "json"])
def test_a_description_has_no_markup(output: str) -> None:
    """The mark for a drawing in the documentation is not shown on a terminal or in JSON."""
    ids = [scenario["id"] for scenario in json.loads(run("lab", "list", "--format", "json").stdout)["scenarios"]]
    shown = run("lab", "list", *ids, "--format", output).stdout
    assert "localhost" in shown
    assert "::\n" not in shown.replace("\\n", "\n").replace("[::", "")
