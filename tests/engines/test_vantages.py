"""Services in two places share one PostgreSQL, and a man in the middle stands in front of one of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

import pytest

from tests.engines.postgres import PASSWORD
from tests.service.scene import HOST, LIVE, NEW, ROOT, Scene, serving
from tests.store.contract import rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinsmith.lab.pki.identity import Identity
    from tests.engines.postgres import Postgres

pytestmark = [
    pytest.mark.engines,
    pytest.mark.skipif(sys.platform != "linux", reason="only on Linux, whose /proc is the same path everywhere"),
]

# The path by which places are compared must be the same on each machine; this one leads each process to its own file.
PINS = "/proc/self/cwd/pins.toml"
COMMAND = """
import sys
from datetime import datetime
from pinsmith.cli import _clock, main
with _clock.moved_to(datetime.fromisoformat(sys.argv.pop(1))):
    sys.exit(main())
"""


@dataclass
class Places:
    """The networks of services: from each of them, the host is another server."""

    scene: Scene
    where: str

    def route(self, vantage: str, identity: Identity) -> Self:
        """Lead a place to the server with *identity*."""
        self.scene.present(identity)
        folder = self.scene.folder / vantage
        folder.mkdir(exist_ok=True)
        (self.scene.folder / "pins.toml").rename(folder / "pins.toml")
        (folder / "ca.pem").write_text(ROOT.pem)
        channel = f'[[channel]]\nkind = "webhook"\nname = "hook"\nurl = "{self.scene.hook.url}"\n'
        (folder / "service.toml").write_text(f"version = 1\n{channel}")
        return self

    def start(self, vantage: str, *, minutes: float = 0, seconds: float = 0) -> subprocess.Popen[str]:
        """Start the service of a place for one round, as a process, at a later time."""
        self.scene.now += timedelta(minutes=minutes, seconds=seconds)
        words = ["serve", "--once", "--format", "json", "-f", PINS, "--vantage", vantage, "--settings", "service.toml"]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [
                *(sys.executable, "-c", COMMAND, self.scene.now.isoformat()),
                *words,
                *("--database", self.where, "--cafile", "ca.pem"),
            ],
            cwd=self.scene.folder / vantage,
            env={**os.environ, "PGPASSWORD": PASSWORD},
            stdout=pipe,
            stderr=pipe,
            text=True,
        )

    def ask(self, vantage: str, minutes: float = 0) -> tuple[int, dict[str, Any]]:
        """Run a round of a place to its end; return the exit code and the document."""
        return finished(self.start(vantage, minutes=minutes))

    @property
    def heard(self) -> list[tuple[str, str, str]]:
        """The alerts that have arrived: topic, kind, and place or places."""
        bodies = [json.loads(body) for _, _, _, body in self.scene.hook.requests]
        return [(body["topic"], body["kind"], body["vantage"]) for body in bodies]

    @property
    def stored(self) -> list[str]:
        """The kinds of the alerts about places that were made."""
        bodies = [json.loads(body) for (body,) in rows(self.where, "SELECT body FROM alerts ORDER BY id")]
        return [body["kind"] for body in bodies if body["topic"] == "vantages"]


def finished(process: subprocess.Popen[str]) -> tuple[int, dict[str, Any]]:
    """Wait for a process, which must not print the password."""
    out, err = process.communicate()
    assert PASSWORD not in out + err
    assert out, err
    return process.returncode, json.loads(out)


@pytest.fixture
def places(tmp_path: Path, postgres: Postgres, database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Places]:
    """Lead ams1 to the host, and fra1 to a man in the middle who has a certificate of an authority that is trusted."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    where = postgres.url(database, query=f"?sslrootcert={postgres.cafile}").replace(f":{PASSWORD}@", "@")
    with serving(tmp_path) as scene:
        yield Places(scene, where).route("ams1", LIVE).route("fra1", NEW)


def attacked(places: Places) -> None:
    """Let the places ask in turn, until the difference is an alert."""
    codes = [places.ask(vantage, minutes)[0] for vantage, minutes in [("fra1", 0), ("ams1", 5), ("fra1", 15)]]
    assert codes == [3, 0, 3]


def test_a_man_in_the_middle_near_one_place_is_one_alert(places: Places) -> None:
    """It comes beside the alert of the place; the other place, which is well, fails and names whom to suspect."""
    attacked(places)
    expected = [("state", "raised", "fra1"), ("vantages", "raised", "fra1")]
    assert places.heard == expected
    code, document = places.ask("ams1", 10)
    assert (code, [host["state"] for host in document["hosts"]], document["problems"]) == (3, ["ok"], [])
    (one,) = document["disagreements"]
    keys = [(place["vantage"], [(key["pin"], key["standing"]) for key in place["keys"]]) for place in one["places"]]
    assert (one["host"], keys) == (HOST, [("ams1", [(LIVE.pin, "pinned")]), ("fra1", [(NEW.pin, "unknown")])])
    assert one["findings"][0]["fix"].startswith("suspect the network of fra1 before the host")
    assert places.heard == expected


def test_places_that_ask_at_the_same_time_make_one_alert(places: Places) -> None:
    """Two processes write what they see and compare it, in any order; a third round delivers what was made."""
    for vantage, minutes in [("fra1", 0), ("ams1", 5)]:
        places.ask(vantage, minutes)
    both = [places.start("ams1", minutes=20), places.start("fra1", seconds=1)]
    assert [finished(process)[0] for process in both][1] == 3
    assert places.stored == ["raised"]
    assert places.ask("ams1", 20)[0] == 3
    assert [alert for alert in places.heard if alert[0] == "vantages"] == [("vantages", "raised", "fra1")]


def test_the_alert_ends_by_itself(places: Places) -> None:
    """The attacker leaves; after both places have seen the pinned key, the end is an alert, and all rounds succeed."""
    attacked(places)
    places.route("fra1", LIVE)
    rounds = [("fra1", 20), ("ams1", 1), ("fra1", 5), ("ams1", 20)]
    assert [places.ask(vantage, minutes)[0] for vantage, minutes in rounds] == [3, 0, 0, 0]
    assert [alert for alert in places.heard if alert[0] == "vantages"] == [
        ("vantages", "raised", "fra1"),
        ("vantages", "recovered", "ams1 and fra1"),
    ]
    assert places.ask("ams1", 20)[1]["disagreements"] == []


def test_a_place_that_falls_silent_does_not_agree(places: Places) -> None:
    """Its last sight stays shown, nothing has recovered, and each round of the other place names the silence."""
    attacked(places)
    for _ in range(3):
        code, document = places.ask("ams1", 70)
        (problem,) = document["problems"]
        assert problem.startswith("nothing was heard from fra1 (since ")
        assert (code, [one["findings"][0]["pin"] for one in document["disagreements"]]) == (3, [NEW.pin])
    assert "recovered" not in places.stored


def test_a_silent_place_fails_the_round_of_the_other(places: Places) -> None:
    """Without a difference, the exit code is 1, because nobody would notice an attacker there."""
    places.route("fra1", LIVE)
    assert [places.ask(vantage, minutes)[0] for vantage, minutes in [("fra1", 0), ("ams1", 5), ("ams1", 70)]] == [
        0,
        0,
        1,
    ]
    assert places.heard == []
