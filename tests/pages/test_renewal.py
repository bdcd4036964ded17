"""The deploy hook of the documentation, run as certbot runs it, with a good and with a bad certificate."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pinsmith.exit_code import ExitCode
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.identity import Identity
from tests.meta import source

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(shutil.which("sh") is None, reason="a script for a POSIX shell")

PAGE = (source.ROOT / "docs" / "renewal.md").read_text("utf-8")
HOST = "example.com"


@dataclass
class Machine:
    """A machine that renews its certificate, with the pinned key and the folder that its server reads."""

    folder: Path
    root: Authority
    pinned: Identity

    @property
    def deployed(self) -> Path:
        """The folder in which the server looks for its certificate."""
        return self.folder / "tls"

    @property
    def reloaded(self) -> Path:
        """A file that exists after the server was asked to reload."""
        return self.folder / "reloaded"

    def renew(self, identity: Identity) -> subprocess.CompletedProcess[str]:
        """Write *identity* to the folder that certbot would use, and run the hook as certbot does."""
        lineage = self.folder / "live" / HOST
        lineage.mkdir(parents=True)
        (lineage / "fullchain.pem").write_text(identity.presented_pem())
        (lineage / "privkey.pem").write_bytes(identity.private_pem())
        environment = {
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "RENEWED_LINEAGE": str(lineage),
            "RENEWED_DOMAINS": HOST,
            "SSL_CERT_FILE": str(self.folder / "trusted.pem"),
        }
        return subprocess.run(
            [str(self.folder / "hook")], env=environment, capture_output=True, text=True, check=False, timeout=60
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Install the script of the page, with its paths in *tmp_path*, and a systemctl that records its arguments."""
    root = Authority.root()
    made = Machine(tmp_path, root, root.issue(HOST))
    (found,) = re.findall(r"^```sh\n(#!.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    paths = {"/etc/pinsmith/pins.toml": tmp_path / "pins.toml", "/etc/nginx/tls/": f"{made.deployed}/"}
    for documented, ours in paths.items():
        assert documented in found
        found = found.replace(documented, str(ours))
    made.deployed.mkdir()
    (tmp_path / "bin").mkdir()
    programs = {
        "hook": found,
        "bin/pinsmith": f'#!/bin/sh\nexec "{sys.executable}" -m pinsmith "$@"\n',
        "bin/systemctl": f'#!/bin/sh\necho "$@" > "{made.reloaded}"\n',
    }
    for name, text in programs.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    (tmp_path / "trusted.pem").write_text(root.pem)
    standby = Identity.self_signed(HOST).pin
    (tmp_path / "pins.toml").write_text(
        f'version = 1\n[keys.ours]\npin = "{made.pinned.pin}"\nrole = "leaf"\n'
        f'[keys.standby]\npin = "{standby}"\nrole = "leaf"\nstandby = true\n'
        f'[[host]]\nname = "{HOST}"\nkeys = ["ours", "standby"]\n'
    )
    return made


def test_a_renewal_with_the_same_key_is_deployed(machine: Machine) -> None:
    """The new certificate reaches the folder of the server, and the server reloads."""
    renewed = machine.root.issue(HOST, key=machine.pinned.key)
    done = machine.renew(renewed)
    assert done.returncode == ExitCode.OK, done.stderr
    assert (machine.deployed / "fullchain.pem").read_text() == renewed.presented_pem()
    assert machine.reloaded.read_text() == "reload nginx\n"


def test_a_renewal_with_another_key_is_not_deployed(machine: Machine) -> None:
    """A certificate that would lock clients out stops the hook: it copies no file and reloads no server."""
    done = machine.renew(machine.root.issue(HOST))
    assert done.returncode == ExitCode.MISMATCH
    assert "error[pin-mismatch]" in done.stderr
    assert list(machine.deployed.iterdir()) == []
    assert not machine.reloaded.exists()
