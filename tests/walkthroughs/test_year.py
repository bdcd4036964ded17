"""A year with pins: renewals, rotations, a lost key, another authority and a stolen key; nobody is ever locked out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.lab.pki.authority import Authority
from tests.walkthroughs.year import END, HOST, START, Year

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinsmith.rotation.standby_key import StandbyKey


@pytest.fixture
def year(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Year]:
    """Begin the year in an empty repository."""
    folder = tmp_path / "app"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with Year(folder) as made:
        yield made


def test_nobody_is_locked_out_in_a_year_of_changes(year: Year) -> None:
    """Every version that users have connects to its server after each change, and every attacker is refused."""
    first, second = year.key("api-2026"), year.key("api-2027")
    year.serve(year.issue(first))
    (year.folder / "pins.toml").write_text(_pin_file(first.pin, second.pin))
    year.run("sync")
    year.prove("api-2027")
    year.ship("1.0")
    year.everybody_connects()
    _renew(year, first)
    _rotate(year, second)
    fourth = _lose_the_standby_key(year)
    _change_the_authority(year, second)
    _replace_a_stolen_key(year, fourth)
    assert year.pinned() == ["api-2029", "api-2030"]
    assert year.events() == ["certified", "switched", "ended"] * 2
    year.run("rotate", "log", "--verify")


def _renew(year: Year, key: StandbyKey) -> None:
    """Let a renewal with a fresh key, as most tools make it, be stopped; one with the same key is not."""
    year.pass_days(60)
    year.issue()
    assert "1.0" in year.run("check", "--certificate", "new.pem", "--cafile", "trusted.pem", HOST, code=3)
    renewed = year.issue(key)
    year.run("check", "--certificate", "new.pem", "--cafile", "trusted.pem", HOST)
    year.serve(renewed)
    year.everybody_connects()


def _rotate(year: Year, key: StandbyKey) -> None:
    """Change to the standby key, which 1.0 pins, and remove the old one when a release has another standby key."""
    year.issue()
    assert "the certificate has another key" in year.rotate("--certificate", "new.pem", "--renewal", "by-hand", code=3)
    new = year.issue(key)
    assert "nobody has shown how" in year.rotate("--certificate", "new.pem", code=3)
    year.rotate("--certificate", "new.pem", "--renewal", "by-hand")
    assert "does not present api-2027" in year.rotate(code=3)
    year.serve(new)
    year.everybody_connects()
    year.rotate()
    assert "no key would be left that no server presents" in year.rotate(code=3)
    year.add_standby("api-2028")
    year.ship("1.1")
    year.pass_days(31)
    year.rotate()
    assert year.pinned() == ["api-2027", "api-2028"]
    year.ship("1.2")
    year.everybody_connects()


def _lose_the_standby_key(year: Year) -> StandbyKey:
    """Pin another standby key in the place of the one whose copies are lost."""
    made = year.add_standby("api-2029")
    year.run("remove", HOST, "--key", "api-2028", live=True)
    year.run("sync")
    year.ship("1.3")
    year.everybody_connects()
    return made


def _change_the_authority(year: Year, key: StandbyKey) -> None:
    """Serve a certificate of another authority, with the same key."""
    year.pass_days(60)
    moved = year.issue(key, year.second)
    year.run("check", "--certificate", "new.pem", "--cafile", "trusted.pem", HOST)
    year.serve(moved)
    year.everybody_connects()


def _replace_a_stolen_key(year: Year, key: StandbyKey) -> None:
    """Change at once. Versions before 1.3 lack the standby key, so the command demands a choice."""
    assert "rotating now locks out android 1.0, android 1.1 and android 1.2" in year.rotate(
        "--emergency", "key-compromised", code=3
    )
    for version in ("1.0", "1.1", "1.2"):
        year.retire(version)
    new = year.issue(key)
    year.rotate("--emergency", "key-compromised", "--choose", "rotate-now", "--certificate", "new.pem")
    year.serve(new)
    year.everybody_connects()
    year.rotate()
    year.add_standby("api-2030")
    year.ship("1.4")
    year.rotate()
    year.everybody_connects()


def _pin_file(first: object, second: object) -> str:
    return f"""\
