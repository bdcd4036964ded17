"""Commands that change a pin file wait for each other, and a killed command loses nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from pinsmith import pinfile
from pinsmith.exit_code import ExitCode
from pinsmith.files import lock
from pinsmith.pin import Pin
from pinsmith.rotation.draft import Draft
from tests.cli.conftest import HOST
from tests.cli.support import run
from tests.files.crash import killed_at_each_call, needs_fork
from tests.files.test_lock import held_by_another
from tests.thinned import thinned

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import World

OTHER = "sha256/m/75u5q4l9S8eKtjUEcdPJ2p9kWqoADNihM3CZBIJZY="
THIRD = "sha256/PnXe2UyQyPGndZ66CgZBH8Xhtjd8KCbtvMDvCci3xME="
TEXT = """\
version = 1

[keys.a]
pin = "{pin}"
role = "leaf"

[keys.b]
pin = "{other}"
role = "leaf"

[[host]]
name = "{host}"
keys = ["a", "b"]

[[output]]
format = "curl"
path = "made/one.curlrc"

[[output]]
format = "curl"
path = "two.curlrc"
"""
CHANGING = {
    "add": ["add", "www.example.com", "--no-backup"],
    "add --key": ["add", HOST, "--key", f"c={THIRD}"],
    "remove": ["remove", HOST, "--key", "b", "--no-backup"],
    "remove --force": ["remove", HOST, "--key", "b", "--force"],
    "import": ["import", "other.curlrc", "--from", "curl", "--host", "new.example.com", "--into", "pins.toml"],
    "check --fix-roles": ["check", "--fix-roles"],
    "sync": ["sync"],
    "export -o": ["export", "curl", "-o", "two.curlrc"],
}
READING = {
    "check": ["check"],
    "sync --check": ["sync", "--check"],
    "export": ["export", "curl"],
}
DIALLING = {"add", "remove", "check", "check --fix-roles"}


@pytest.fixture
def project(here: Path, world: World) -> Path:
    """Make a pin file with two outputs, and a file to import."""
    (here / "pins.toml").write_text(TEXT.format(pin=world.identity.pin, other=OTHER, host=HOST))
    (here / "other.curlrc").write_text(f'pinnedpubkey = "sha256//{THIRD.removeprefix("sha256/")}"\n')
    return here


def _words(name: str, world: World) -> list[str]:
    words = (CHANGING | READING)[name]
    port = "www" if "www.example.com" in words else "api"
    return [*words, "--connect", world.values[port], "--cafile", str(world.cafile)] if name in DIALLING else words


@pytest.mark.parametrize("name", CHANGING)
def test_a_command_that_changes_the_file_waits_and_names_the_other(
    name: str, project: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another command holds the lock, a command that would change the file is refused and changes nothing."""
    monkeypatch.setattr(lock, "WAIT_SECONDS", 0.0)
    before = (project / "pins.toml").read_bytes()
    with held_by_another(project / "pins.toml") as process:
        result = run(*_words(name, world))
    assert result.code == ExitCode.BROKE
    assert f"error[locked]: pins.toml is locked by process {process.pid} (" in result.stderr
    assert (project / "pins.toml").read_bytes() == before
    assert not (project / "two.curlrc").exists()


