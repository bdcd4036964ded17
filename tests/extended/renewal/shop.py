"""A host whose certificate is renewed: its pins and releases, its web server, and the clients of ACME that it uses."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.certificate import Certificate
from pinsmith.errors import PinMismatchError
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.identity import pem_of
from pinsmith.material import read_material
from pinsmith.pinfile.releases import Releases
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.rotation.standby_key import generate
from pinsmith.tls.context import PinnedSSLContext
from tests.extended.program import Folder, find, reserved_port
from tests.extended.server import Running, run as running
from tests.extended.vault import PIN
from tests.extended.web import WEB, start_nginx
from tests.meta import source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.lab.pki.identity import Identity
    from tests.extended.renewal.authority import AcmeServer
    from tests.extended.vault import Vault

HOST: Final = "api.example.com"
SECONDS: Final = 280
_PIN_FILE: Final = """\
version = 1
[defaults]
lead-time = 60
[keys.old]
pin = "{old}"
role = "leaf"
[keys.next]
pin = "{next}"
role = "leaf"
standby = true
[[host]]
name = "{host}"
cafile = "roots.pem"
keys = [{keys}]
"""
_ENGINE: Final = """\
openssl_conf = openssl
[openssl]
engines = engines
[engines]
pkcs11 = pkcs11
[pkcs11]
engine_id = pkcs11
dynamic_path = {engine}
MODULE_PATH = {library}
PIN = {pin}
init = 1
"""


class Shop:
    """
    A host whose nginx presents the key ``old``, and whose operator holds the key ``next``.

    Android 4.0 is in use by 97.9% of the users, and pins both keys.
    """

    def __init__(self, folder: Path, acme: AcmeServer, programs: Path, server: Running, old: Identity) -> None:
        self.folder, self.acme, self.programs, self.server, self.old = folder, acme, programs, server, old
        self.host = old.certificate.subject.rfc4514_string().removeprefix("CN=")
        standby = generate()
        self.next = standby.pin
        self.variables: dict[str, str] = {}
        assert old.root is not None
        (folder / "roots.pem").write_text(pem_of([old.root]) + acme.root)
        (folder / "next.csr").write_bytes(standby.request_pem([self.host]))
        (folder / "next.key").write_bytes(standby.private_pem())
        self._pin("old", "next")
        self.released("4.0", 97.9, "old", "next")

    def _pin(self, *names: str) -> None:
        keys = ", ".join(f'"{name}"' for name in names)
        text = _PIN_FILE.format(old=self.old.pin, next=self.next, host=self.host, keys=keys)
        (self.folder / "pins.toml").write_text(text)

    def released(self, version: str, share: float, *names: str) -> None:
        """Record a release that pins the keys *names*."""
        self._pin(*names)
        self.require("pinsmith", "release", "add", "android", version, "--share", str(share))
        self._pin("old", "next")

    def adopt(self, key: bytes) -> None:
        """Take a private key, PEM, as the next one; android 4.1 pins it, and replaces 4.0."""
        self.next = read_material(key)[0].pin
        self.require("pinsmith", "release", "end", "android", "4.0")
        self.released("4.1", 97.9, "old", "next")

    @property
    def reload(self) -> str:
        """The command by which nginx reads its files again, after it has tested them."""
        return shlex.join(
            [find("nginx", "nginx"), "-e", "stderr", "-c", f"{self.server.folder.path}/nginx.conf", "-s", "reload"]
        )

    @property
    def targets(self) -> tuple[str, ...]:
        """The options that name the server's files."""
        tls = self.server.folder.path
        return ("--certificate-to", f"{tls}/server.crt", "--key-to", f"{tls}/server.key", "--reload", self.reload)

    def script(self, tool: str) -> Path:
        """Write the script by which *tool* gets the request of the key ``next``."""
        words = ("--request", "next.csr", "--key", "next.key", *self.targets)
        path = self.folder / f"{tool}.sh"
        path.write_text(self.require("pinsmith", "rotate", "request", self.host, "--with", tool, *words))
        return path

    def hook(self, certificate: str, key: str) -> Path:
        """Write a deploy hook; *certificate* and *key* are variables that the tool sets."""
        path = self.folder / "hook"
        words = shlex.join(["--file", str(self.folder / "pins.toml"), *self.targets])
        path.write_text(f'#!/bin/sh\npinsmith rotate deploy --certificate "${certificate}" --key "${key}" {words}\n')
        path.chmod(0o755)
        return path

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a program of this folder, of Go, certbot or pinsmith, with the directory of the authority."""
        paths = (self.folder / "bin", self.programs, Path(os.environ.get("CERTBOT", "")).parent)
        trusted = str(self.acme.cafile)
        return subprocess.run(
            [str(word) for word in words],
            cwd=self.folder,
            env={
                "PATH": ":".join([*map(str, paths), os.environ["PATH"]]),
                "HOME": str(self.folder),
                "TMPDIR": str(self.folder),
                "PYTHONPATH": str(source.ROOT / "src"),
                "REQUESTS_CA_BUNDLE": trusted,
                "LEGO_CA_CERTIFICATES": trusted,
                "LEGO_PATH": str(self.folder / "lego"),
                "LEGO_SERVER": self.acme.directory,
                **self.variables,
            },
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def require(self, *words: str | Path) -> str:
        """Run a program that must succeed, and return its standard output."""
        done = self.run(*words)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    def presented(self) -> Certificate:
        """Return the leaf that nginx presents."""
        return Certificate(self._connect(None))

    def until_next(self, *, reloads: int = 1) -> None:
        """Wait for the end of the worker before the last reload, and see that nginx presents the key ``next``."""
        ended = "exited with code 0"
        self.server.program.until(lambda: self.server.program.log.count(ended) >= reloads, f"reload {reloads}")
        assert self.presented().pin == self.next

    @property
    def presents_old(self) -> bool:
        """Whether nginx presents the key ``old``."""
        return str(self.presented().pin) == self.old.pin

    def accepts(self, version: str) -> bool:
        """Connect as a user of a release, and say whether the release accepts what nginx presents."""
        (release,) = (one for one in Releases.beside(self.folder / "pins.toml").releases if one.version == version)
        (entry,) = release.hosts
        keys = tuple(Key(name, pin, "leaf") for name, pin in entry.pins.items())
        try:
            self._connect(Policy((HostPins(self.host, keys),)))
        except PinMismatchError:
            return False
        return True

    def _connect(self, policy: Policy | None) -> bytes:
        trusted = str(self.folder / "roots.pem")
        context = PinnedSSLContext(policy if policy is not None else Policy(()), cafile=trusted)
        address = ("127.0.0.1", self.server.port)
        with (
            socket.create_connection(address, timeout=20) as plain,
            context.wrap_socket(plain, server_hostname=self.host) as tls,
        ):
            return tls.getpeercert(binary_form=True) or b""


@contextmanager
def opened(folder: Path, acme: AcmeServer, programs: Path, host: str = HOST) -> Iterator[Shop]:
    """Start nginx with a certificate of an earlier authority, and put ``pinsmith`` on the path."""
    with ExitStack() as stack:
        old = Authority.root().issue(host)
        server = stack.enter_context(running(WEB[0], old))
        (folder / "bin").mkdir()
        program = folder / "bin" / "pinsmith"
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m pinsmith "$@"\n')
        program.chmod(0o755)
        yield Shop(folder, acme, programs, server, old)


@contextmanager
def serving(vault: Vault, chain: str) -> Iterator[Running]:
    """Run an nginx that uses the key ``api`` in a token, by the engine of OpenSSL."""
    engine = next(Path("/usr/lib").glob("*/engines-3/pkcs11.so"), None)
    if engine is None:
        pytest.skip("the engine is not installed: apt-get install libengine-pkcs11-openssl")
    with ExitStack() as stack:
        port = stack.enter_context(reserved_port())
        folder = Folder("www-data")
        stack.callback(folder.remove)
        folder.write("server.crt", chain)
        settings = folder.write("openssl.cnf", _ENGINE.format(engine=engine, library=vault.library, pin=PIN))
        vault.give()
        variables = {"OPENSSL_CONF": str(settings), "SOFTHSM2_CONF": str(vault.configuration)}
        key = "engine:pkcs11:pkcs11:token=the%20vault;object=api;type=private"
        program = stack.enter_context(start_nginx(folder, port, key=key, environment=variables))
        yield Running(WEB[0], folder, program)


def require_certbot() -> None:
    """Fail without the environment of certbot, which the session of nox makes."""
    if not os.environ.get("CERTBOT"):
        pytest.fail("CERTBOT must name the program of an environment with requirements/certbot.txt")
