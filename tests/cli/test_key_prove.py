"""``key prove``, ``key list``, ``rotate log``, and what ``check`` says of keys that nobody has proven."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from pinsmith.rotation.journal import NAME
from pinsmith.rotation.standby_key import generate
from tests.cli.support import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import World

STANDBY = generate()
PIN_FILE = """\
version = 1
[defaults]
drill-days = {days}
[keys.api-2026]
pin = "{leaf}"
role = "leaf"
[keys.api-standby]
pin = "{standby}"
role = "leaf"
standby = true
[[host]]
name = "api.example.com"
keys = ["api-2026", "api-standby"]
"""


@pytest.fixture
def project(here: Path, world: World) -> Path:
    """Write a pin file with a standby key, and the private key beside it."""
    text = PIN_FILE.format(days=180, leaf=world.values["leaf-pin"], standby=STANDBY.pin)
    (here / "pins.toml").write_text(text)
    (here / "standby.key").write_bytes(STANDBY.private_pem())
    return here


def _warnings(world: World) -> list[str]:
    answer = run("check", "--connect", world.values["api"], "--cafile", world.cafile, "--json")
    (host,) = json.loads(answer.stdout)["hosts"]
    return [finding["message"] for finding in host["findings"] if finding["rule"] == "drill-overdue"]


def test_a_proof_ends_the_warning_until_it_is_too_old(project: Path, world: World) -> None:
    """A standby key that was never proven is a warning; the proof says when and where; an old proof warns again."""
    never = "nobody knows whether the private key of api-standby still exists: it was never proven"
    assert _warnings(world) == [never]
    proven = run("key", "prove", "api-standby", "standby.key", "--custody", "safe in Berlin")
    assert (proven.code, "exists and can sign" in proven.stderr) == (0, True)
    assert _warnings(world) == []
    keys = json.loads(run("key", "list", "--json").stdout)["keys"]
    assert [(key["name"], key["hosts"], key["custody"]) for key in keys] == [
        ("api-2026", ["api.example.com"], None),
        ("api-standby", ["api.example.com"], "safe in Berlin"),
    ]
    (project / "pins.toml").write_text((project / "pins.toml").read_text().replace("days = 180", "days = 0"))
    assert _warnings(world) == []


def test_the_text_of_the_list_says_where_a_key_is_kept(project: Path) -> None:
    """People read it before a rotation."""
    assert "  never proven" in run("key", "list").stdout
    run("key", "prove", "api-standby", project / "standby.key", "--custody", "safe in Berlin")
    assert "  proven on 2026-06-15, kept in: safe in Berlin" in run("key", "list").stdout


def test_the_wrong_key_is_no_proof(project: Path) -> None:
    """The journal does not exist afterwards, and no part of a private key is printed."""
    (project / "other.key").write_bytes(generate().private_pem())
    answer = run("key", "prove", "api-standby", "other.key")
    assert (answer.code, (project / NAME).exists()) == (1, False)
    assert "expected the private key of api-standby" in answer.stderr
    assert "PRIVATE" not in answer.stderr
    assert run("key", "prove", "api-old", "standby.key").code != 0


def test_the_log_is_verified(project: Path) -> None:
    """An absent journal says so; a whole one is counted; a damaged one names its line, and nobody adds to it."""
    absent = run("rotate", "log", "--verify")
    assert (absent.code, "nothing was recorded yet" in absent.stderr) == (0, True)
    run("key", "prove", "api-standby", "standby.key")
    run("key", "prove", "api-standby", "standby.key")
    whole = run("rotate", "log")
    assert (whole.code, whole.stdout.count("key-proven"), "2 entries" in whole.stderr) == (0, 2, True)
    assert len(json.loads(run("rotate", "log", "--json").stdout)["heads"]) == 1
    lines = (project / NAME).read_text().splitlines()
    (project / NAME).write_text(lines[1] + "\n")
    for words in (("rotate", "log", "--verify"), ("key", "prove", "api-standby", "standby.key"), ("key", "list")):
        damaged = run(*words)
        assert (damaged.code, "error[broken-journal]" in damaged.stderr, f"{NAME}:1" in damaged.stderr) == (
            1,
            True,
            True,
        )
    assert (project / NAME).read_text() == lines[1] + "\n"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
@pytest.mark.usefixtures("project")
def test_a_key_is_read_from_a_pipe() -> None:
    """`<(command)` of a shell is the name of an open pipe, and the key in it lies on no disk."""
    reader, writer = os.pipe()
    try:
        os.write(writer, STANDBY.private_pem())
        os.close(writer)
        proven = run("key", "prove", "api-standby", f"/dev/fd/{reader}")
    finally:
        os.close(reader)
    assert (proven.code, "exists and can sign" in proven.stderr) == (0, True), proven