@pytest.mark.parametrize("name", thinned(CHANGING, {"add", "sync"}))
def test_a_command_that_waited_reads_the_new_file(
    name: str, project: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command reads the file only when it holds the lock, so that it does not lose an edit."""
    more = '\n[[output]]\nformat = "curl"\npath = "three.curlrc"\n'
    with held_by_another(project / "pins.toml") as process:

        def write_and_end(_: float) -> None:
            if process.poll() is None:
                (project / "pins.toml").write_text((project / "pins.toml").read_text() + more)
                process.communicate()

        monkeypatch.setattr(time, "sleep", write_and_end)
        result = run(*_words(name, world))
    assert result.code == ExitCode.OK, result.stderr
    assert more in (project / "pins.toml").read_text()
    assert (project / "three.curlrc").exists() is (name == "sync")


def test_a_new_pin_file_waits_too(here: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """`init` begins a file under the lock, and before that it makes neither a standby key nor a certificate."""
    monkeypatch.setattr(lock, "WAIT_SECONDS", 0.0)
    words = ["init", HOST, "--generate-backup", "--connect", world.values["api"], "--cafile", str(world.cafile)]
    with held_by_another(here / "pins.toml"), monkeypatch.context() as patched:
        patched.setattr(Draft, "make_standby_keys", lambda *_: pytest.fail("made a key without the lock"))
        result = run(*words)
    assert (result.code, "error[locked]: pins.toml is locked by" in result.stderr) == (ExitCode.BROKE, True)
    assert not [path for path in here.parent.rglob("*") if path.is_file() and path.suffix in {".toml", ".key", ".csr"}]
    assert run(*words).code == ExitCode.OK


@pytest.mark.parametrize("name", [*CHANGING, *READING])
def test_without_another_command_every_command_runs(name: str, project: Path, world: World) -> None:
    """Control of the tests above and below: the commands succeed, and no lock file is left."""
    result = run(*_words(name, world))
    assert result.code == (ExitCode.MISMATCH if name == "sync --check" else ExitCode.OK), result.stderr
    assert {path.name for path in project.iterdir() if path.name.startswith(".")} == set()


@pytest.mark.parametrize("name", READING)
def test_a_command_that_only_reads_does_not_wait(
    name: str, project: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check in CI does not wait for an edit."""
    monkeypatch.setattr(lock, "WAIT_SECONDS", 0.0)
    with held_by_another(project / "pins.toml"):
        assert "locked" not in run(*_words(name, world)).stderr


def test_an_added_host_waits_for_the_network_without_the_lock(
    project: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An edit that another command wrote while the network was asked is kept."""
    from pinsmith.cli import _enrol

    look = _enrol.look

    def meanwhile(*given: object) -> object:
        assert run("add", HOST, "--key", f"c={THIRD}").code == ExitCode.OK
        return look(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(_enrol, "look", meanwhile)
    assert run(*_words("add", world)).code == ExitCode.OK
    policy = pinfile.load(project / "pins.toml")
    assert {str(key.pin) for entry in policy for key in entry.keys} >= {THIRD, OTHER}
    assert [entry.host for entry in policy] == [HOST, "www.example.com"]


def test_many_at_once_lose_nothing(project: Path) -> None:
    """Four commands that each add a key to one file at the same time all succeed."""
    code = "import sys; from pinsmith.cli import main; sys.exit(main())"
    pins = [Pin.of_spki(bytes([n])) for n in range(4)]
    processes = [
        subprocess.Popen([sys.executable, "-c", code, "add", HOST, "--key", f"k{n}={pin}"], stderr=subprocess.PIPE)
        for n, pin in enumerate(pins)
    ]
    errors = [process.communicate()[1].decode() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, errors
    assert {key.name for key in pinfile.load(project / "pins.toml").keys} == {"a", "b", *(f"k{n}" for n in range(4))}


SYNC = """
from pinsmith.cli import main
assert main(["sync", "--drop-foreign"]) == 0
"""
ADD = f"""
from pinsmith.cli import main
assert main(["add", "{HOST}", "--key", "c={THIRD}"]) == 0
"""


def _prepare(project: Path) -> str:
    return f"shutil.copytree({str(project)!r}, '.', dirs_exist_ok=True)"


@needs_fork
@pytest.mark.parametrize("step", thinned((9, 5), {9}))
def test_a_killed_sync_is_undone_by_the_next_command(project: Path, tmp_path: Path, step: int) -> None:
    """After a kill at any moment, the next start makes all outputs old or all new."""
    old = b'pinnedpubkey = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE="\n'
    (project / "two.curlrc").write_bytes(old)
    seen = []
    for here in killed_at_each_call(tmp_path / "killed", _prepare(project), SYNC, step=step):
        result = run("add", HOST, "--key", f"c={THIRD}", "-f", here / "pins.toml")
        assert result.code == ExitCode.OK, result.stderr
        one, two = here / "made" / "one.curlrc", (here / "two.curlrc").read_bytes()
        assert one.exists() == (two != old)
        note = "an earlier command was killed" in result.stderr
        assert {path.name for path in here.rglob(".*") if not path.name.endswith(".tmp")} == set()
        seen.append((two != old, note))
    assert set(seen) == {(False, False), (False, True), (True, False)}


@needs_fork
@pytest.mark.parametrize("step", thinned((5, 2), {5}))
def test_a_killed_add_leaves_the_old_file_or_the_new_one(project: Path, tmp_path: Path, step: int) -> None:
    """After a kill at any moment, the pin file can be read and edited."""
    seen = []
    for here in killed_at_each_call(tmp_path / "killed", _prepare(project), ADD, step=step):
        names = {key.name for key in pinfile.load(here / "pins.toml").keys}
        seen.append("c" in names)
        assert run("remove", HOST, "--key", "b", "--force", "-f", here / "pins.toml").code == ExitCode.OK
        assert {path.name for path in here.rglob(".*")} <= set()
    assert (seen[0], seen[-1]) == (False, True)


EXPORT = """
from pinsmith.cli import main
assert main(["export", "expo-nsc", "-o", "out/plugin.js"]) == 0
"""


@needs_fork
@pytest.mark.parametrize("step", thinned((9, 5), {9}))
def test_a_killed_export_is_whole_when_it_is_run_again(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """An export of two files that was killed is repeated, and both files are right."""
    seen = set()
    for here in killed_at_each_call(tmp_path / "killed", _prepare(project), EXPORT, step=step):
        monkeypatch.chdir(here)
        result = run("export", "expo-nsc", "-o", "out/plugin.js")
        assert result.code == ExitCode.OK, result.stderr
        files = sorted(path for path in (here / "out").iterdir() if path.suffix != ".tmp")
        assert [path.name for path in files] == ["pinned_network_security_config.xml", "plugin.js"]
        seen.add(("was killed" in result.stderr, *(path.read_bytes() for path in files)))
    assert len(seen) == 2  # with and without the note; the files are the same
