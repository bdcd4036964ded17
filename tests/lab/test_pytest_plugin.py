"""The pytest fixtures for other projects, tested by running pytest on such a project."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import ClientFailsError, LabError
from pinsmith.lab.laboratory import Laboratory
from tests.lab.scenarios.pinner import Pinner

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.lab.call import Call

PROJECT = """
import http.client, ssl
import pinsmith

def fetch(call):
    context = pinsmith.PinnedSSLContext(pinsmith.load(call.policy), cafile=str(call.cafile))
    connection = http.client.HTTPSConnection(call.host, call.port, context=context, timeout=5)
    try:
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"ok\\n"
    finally:
        connection.close()

def plain(call):
    context = ssl.create_default_context(cafile=call.cafile)
    connection = http.client.HTTPSConnection(call.host, call.port, context=context, timeout=5)
    try:
        connection.request("GET", "/")
        connection.getresponse().read()
    finally:
        connection.close()

def test_it_pins(lab):
    lab.require(fetch, scenarios=["leaf-pin", "wrong-key", "leaf-appended"], keys=["ec-p256"])

def test_it_does_not(lab):
    lab.require(plain, scenarios=["leaf-pin", "wrong-key"], keys=["ec-p256"])

def test_server(lab_server):
    fetch(lab_server)
    assert lab_server.received.startswith(b"GET / ")
    assert lab_server.pin in lab_server.policy.read_text()
"""


def test_a_project_tests_its_client_with_the_fixtures(tmp_path: Path) -> None:
    """The fixtures need no import, a correct client passes, and a wrong one fails with a description of its fault."""
    (tmp_path / "test_project.py").write_text(PROJECT)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 failed, 2 passed" in done.stdout, done.stdout + done.stderr
    assert "ClientFailsError: the client fails 1 of 2 trials" in done.stdout
    assert "it does not compare the server's key with its pins before it sends (wrong-key)" in done.stdout


def test_the_plugin_imports_nothing_but_pytest() -> None:
    """Every run of pytest imports the plugin where pinsmith is installed, so it imports only pytest itself."""
    code = "import sys, pytest; import pinsmith.lab.pytest_plugin; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"ssl", "cryptography", "pinsmith.lab.laboratory", "pinsmith.policy"} & set(done.stdout.split())


def test_a_program_can_be_judged_too(tmp_path: Path) -> None:
    """A command with placeholders works like a function; scenarios that need other values are skipped."""
    code = "import sys; sys.exit(1)"
    with Laboratory(tmp_path) as lab:
        # Without site-packages, Python starts twice as fast.
        trials = lab.trials([sys.executable, "-I", "-S", "-c", code, "{url}", "{pin}"], keys=["ec-p256"])
    assert {trial.verdict for trial in trials} == {"unproven", "skipped"}


def test_a_rogue_server_gets_nothing_from_a_pinner(tmp_path: Path) -> None:
    """The rogue server of the laboratory is trusted, but does not have the pinned key."""
    with Laboratory(tmp_path) as lab:
        rogue, good = lab.server(rogue=True), lab.server()
        for server, received in ((rogue, False), (good, True)):
            call = _call(server, tmp_path)
            assert Pinner()(call).well is received
            assert bool(server.received) is received
        assert Pinner(pins=False)(_call(rogue, tmp_path)).well
        assert rogue.received


def test_failures_are_listed_one_by_one(tmp_path: Path) -> None:
    """The exception lists each trial that failed, and has a hint."""
    with Laboratory(tmp_path) as lab, pytest.raises(ClientFailsError) as caught:
        lab.require(_raise_unless_plain_works, scenarios=["wrong-key"], keys=["ec-p256"])
    assert [trial.verdict for trial in caught.value.trials] == ["accepts-a-rogue"]
    assert caught.value.hint == "`pinsmith lab list wrong-key` describes the first of them"
    assert caught.value.__notes__ == list(caught.value.details)


def _raise_unless_plain_works(call: Call) -> None:
    if not Pinner(pins=False)(call).well:
        raise ConnectionError


def _call(server: object, folder: Path) -> Call:
    from pinsmith.lab.call import Call

    values = {name: getattr(server, name) for name in ("url", "host", "port", "cafile", "pins", "policy")}
    return Call(**values, address="127.0.0.1", proxy=None, state=folder)


def test_a_requirement_without_trials_is_not_met(tmp_path: Path) -> None:
    """A requirement of which no scenario can be tried fails; otherwise a misspelling would pass for ever."""
    with (
        Laboratory(tmp_path) as lab,
        pytest.raises(LabError, match="no scenario could be tried: it is only for the keys"),
    ):
        lab.require(Pinner(), scenarios=["plain-http"], keys=["rsa-2048"])