version = 1

[defaults]
lead-time = 30

[keys.api-2026]
pin = "{first}"
role = "leaf"

[keys.api-2027]
pin = "{second}"
role = "leaf"
standby = true

[[host]]
name = "{HOST}"
keys = ["api-2026", "api-2027"]

[[output]]
format = "android-nsc"
path = "network_security_config.xml"
"""


def test_a_host_of_a_public_authority_moves_to_another(year: Year) -> None:
    """A release pins both roots; the certificate of the second is examined, deployed, and the first root is removed."""
    third = Authority.root(not_before=START, not_after=END)
    year.serve(year.issue())
    (year.folder / "pins.toml").write_text(_roots(year.root.pin, year.second.pin, third.pin))
    year.run("sync")
    year.ship("1.0")
    year.everybody_connects()
    words = ("--to", "root-b", "--from", "root-a", "--certificate", "new.pem")
    year.issue()
    assert "build no chain with root-b" in year.rotate(*words, code=3)
    new = year.issue(authority=year.second)
    year.rotate(*words)
    assert "does not present root-b" in year.rotate(code=3)
    year.serve(new)
    year.everybody_connects()
    year.rotate()
    assert "the way back stays open" in year.rotate(code=3)
    year.pass_days(31)
    year.rotate()
    assert year.pinned() == ["root-b", "root-c"]
    year.everybody_connects()


def _roots(*pins: str) -> str:
    keys = "".join(
        f'[keys.root-{name}]\npin = "{pin}"\nrole = "root"\n\n' for name, pin in zip("abc", pins, strict=True)
    )
    names = ", ".join(f'"root-{name}"' for name in "abc")
    return f'version = 1\n\n[defaults]\nlead-time = 30\n\n{keys}[[host]]\nname = "{HOST}"\nkeys = [{names}]\n'


def test_a_mail_server_waits_for_resolvers_and_not_for_users(year: Year) -> None:
    """DNS alone carries the pins: the TLSA record of the next key is written, and resolvers get twice their time."""
    first, second = year.key("mx-2026"), year.key("mx-2027")
    year.serve(year.issue(first))
    spare = year.key("mx-2028")
    (year.folder / "pins.toml").write_text(_zone(first.pin, second.pin, spare.pin))
    year.run("sync")
    for name in ("mx-2027", "mx-2028"):
        year.prove(name)
    year.rotate("--to", "mx-2027")
    digest = second.pin.digest.hex()
    assert digest in (year.folder / "tlsa.zone").read_text().lower()
    new = year.issue(second)
    words = ("--certificate", "new.pem", "--renewal", "by-hand")
    assert "nobody has said how long resolvers" in year.rotate(*words, code=3)
    assert "resolvers may keep the old TLSA records" in year.rotate(*words, "--ttl", "43200", code=3)
    year.pass_days(1)
    year.rotate(*words, "--ttl", "43200")
    year.serve(new)
    year.rotate()
    year.pass_days(2)
    year.rotate("--ttl", "43200")
    assert year.pinned() == ["mx-2028", "mx-2027"]
    assert first.pin.digest.hex() not in (year.folder / "tlsa.zone").read_text().lower()


def _zone(first: object, second: object, spare: object) -> str:
    return f"""\
version = 1

[keys.mx-2026]
pin = "{first}"
role = "leaf"

[keys.mx-2027]
pin = "{second}"
role = "leaf"
standby = true

[keys.mx-2028]
pin = "{spare}"
role = "leaf"
standby = true

[[host]]
name = "{HOST}"
keys = ["mx-2026", "mx-2028"]

[[output]]
format = "tlsa"
path = "tlsa.zone"
"""
