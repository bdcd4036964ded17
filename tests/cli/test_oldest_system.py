"""`pinsmith check` warns of releases whose oldest system loses a host, with a cross-signed chain over real TLS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from pinsmith.checks import oldest_system
from pinsmith.exit_code import ExitCode
from pinsmith.lab.pki.identity import Identity, pem_of
from pinsmith.lab.servers.server import RecordingServer
from tests.cli.support import run
from tests.paths.pki import HOST, ca, leaf, pin, private, store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# leaf > intermediate > new > old. This machine trusts "old", and Android 8 trusts "new".
CHAIN = tuple(map(x509.load_der_x509_certificate, (leaf("intermediate"), ca("intermediate", "new"), ca("new", "old"))))
PINS = f"""\
version = 1
[keys.old]
pin = "{pin("old")}"
role = "root"
[keys.intermediate]
pin = "{pin("intermediate")}"
role = "intermediate"
[[host]]
name = "{HOST}"
keys = ["old", "intermediate"]
"""
RELEASES = f"""\
version = 1
[[release]]
app = "android"
version = "3.9"
oldest = "android 26"
[[release.host]]
name = "{HOST}"
pins = {{ old = "{pin("old")}" }}
"""


@pytest.fixture
def server(here: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve the chain; the folder has the pin file, the release, the chain and the root of this machine."""
    (here / "pins.toml").write_text(PINS)
    (here / "pins.releases.toml").write_text(RELEASES)
    (here / "chain.pem").write_text(pem_of(CHAIN))
    (here / "old.pem").write_text(pem_of([x509.load_der_x509_certificate(ca("old"))]))
    monkeypatch.setattr(oldest_system, "find_store", {"android-8": store(ca("new"))}.__getitem__)
    with RecordingServer(Identity(CHAIN[0], private("leaf"), CHAIN[1:], None)) as listener:
        yield f"127.0.0.1:{listener.port}"


def test_live_hosts_and_certificates_are_asked_for_the_oldest_system(server: str) -> None:
    """No option is needed. The check passes, because this machine is served, and fails with --strict."""
    words = (HOST, "--connect", server, "--cafile", "old.pem")
    certificate = ("--certificate", "chain.pem", "--cafile", "old.pem")
    for asked in (words, certificate):
        text = run("check", *asked)
        assert text.code == ExitCode.OK
        assert (
            "warning: users of android 3.9 on Android 8 (API level 26), the oldest system that it runs on"
            in text.stdout
        )
        assert f"`pinsmith explain {HOST} --store android-8`" in text.stdout
        strict = run("check", *asked, "--strict", "--format", "json")
        assert strict.code == ExitCode.WARNED
        (check,) = json.loads(strict.stdout)["hosts"]
        assert [finding["rule"] for finding in check["findings"]][:1] == ["oldest-system-locked-out"]
        assert check["cohorts"][0]["outcome"] == "accepts"
        assert check["cohorts"][0]["oldest"]["outcome"] == "locked-out"
