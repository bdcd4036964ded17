"""The commands `demo` and `selftest`."""

from __future__ import annotations

import io
import os
import tempfile
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from docs.generate import recording
from pinsmith.cli import _check_result, _demo_folder, main
from pinsmith.rotation.guards import keys
from pinsmith.tls._enforcer import Enforcer
from pinsmith.updates import Updater

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pinsmith.cli._demo_folder import CommandResult, DemoFolder
    from pinsmith.tls._chain import TLS
    from pinsmith.tls._connection_record import ConnectionRecord


def test_every_step_of_the_demo_behaves(capfd: pytest.CaptureFixture[str]) -> None:
    """The demo fetches, pins, checks, stops an interceptor and rotates as in its recording, and exits with 0."""
    assert main(["demo"]) == 0
    shown = capfd.readouterr().out
    assert "with pins the attacker read 0 bytes" in shown
    assert "presents api-standby" in shown
    assert "All 11 steps behaved as expected." in shown
    # The picture on the first page; `python -m docs.generate.recording` makes it.
    assert recording.comparable(recording.recorded()) == recording.comparable(shown)


def _run_here(
    place: DemoFolder, words: Sequence[str], start: Callable[..., CommandResult] = _demo_folder.DemoFolder.run
) -> CommandResult:
    """Run pinsmith in this process, because another test runs it as the demo does, and other programs outside."""
    if words[0] != "pinsmith":
        return start(place, words)
    shown = io.TextIOWrapper(io.BytesIO(), "utf-8")
    with chdir(place.folder), redirect_stdout(shown), redirect_stderr(shown):
        code = main(words[1:])
    shown.seek(0)
    return _demo_folder.CommandResult(shown.read(), code)


def test_the_demo_fails_when_the_client_does_not_pin(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client without enforcement reveals its secret, and the demo reports that and exits with 1."""
    unpinned = _demo_folder.CLIENT.replace('"--plain" not in sys.argv', "False")
    monkeypatch.setattr(_demo_folder, "CLIENT", unpinned)
    monkeypatch.setattr(_demo_folder.DemoFolder, "run", _run_here)
    assert main(["demo"]) == 1
    streams = capfd.readouterr()
    assert "FAILED: with pins the attacker read 84 bytes" in streams.out
    assert "error[demo]: 2 of 11 steps failed" in streams.err


def test_the_rotation_locks_nobody_out_and_leaves_nothing_behind(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deploy hook stops a fresh key, the server changes to the standby key, and no file and no log line is left."""
    scratch, home = tmp_path / "scratch", tmp_path / "home"
    scratch.mkdir()
    home.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home)
    before = dict(os.environ)
    assert main(["demo", "--rotation"]) == 0
    shown, err = capfd.readouterr()
    assert "android 1.0 is locked out: it pins api-" in shown
    assert "nothing was written: tls/fullchain.pem is as before" in shown
    assert "= the server answers users of android 1.0, android 1.1 and android 1.2" in shown
    assert "FAILED" not in shown
    assert err == ""
    assert [*scratch.iterdir(), *home.iterdir()] == []
    assert (dict(os.environ), Path.cwd()) == (before, home)


def _pass_all_certificates(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(_check_result, "conclude", lambda *_given, **_named: 0)


def _accept_one_place(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(keys, "_SITES", 1)


def _accept_all_keys(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Enforcer, "enforce", _pass_all)


@pytest.mark.parametrize(
    ("weaken", "failure"),
    [
        (_pass_all_certificates, "the server answers users of android 1.0"),
        (_accept_one_place, "so one accident may destroy it"),
        (_accept_all_keys, "an attacker whom their devices trust gets"),
    ],
    ids=["the hook deploys everything", "a guard is asleep", "clients do not pin"],
)
def test_the_rotation_fails_if_a_promise_is_broken(
    weaken: Callable[[pytest.MonkeyPatch], None],
    failure: str,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without the hook, a guard or the enforcement, the demonstration names the steps that failed, and exits with 1."""
    weaken(monkeypatch)
    assert main(["demo", "--rotation"]) == 1
    err = capfd.readouterr().err
    assert "error[demo]: " in err
    assert failure in err


def test_a_stolen_key_is_replaced_by_updates(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Programs of two generations follow each update, and an attacker profits only while pins are suspended."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    assert main(["demo", "--incident"]) == 0
    shown, err = capfd.readouterr()
    for line in (
        "= the provider is refused by every program, and reads 0 bytes",
        "= the provider is accepted by program 1.0 and 2.0, and reads 120 bytes",
        "= the server with its new key is accepted by program 1.0 and 2.0, and reads 120 bytes",
        "= the thief, with the stolen key, is refused by every program, and reads 0 bytes",
    ):
        assert line in shown
    assert ("FAILED" in shown, err, [*scratch.iterdir()]) == (False, "", [])


def test_the_incident_fails_if_an_update_is_not_verified(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If clients do not follow updates, the demonstration names the steps that failed, and exits with 1."""
    monkeypatch.setattr(Updater, "refresh", lambda _: None)
    assert main(["demo", "--incident"]) == 1
    assert "error[demo]: 4 of 28 steps failed" in capfd.readouterr().err


@pytest.mark.thorough
def test_the_self_test_lists_its_proofs(capfd: pytest.CaptureFixture[str]) -> None:
    """`selftest` prints a line for each way, route and case, both for a context and for the whole process."""
    assert main(["selftest"]) == 0
    shown, err = capfd.readouterr()
    wrong = shown.count("wrong pin: refused, no byte sent\n")
    assert (
        err.splitlines()[-1] == f"pinsmith: ok: {wrong} wrong pins were refused, and {wrong} right pins were accepted"
    )
    assert "ssl, direct, wrong pin: refused, no byte sent" in shown
    assert "whole process, asyncio, through a proxy, wrong pin: refused, no byte sent" in shown


@pytest.fixture
def enforcement_switched_off(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let every handshake pass, as a patch of ssl would."""
    monkeypatch.setattr(Enforcer, "enforce", _pass_all)
    yield
    monkeypatch.undo()


def _pass_all(self: Enforcer, _tls: TLS, record: ConnectionRecord) -> None:
    record.policy = self.policy


@pytest.mark.usefixtures("enforcement_switched_off")
def test_the_self_test_fails_where_pins_are_not_enforced(capfd: pytest.CaptureFixture[str]) -> None:
    """Where a wrong pin is accepted, `selftest` names every way that leaked and exits with 3."""
    assert main(["selftest"]) == 3
    err = capfd.readouterr().err
    assert "error[self-test]:" in err
    assert "ssl, direct, wrong pin: FAILED, the rogue server received" in err
