"""`pinsmith explain` of a live host: which clients lose it, with a cross-signed chain over real TLS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509

from pinsmith.exit_code import ExitCode
from pinsmith.lab.pki.identity import Identity, pem_of
from pinsmith.lab.servers.fault import ClosedPort
from pinsmith.lab.servers.server import RecordingServer
from tests.cli.support import run
from tests.paths.pki import HOST, ca, leaf, pin, private

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# leaf > intermediate > new > old. The pin file has "new", and the old release has "old".
CHAIN = tuple(map(x509.load_der_x509_certificate, (leaf("intermediate"), ca("intermediate", "new"), ca("new", "old"))))
PINS = f"""\
version = 1
[keys.new]
pin = "{pin("new")}"
role = "root"
[[host]]
name = "{HOST}"
keys = ["new"]
"""
RELEASES = f"""\
version = 1
[[release]]
app = "android"
version = "3.9"
[[release.host]]
name = "{HOST}"
pins = {{ old = "{pin("old")}" }}
"""


@pytest.fixture
def server(here: Path) -> Iterator[str]:
    """Serve the chain; the folder has the pin file, the releases and the roots of three systems."""
    (here / "pins.toml").write_text(PINS)
    (here / "pins.releases.toml").write_text(RELEASES)
    for name, roots in {"before": ["old"], "between": ["old", "new"], "after": ["new"]}.items():
        (here / f"{name}.pem").write_text(pem_of(map(x509.load_der_x509_certificate, map(ca, roots))))
    with RecordingServer(Identity(CHAIN[0], private("leaf"), CHAIN[1:], None)) as listener:
        yield f"127.0.0.1:{listener.port}"


def _outcomes(answer: str) -> dict[str, str]:
    (sent,) = json.loads(answer)["sent"]
    clients: list[dict[str, Any]] = sent["clients"]
    return {client["who"]: client["stores"][-1]["outcome"] for client in clients}


def test_the_old_release_is_locked_out_where_the_new_root_is_trusted(server: str, here: Path) -> None:
    """The pin file fits every system, and the old release only those that do not trust the new root."""
    expected = {"before": "accepts", "between": "depends", "after": "locked-out"}
    for system, outcome in expected.items():
        words = (HOST, "--connect", server, "--cafile", str(here / f"{system}.pem"), "--store", "android-10", "--json")
        live = run("explain", *words)
        assert (live.code, live.stderr) == (ExitCode.OK, "")
        assert _outcomes(live.stdout) == {"the pin file": "accepts", "android 3.9": outcome}
        (here / "chain.pem").write_text(pem_of(CHAIN))
        file = run("explain", "chain.pem", *words[3:])
        assert _outcomes(file.stdout) == _outcomes(live.stdout)


def test_each_path_is_shown_with_the_pins_on_it(server: str) -> None:
    """A client that trusts both roots has two paths, and the old release fits one of them."""
    text = run("explain", HOST, "--connect", server, "--cafile", "between.pem").stdout
    assert "CN=intermediate > CN=new  (not pinned)" in text
    assert "CN=intermediate > CN=new > CN=old  (pinned: old)" in text
    assert "CN=intermediate > CN=new  (pinned: new)" in text


def test_a_host_that_nobody_pins_can_be_asked(server: str, here: Path) -> None:
    """Without a pin, only trust is asked, and no pin file is needed."""
    (here / "pins.toml").unlink()
    (here / "pins.releases.toml").unlink()
    text = run("explain", HOST, "--connect", server, "--cafile", "after.pem").stdout
    assert "clients without pins" in text
    assert "trust the chain, and compare no pins" in text


def test_a_folder_is_called_one(here: Path) -> None:
    """It is not taken for a host that is misspelt, and a file in it is proposed; a host of that name may be asked."""
    (here / "live").mkdir()
    for words in (["./live"], ["live"], ["./live", "--stores"]):
        refused = run("explain", *words)
        assert refused.code == ExitCode.USAGE
        assert f"{words[0]!r} is a folder" in refused.stderr
        assert "such as live/fullchain.pem" in refused.stderr
    (here / "127.0.0.1").mkdir()
    with ClosedPort() as closed:
        asked = run("explain", "127.0.0.1", "--stores", "--connect", f"127.0.0.1:{closed.port}")
    assert "is a folder" not in asked.stderr
