"""`pinsmith serve` on PostgreSQL: rounds, the service that has the place already, and the move from a file."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.support import Result, run
from tests.engines.postgres import PASSWORD
from tests.engines.test_duty import another
from tests.service.scene import LIVE, NEW, ROOT, Scene, serving
from tests.store.contract import rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.engines.postgres import Postgres

pytestmark = pytest.mark.engines


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """Serve a host; a webhook gets the alerts."""
    monkeypatch.chdir(tmp_path)
    with serving(tmp_path) as made:
        (tmp_path / "ca.pem").write_text(ROOT.pem)
        channel = f'[[channel]]\nkind = "webhook"\nname = "hook"\nurl = "{made.hook.url}"\n'
        (tmp_path / "service.toml").write_text(f"version = 1\n{channel}")
        yield made


@pytest.fixture
def where(postgres: Postgres, database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the address of an empty database, as an operator writes it: the password is in the environment."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    return postgres.url(database, query=f"?sslrootcert={postgres.cafile}").replace(f":{PASSWORD}@", "@")


def once(scene: Scene, where: str, *words: str) -> Result:
    """Run one round."""
    command = ("serve", "--once", "--settings", "service.toml", "--database", where, "--cafile", "ca.pem")
    return run(*command, *words, now=scene.now)


def states(done: Result) -> list[tuple[str, str]]:
    """Return the place and the state of each host."""
    document: dict[str, Any] = json.loads(done.stdout)
    return [(host["vantage"], host["state"]) for host in document["hosts"]]


def test_rounds_go_on_from_what_the_last_one_has_stored(scene: Scene, where: str) -> None:
    """A lock-out is an alert, and the next round does not send it again."""
    assert states(once(scene, where, "--format", "json")) == [("here", "ok")]
    scene.present(NEW)
    assert once(scene, where, "--format", "json").code == 0  # the host is not due yet
    scene.now += timedelta(hours=1)
    assert once(scene, where, "--format", "json").code == 3
    assert scene.heard == [("raised", "lockout")]
    assert once(scene, where, "--format", "json").code == 3
    assert scene.heard == [("raised", "lockout")]


def test_a_place_that_another_service_has_is_left_to_it(scene: Scene, where: str) -> None:
    """Nothing is asked, and the error says what to do; another place is free, and the password is in no message."""
    assert once(scene, where).code == 0
    with another(where):
        refused = once(scene, where)
        assert (refused.code, refused.stdout) == (1, "")
        assert "asks the hosts from here, so nothing was asked" in refused.stderr
        assert "--vantage" in refused.stderr
        assert PASSWORD not in refused.stderr
        assert states(once(scene, where, "--vantage", "there", "--format", "json")) == [("there", "ok")]
    assert rows(where, "SELECT vantage FROM services ORDER BY vantage") == [("here",), ("there",)]


def test_a_key_that_one_place_sees_is_one_alert(scene: Scene, where: str) -> None:
    """Two places share the database; each of their rounds fails, and one alert of this class is sent."""
    codes = []
    for vantage, identity, minutes in [("fra1", NEW, 0), ("ams1", LIVE, 5), ("fra1", NEW, 15), ("ams1", LIVE, 10)]:
        scene.present(identity)
        scene.now += timedelta(minutes=minutes)
        codes.append(once(scene, where, "--vantage", vantage).code)
    assert codes == [3, 0, 3, 3]
    bodies = [json.loads(body) for _, _, _, body in scene.hook.requests]
    assert [(body["topic"], body["vantage"]) for body in bodies] == [("state", "fra1"), ("vantages", "fra1")]


def test_a_service_moves_from_its_file(scene: Scene, where: str, tmp_path: Path) -> None:
    """Its states and alerts are there, the old file is refused, and the option may stay in the command."""
    scene.present(NEW)
    file = str(tmp_path / "old.db")
    assert once(scene, file).code == 3
    assert scene.heard == [("raised", "lockout")]
    first, again = (once(scene, where, "--migrate-from", file) for _ in range(2))
    assert "moved " in first.stderr
    assert "a service that still uses that file must end now" in first.stderr
    assert "moved " not in again.stderr
    assert scene.heard == [("raised", "lockout")]
    assert rows(where, "SELECT count(*) FROM alerts") == [(1,)]
    old = once(scene, file)
    assert old.code == 1
    assert "old.db cannot be used: it was moved to postgresql://pinsmith@localhost:" in old.stderr


def test_rows_move_to_postgresql_only(scene: Scene, tmp_path: Path) -> None:
    """Without the address of a database, nothing is read or written."""
    refused = once(scene, str(tmp_path / "new.db"), "--migrate-from", str(tmp_path / "old.db"))
    assert refused.code == 2
    assert "--migrate-from moves rows to PostgreSQL, and --database is a file" in refused.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ca.pem", "pins.toml", "service.toml"]
