"""`pinsmith check` of chains that do not verify: every fault has its own code and hint, and is printed once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from pinsmith.checks.chain_fault import MEANINGS
from pinsmith.checks.live import check_outcome
from pinsmith.exit_code import ExitCode
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.identity import Identity
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.probe import survey
from tests.checks import sample
from tests.cli.conftest import END, HOST, START
from tests.cli.support import NOW, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinsmith.checks.host_check import CheckVerdict
    from pinsmith.probe import FetchOutcome
    from tests.cli.conftest import World

DEAD = NOW - timedelta(days=3)
EXPIRED = f"a certificate that expired on {DEAD:%Y-%m-%d}"
# The server's certificate: the code, and words of the message and of the hint.
CASES = {
    "expired": ("certificate-expired", EXPIRED, "renew the certificate"),
    "intermediate expired": ("certificate-expired", "CN=Dying, which expired on", "renew the certificate"),
    "wrong name": ("wrong-host-name", "a certificate for other hosts: www.example.com", f"that names {HOST}"),
    "no intermediate": ("untrusted-chain", "an intermediate may be missing", "send its intermediates"),
    "self-signed": ("untrusted-chain", "self-signed", 'trust = "pins-only"'),
    "another root": ("untrusted-chain", "is not a trust anchor", "pass its root with --cafile"),
}


def _case(name: str, world: World) -> tuple[Identity, str | None]:
    """Make the pinned identity of a case, and the certificates to send as PEM, unless they are its chain."""
    key = world.identity.key
    if name == "expired":
        return world.intermediate.issue(HOST, key=key, not_before=START, not_after=DEAD), None
    if name == "intermediate expired":
        dying = world.root.intermediate("Dying", not_before=START, not_after=DEAD)
        return dying.issue(HOST, key=key, not_before=START, not_after=END), None
    if name == "self-signed":
        return Identity.self_signed(HOST, key=key, not_before=START, not_after=END), None
    if name == "another root":
        other = Authority.root("Other Root", not_before=START, not_after=END)
        identity = other.issue(HOST, key=key, not_before=START, not_after=END)
        return identity, identity.pem + other.pem
    host = "www.example.com" if name == "wrong name" else HOST
    identity = world.intermediate.issue(host, key=key, not_before=START, not_after=END)
    return identity, identity.pem if name == "no intermediate" else None


def _pin(here: Path, *pins: str, host: str = HOST) -> None:
    keys = "".join(f'[keys.key{at}]\npin = "{pin}"\nrole = "leaf"\n' for at, pin in enumerate(pins))
    names = ", ".join(f'"key{at}"' for at in range(len(pins)))
    (here / "pins.toml").write_text(f'version = 1\n{keys}[[host]]\nname = "{host}"\nkeys = [{names}]\n')


@pytest.mark.parametrize("name", CASES)
def test_a_chain_that_does_not_verify_is_not_a_mismatch(name: str, here: Path, world: World) -> None:
    """Text, JSON and JUnit contain the code of the fault and its own hint, although the key is pinned."""
    code, message, hint = CASES[name]
    identity, presented = _case(name, world)
    _pin(here, world.identity.pin)
    with RecordingServer(identity, presented=presented) as server:
        words = ("check", "--connect", f"127.0.0.1:{server.port}", "--cafile", world.cafile)
        text, document = run(*words), run(*words, "--format", "json")
        report = run(*words, "--format", "junit")
    assert {text.code, document.code, report.code} == {ExitCode.MISMATCH}
    (host,) = json.loads(document.stdout)["hosts"]
    assert (host["verdict"], host["reason"]) == ("not-verified", code)
    assert message in host["message"]
    assert hint in host["hint"]
    assert code == "untrusted-chain" or "private" not in host["hint"]
    failure = ET.fromstring(report.stdout.partition("\n")[2]).find(".//failure")  # noqa: S314 - ours
    assert failure is not None
    assert failure.get("type") == code
    assert text.stdout.startswith(f"NOT VERIFIED  {HOST}:443 (127.0.0.1) presents ")
    assert text.stderr == f"pinsmith: error[{code}]: 1 of 1 checks failed: 1 not verified\n"
    assert code in MEANINGS


def test_each_failure_is_printed_once(here: Path, world: World) -> None:
    """The result names every failure, and standard error sums them up without repeating a line."""
    _pin(here, world.stranger.pin)
    answer = run("check", "--connect", world.values["api"], "--cafile", world.cafile)
    assert answer.code == ExitCode.MISMATCH
    assert world.identity.pin in answer.stdout
    assert "  hint: clients stay locked out until the host presents a pinned key again" in answer.stdout
    assert answer.stderr == "pinsmith: error[pin-mismatch]: 1 of 1 checks failed: 1 mismatched\n"


def test_the_certificate_of_another_host_is_not_a_mismatch_with_pins_only() -> None:
    """A host with pins-only fails because of its name, and gets no hint about its chain."""
    own = Identity.self_signed("www.example.com")
    pinned = sample.policy(sample.key("live", own.pin), trust="pins-only")
    check = check_outcome(pinned, sample.fetched(own, trusted=False), now=sample.NOW)
    expected: CheckVerdict = "not-verified"
    assert (check.verdict, check.reason) == (expected, "wrong-host-name")
    assert check.hint is not None
    assert "that names" in check.hint


def test_progress_counts_hosts_and_shows_the_total(here: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress for two hosts with three handshakes each ends at two of two, and always shows the total."""
    monkeypatch.setenv("TERM", "xterm")
    _pin(here, world.identity.pin)
    answer = run("check", HOST, f"{HOST}:8443", "--connect", world.values["api"], "--cafile", world.cafile, tty=True)
    assert answer.code == ExitCode.OK
    assert "2/2" in answer.stderr
    assert "?" not in answer.stderr.replace("\x1b[?25", "")


