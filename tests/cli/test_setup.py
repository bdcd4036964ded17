"""`pinsmith setup`: from a repository to outputs that `sync` writes and that the apps use."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.cli import _output
from pinsmith.exit_code import ExitCode
from tests.cli.support import run
from tests.setup.trees import ANDROID, MANIFEST, PIN_FILE, REPOSITORIES, package, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.setup.trees import Repository

NSC: Final = "app/src/main/res/xml/network_security_config.xml"
MAIN: Final = "app/src/main/AndroidManifest.xml"
FOREIGN: Final = """\
<network-security-config>
    <domain-config>
        <domain includeSubdomains="false">partner.example.org</domain>
        <pin-set>
            <pin digest="SHA-256">L7NUb+MN6MUJofNL5LhvQX8zNPnhPfdVLpg3bFQg/Gk=</pin>
        </pin-set>
    </domain-config>
</network-security-config>
"""


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("repository", REPOSITORIES.values(), ids=REPOSITORIES)
def test_a_walk_from_the_repository_to_pinned_apps(repository: Repository, here: Path) -> None:
    """After `setup --yes --fix`, `sync` writes everything, both checks are green, and a second run changes nothing."""
    repository.write(here)
    consent = ["--accept-loss", repository.accept] if repository.accept else []
    if consent:
        refused = run("setup", "--yes", "--fix")
        assert (refused.code, "[[output]]" in (here / "pins.toml").read_text()) == (ExitCode.MISMATCH, False)
        assert f"--accept-loss {repository.accept}" in refused.stderr
    assert run("setup", "--check").code == ExitCode.MISMATCH
    assert run("setup", "--yes", "--fix", *consent).code == ExitCode.OK
    assert (here / "pins.toml").read_text().startswith(PIN_FILE)
    synced = run("sync")
    assert synced.code == ExitCode.OK, synced.stderr
    checked = run("sync", "--check")
    assert (checked.code, "warning" in checked.stderr) == (ExitCode.OK, False), checked.stderr
    after = _contents(here)
    again = run("setup", "--yes", "--fix", *consent)
    assert (again.code, _contents(here)) == (ExitCode.OK, after)
    assert "nothing was changed" in again.stderr
    wired = run("setup", "--check", *consent)
    if repository.missing:
        assert (wired.code, repository.missing in wired.stderr) == (ExitCode.MISMATCH, True)
    elif "dependency-missing" not in wired.stderr:
        assert wired.code == ExitCode.OK, wired.stderr


def test_check_writes_nothing(here: Path) -> None:
    """With --check, no file changes, and the exit code says that something is missing."""
    write({**ANDROID, "pins.toml": PIN_FILE}, here)
    before = _contents(here)
    answer = run("setup", "--check")
    assert (answer.code, _contents(here)) == (ExitCode.MISMATCH, before)
    assert f"{NSC} (android-nsc) missing" in answer.stdout
    assert "(not-named)" in answer.stderr


@pytest.mark.parametrize(
    ("answers", "path"),
    [("\n", NSC), ("1\n", NSC), ("7\nx\n2\n", "app/src/main/java/pins/Pins.kt"), ("0\n", None), ("", None)],
    ids=["the default", "the first", "not a number, and then the second", "nothing", "the end of the input"],
)
def test_on_a_terminal_people_choose(answers: str, path: str | None, here: Path) -> None:
    """The answer decides which output is added, and without an answer none is."""
    write({**ANDROID, "pins.toml": PIN_FILE}, here)
    answer = run("setup", stdin=answers, asks=True)
    assert answer.code == ExitCode.OK
    assert "choose how the Android app in app is pinned:" in answer.stderr
    text = (here / "pins.toml").read_text()
    assert text == PIN_FILE if path is None else f'path = "{path}"' in text


def test_a_script_must_say_what_it_wants(here: Path) -> None:
    """Without a terminal nobody can be asked, so nothing is written."""
    write({**ANDROID, "pins.toml": PIN_FILE}, here)
    before = _contents(here)
    answer = run("setup")
    assert (answer.code, _contents(here)) == (ExitCode.USAGE, before)
    assert "--yes" in answer.stderr


def test_a_format_can_be_preferred(here: Path) -> None:
    """With --prefer no question is asked, and the way with that format is taken."""
    write({**ANDROID, "pins.toml": PIN_FILE}, here)
    assert run("setup", "--prefer", "okhttp-kotlin").code == ExitCode.OK
    assert 'format = "okhttp-kotlin"' in (here / "pins.toml").read_text()
    assert run("setup", "--prefer", "okhtp").code == ExitCode.USAGE
    assert "did you mean expiry-dropped?" in run("setup", "--accept-loss", "expiry-droped").stderr


def test_an_output_that_sync_would_refuse_is_not_added(here: Path) -> None:
    """A loss is named with its consent, which is written only when it is given, and a refusal says why."""
    pins = PIN_FILE.replace("[[host]]", "[defaults]\nrequire-pins = true\n[[host]]")
    write({**ANDROID, "pins.toml": pins}, here)
    answer = run("setup", "--yes")
    assert (answer.code, (here / "pins.toml").read_text()) == (ExitCode.MISMATCH, pins)
    assert "--accept-loss require-pins-dropped" in answer.stderr
    assert run("setup", "--yes", "--accept-loss", "expiry-dropped").code == ExitCode.MISMATCH
    assert (here / "pins.toml").read_text() == pins
    assert run("setup", "--yes", "--accept-loss", "require-pins-dropped").code == ExitCode.OK
    assert 'accept-loss = ["require-pins-dropped"]' in (here / "pins.toml").read_text()
    assert run("sync").code == ExitCode.OK


def test_pins_of_others_are_imported_first(here: Path) -> None:
    """A file with other pins is not made an output, and the finding says how to keep them."""
    write({**ANDROID, MAIN: MANIFEST, "pins.toml": PIN_FILE, NSC: FOREIGN}, here)
    answer = run("setup", "--yes", "--fix")
    assert answer.code == ExitCode.MISMATCH
    assert f"pinsmith import {NSC} --from android-nsc --into pins.toml" in answer.stderr
    assert "(pins-not-in-pin-file)" in answer.stderr
    assert (here / NSC).read_text() == FOREIGN
    assert (here / MAIN).read_text() == MANIFEST
    assert (
        run(
            "import", NSC, "--into", "pins.toml", "--role", "sha256/L7NUb+MN6MUJofNL5LhvQX8zNPnhPfdVLpg3bFQg/Gk==leaf"
        ).code
        == 0
    )
    assert run("setup", "--yes", "--fix").code == ExitCode.OK
    assert run("sync").code == ExitCode.OK


def test_without_a_pin_file_the_pins_that_stand_are_named(here: Path) -> None:
    """Somebody who has no pin file learns which file it can be made from."""
    write({**ANDROID, NSC: FOREIGN}, here)
    answer = run("setup")
    assert answer.code == ExitCode.BROKE
    assert f"run `pinsmith import {NSC} > pins.toml`" in answer.stderr


def test_a_manifest_that_names_another_file_is_not_changed(here: Path) -> None:
    """People decide which of two configurations is in force."""
    named = MANIFEST.replace("<application", '<application android:networkSecurityConfig="@xml/other"')
    output = f'[[output]]\nformat = "android-nsc"\npath = "{NSC}"\n'
    write({**ANDROID, MAIN: named, "pins.toml": PIN_FILE + output}, here)
    answer = run("setup", "--fix")
    assert (here / MAIN).read_text() == named
    assert "(named-elsewhere)" in answer.stderr
    assert run("setup", "--check").code == ExitCode.MISMATCH


def test_directories_limit_the_search(here: Path) -> None:
    """Only projects in these directories are looked at, and they must belong to the repository."""
    write({"a/package.json": package("axios"), "b/go.mod": "module b\n", "pins.toml": PIN_FILE}, here)
    answer = run("setup", "--json", "--check", "b")
    assert [project["kind"] for project in json.loads(answer.stdout)["projects"]] == ["go"]
    output = f'[[output]]\nformat = "android-nsc"\npath = "a/{NSC}"\n'
    with (here / "pins.toml").open("a") as file:
        file.write(output + '[[output]]\nformat = "go"\npath = "b/pins.go"\n')
    assert run("setup", "--check", "b").code == ExitCode.OK
    assert "a/app/src/main/AndroidManifest.xml" in run("setup", "--check").stderr
    assert run("setup", "--check", here.parent).code == ExitCode.USAGE
    assert run("setup", "--check", "missing").code == ExitCode.USAGE


def test_the_pin_file_may_stand_beside_the_apps(here: Path) -> None:
    """Outputs are relative to the directory of the pin file, also those above it."""
    write({**ANDROID, "security/pins.toml": PIN_FILE, ".git/config": ""}, here)
    assert run("setup", "--yes", "--fix", "-f", "security/pins.toml", ".").code == ExitCode.OK
    assert f'path = "../{NSC}"' in (here / "security/pins.toml").read_text()
    assert "networkSecurityConfig" in (here / MAIN).read_text()
    assert run("sync", "-f", "security/pins.toml").code == ExitCode.OK
    assert run("setup", "--check", "-f", "security/pins.toml", ".").code == ExitCode.OK


def test_the_document_holds_what_the_text_says(here: Path) -> None:
    """A program learns what was found, what was added and what is missing."""
    write({**ANDROID, "pins.toml": PIN_FILE}, here)
    document = json.loads(run("setup", "--yes", "--json").stdout)
    (project,) = document["projects"]
    assert (document["version"], document["complete"], document["changed"]) == (1, False, ["pins.toml"])
    assert project["evidence"] == [{"kind": "file", "file": "app/build.gradle.kts", "line": 2, "column": None}]
    assert project["outputs"] == [{"format": "android-nsc", "path": NSC, "state": "new", "accept_loss": []}]
    assert project["alternatives"] == [["okhttp-kotlin"]]
    assert [finding["rule"] for finding in document["findings"]] == ["not-named"]


def test_a_file_that_changes_while_people_think_is_not_overwritten(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else's change to the manifest is kept, and neither file is written."""
    write({**ANDROID, "pins.toml": PIN_FILE}, here)
    other = MANIFEST.replace("App", "Other")

    def ask(question: str) -> str:
        del question
        (here / MAIN).write_text(other)
        return "1"

    monkeypatch.setattr(_output, "ask", ask)
    answer = run("setup", "--fix", asks=True)
    assert answer.code == ExitCode.BROKE
    assert ((here / MAIN).read_text(), (here / "pins.toml").read_text()) == (other, PIN_FILE)


def test_a_check_that_finds_nothing_fails(here: Path) -> None:
    """A check of the wrong directory is not green, and a command that writes has nothing to do."""
    write({"pins.toml": PIN_FILE}, here)
    assert run("setup", "--check").code == ExitCode.MISMATCH
    answer = run("setup")
    assert (answer.code, "no project was found" in answer.stderr) == (ExitCode.OK, True)


def test_check_does_not_go_with_what_writes(here: Path) -> None:
    """--check with --yes or --fix is a mistake on the command line."""
    write({"pins.toml": PIN_FILE}, here)
    assert run("setup", "--check", "--fix").code == ExitCode.USAGE
    assert run("setup", "--check", "--yes").code == ExitCode.USAGE
