"""`pinsmith lab serve --updates` writes test vectors and serves them to any client."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.errors import PinsmithError
from pinsmith.exit_code import ExitCode
from pinsmith.updates import Updater
from tests.cli.support import run
from tests.lab.live.serving import download

if TYPE_CHECKING:
    from pathlib import Path

SOME = ("update", "rollback-timestamp", "threshold-not-reached", "oversized-policy", "unreachable-update")
COMMAND = ("lab", "serve", "--scenario", "leaf-pin", "--updates")


@pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: no SIGINT for children")
def test_our_client_passes_what_the_command_serves(start: Any, tmp_path: Path) -> None:  # noqa: ANN401 - a factory
    """A client that was built with the written files does over TLS what `vectors.json` says."""
    folder = tmp_path / "updates"
    opened = json.loads(start("--format", "json", "--updates", str(folder)).line())
    document = json.loads((folder / "vectors.json").read_bytes())
    assert document["address"] == opened["updates"]
    roots = tmp_path / "roots.pem"
    roots.write_text(download(opened["files"]["roots"]))
    by_id = {vector["id"]: vector for vector in document["vectors"]}
    assert by_id["unreachable-update"]["states"][-1]["reasons"] == ["unreachable-update"]
    for name in SOME:
        for state in by_id[name]["states"]:
            updater = Updater(
                document["address"] + state["folder"],
                floor=folder / document["floor"],
                cache=tmp_path / "cache" / name,
                cafile=roots,
            )
            assert refreshed(updater) == state["code"]
            assert updater.status.version == state["policy_version"]
            updater.close()


def refreshed(updater: Updater) -> str | None:
    """Refresh, and return the code of the error."""
    try:
        updater.refresh()
    except PinsmithError as error:
        return error.code
    return None


@pytest.mark.usefixtures("briefly")
def test_people_see_the_address(tmp_path: Path) -> None:
    """The address of the description stands beside that of the page."""
    answer = run(*COMMAND, str(tmp_path / "updates"))
    document = json.loads((tmp_path / "updates" / "vectors.json").read_bytes())
    assert answer.code == ExitCode.OK
    assert f"\nupdates     {document['address']}vectors.json\n" in answer.stdout


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    """Nothing is served, and nothing is written."""
    (tmp_path / "mine").write_text("")
    answer = run(*COMMAND, str(tmp_path))
    assert (answer.code, answer.stdout) == (ExitCode.BROKE, "")
    assert answer.stderr.splitlines() == [
        f"pinsmith: error[file]: {tmp_path} is not empty, so no test vectors were written",
        "pinsmith: hint: name a folder that is empty or does not exist",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_the_proxy_of_the_lab_does_not_lead_to_them(tmp_path: Path) -> None:
    """Where clients need the proxy, the option is refused instead of serving what they cannot reach."""
    answer = run(*COMMAND, str(tmp_path / "updates"), "--name", "lab.example.com")
    assert (answer.code, answer.stdout) == (ExitCode.USAGE, "")
    assert "--updates serves test vectors without a proxy, but clients of this lab need one" in answer.stderr
    assert not (tmp_path / "updates").exists()


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lab itself needs no python-tuf, so only this option names the extra."""
    monkeypatch.setitem(sys.modules, "tuf.ngclient", None)
    answer = run(*COMMAND, str(tmp_path / "updates"))
    assert (answer.code, answer.stdout) == (ExitCode.USAGE, "")
    assert "pip install 'pinsmith[updates]'" in answer.stderr
    assert not (tmp_path / "updates").exists()