@pytest.mark.parametrize("output", ["text", "json", "junit"])
def test_ctrl_c_prints_the_results_so_far(
    output: str, here: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host that answered before the interrupt is reported, and the report is marked as incomplete."""
    whole = survey.survey_each

    def interrupted(*args: Any, **options: Any) -> Iterator[tuple[int, list[FetchOutcome]]]:  # noqa: ANN401 - as wrapped
        yield next(whole(*args, **options))
        raise KeyboardInterrupt

    monkeypatch.setattr(survey, "survey_each", interrupted)
    _pin(here, world.identity.pin)
    words = ("check", HOST, f"{HOST}:8443", "--connect", world.values["api"], "--cafile", world.cafile)
    answer = run(*words, "--format", output)
    assert (answer.code, answer.stderr) == (ExitCode.INTERRUPTED, "pinsmith: interrupted\n")
    if output == "json":
        document = json.loads(answer.stdout)
        assert (document["ok"], [host["verdict"] for host in document["hosts"]]) == (False, ["matched"])
    elif output == "junit":
        assert 'failure message="interrupted after 1 of 2 hosts"' in answer.stdout
    else:
        assert answer.stdout.startswith(f"ok  {HOST}:")
        assert answer.stdout.count("presents key0") == 1


def test_a_compromised_chain_has_a_code_of_its_own(here: Path, world: World) -> None:
    """Standard error names the compromised key, although the leaf is pinned, because that is the worse fault."""
    _pin(here, world.identity.pin)
    with (here / "pins.toml").open("a") as file:
        file.write(f'[compromised.stolen]\npin = "{world.intermediate.pin}"\n')
    answer = run("check", "--connect", world.values["api"], "--cafile", world.cafile)
    assert answer.code == ExitCode.MISMATCH
    assert answer.stderr == "pinsmith: error[compromised-chain]: 1 of 1 checks failed: 1 mismatched\n"


def test_the_summary_is_below_the_results_in_a_log_of_both_streams(here: Path, world: World) -> None:
    """The order is kept although standard output is buffered when it is not a terminal."""
    _pin(here, world.stranger.pin)
    code = "import sys; from pinsmith.cli import main; sys.exit(main())"
    words = ("check", HOST, "--connect", world.values["api"], "--cafile", str(world.cafile))
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=here,
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == ExitCode.MISMATCH
    first, *_, last = done.stdout.splitlines()
    assert first.startswith("MISMATCH")
    assert last.startswith("pinsmith: error[pin-mismatch]")
