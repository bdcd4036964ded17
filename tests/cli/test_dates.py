"""``check`` and the dates of a rotation: what is due or overdue is a warning, as in the service."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pinsmith.rotation.course import EVENTS
from pinsmith.rotation.journal import Journal
from pinsmith.rotation.standby_key import generate
from tests.cli.support import NOW, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import World
    from tests.cli.support import Result

PIN_FILE = """\
version = 1
[defaults]
lead-time = 30
[keys.old]
pin = "{old}"
role = "leaf"
[keys.next]
pin = "{next}"
role = "leaf"
standby = true
[[host]]
name = "api.example.com"
keys = ["old", "next"]
"""


def _check(world: World) -> Result:
    words = ("--connect", world.values["api"], "--cafile", world.cafile, "--strict")
    return run("check", "api.example.com", *words)


def test_an_overdue_move_of_a_rotation_is_a_warning(here: Path, world: World) -> None:
    """It is named with its day and its guard; without a rotation, the same host has no warning."""
    new = str(generate().pin)
    (here / "pins.toml").write_text(PIN_FILE.format(old=world.identity.pin, next=new))
    assert _check(world).code == 0
    facts = {"from": world.identity.pin, "to": new, "emergency": "key-lost", "choice": "rotate-now"}
    journal = Journal.beside(here / "pins.toml")
    journal.append(EVENTS["pin"], NOW - timedelta(days=2), key="next", host="api.example.com", facts=facts)
    warned = _check(world)
    assert warned.code == 5, warned
    assert "the move `certify` of its rotation to next was due on 2026-06-13, 2 days ago" in warned.stdout
    assert "it is blocked: the private key of next was not proven" in warned.stdout


def test_pins_of_a_release_that_end_are_a_warning(here: Path, world: World) -> None:
    """The release is named, although the pins of the pin file do not end."""
    text = PIN_FILE.format(old=world.identity.pin, next=generate().pin)
    (here / "pins.toml").write_text(text + "expires = 2026-06-20\n")
    assert run("release", "add", "android", "3.9").code == 0
    (here / "pins.toml").write_text(text)
    warned = _check(world)
    assert warned.code == 5, warned
    assert "the pins of android 3.9 end on 2026-06-20" in warned.stdout


def test_a_damaged_journal_hides_no_lockout(here: Path, world: World) -> None:
    """The hosts are checked without it, and a warning names the line and the way back."""
    text = PIN_FILE.format(old=generate().pin, next=generate().pin)
    (here / "pins.toml").write_text(text)
    (here / "pins.journal.jsonl").write_text("<<<<<<< HEAD\n")
    damaged = _check(world)
    assert damaged.code == 3, damaged
    assert "warning: pins.journal.jsonl:1" in damaged.stderr.replace(f"{here}/", "")
    assert "so dates of rotations and proofs of keys were not checked" in damaged.stderr
    assert "hint: restore the file from version control" in damaged.stderr
    (here / "pins.toml").write_text(text.replace(text.split('pin = "')[1].split('"')[0], str(world.identity.pin)))
    assert _check(world).code == 0
