"""Authorities that speak ACME, as processes of a test: Pebble, the test server of Let's Encrypt, and step-ca."""

from __future__ import annotations

import json
import ssl
import urllib.request
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pinsmith.lab.pki.authority import Authority
from tests.extended.program import Folder, Program, reserved_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_DAYS: Final = {"default": 90, "forty-five": 45, "six": 6}


@dataclass(frozen=True)
class AcmeServer:
    """
    A running authority.

    Attributes:
        directory: The URL of its ACME directory.
        cafile: The root of the certificate that its own web server presents.
        root: The root of the certificates that it issues, PEM.
        port: The loopback port where it asks for HTTP challenges; 0 if it asks nobody.
        management: The URL of Pebble's own interface.
        trust: The context for that.
    """

    directory: str
    cafile: Path
    root: str
    port: int = 0
    management: str = ""
    trust: ssl.SSLContext | None = None

    def ask_for_renewal(self, certificate: str) -> None:
        """Suggest by ARI that *certificate*, PEM, should have been renewed long ago."""
        window = {"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"}
        document = {"Certificate": certificate, "ARIResponse": json.dumps({"suggestedWindow": window})}
        body = json.dumps(document).encode()
        with urllib.request.urlopen(f"{self.management}/set-renewal-info/", body, context=self.trust) as answer:  # noqa: S310 - https
            assert answer.status == 200


@contextmanager
def pebble(programs: Path, trust: Path) -> Iterator[AcmeServer]:
    """Run Pebble, which takes every challenge as passed; the root of its web server is written to *trust*."""
    with ExitStack() as stack:
        port, management = (stack.enter_context(reserved_port()) for _ in range(2))
        folder = Folder("nobody")
        stack.callback(folder.remove)
        root = Authority.root()
        identity = root.issue("localhost")
        trust.write_text(root.pem)
        config = {
            "listenAddress": f"127.0.0.1:{port}",
            "managementListenAddress": f"127.0.0.1:{management}",
            "certificate": str(folder.write("server.crt", identity.presented_pem())),
            "privateKey": str(folder.write("server.key", identity.private_pem())),
            "keyAlgorithm": "ecdsa",
            "profiles": {name: {"description": name, "validityPeriod": days * 86400} for name, days in _DAYS.items()},
        }
        written = folder.write("pebble.json", json.dumps({"pebble": config}))
        program = _copy(folder, programs / "pebble")
        variables = ("PEBBLE_VA_ALWAYS_VALID=1", "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0")
        stack.enter_context(Program(folder, ["/usr/bin/env", *variables, program, "-config", written], management))
        context = ssl.create_default_context(cafile=str(trust))
        base = f"https://localhost:{management}"
        with urllib.request.urlopen(f"{base}/roots/0", context=context) as answer:  # noqa: S310 - https
            issuing = answer.read().decode("ascii")
        yield AcmeServer(f"https://localhost:{port}/dir", trust, issuing, management=base, trust=context)


@contextmanager
def step_ca(programs: Path, trust: Path) -> Iterator[AcmeServer]:
    """Run step-ca with an ACME provisioner; its root, which also signs its web server, is written to *trust*."""
    with ExitStack() as stack:
        port, challenges = (stack.enter_context(reserved_port()) for _ in range(2))
        folder = Folder("nobody")
        stack.callback(folder.remove)
        root = Authority.root()
        issuing = root.intermediate()
        trust.write_text(root.pem)
        key = issuing.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        config = {
            "root": str(folder.write("root.crt", root.pem)),
            "crt": str(folder.write("issuing.crt", issuing.pem)),
            "key": str(folder.write("issuing.key", key)),
            "address": f"127.0.0.1:{port}",
            "dnsNames": ["localhost"],
            "db": {"type": "badgerv2", "dataSource": str(folder.path / "db")},
            "authority": {"provisioners": [{"type": "ACME", "name": "acme"}]},
        }
        written = folder.write("ca.json", json.dumps(config))
        program = _copy(folder, programs / "step-ca")
        words = ("--insecure", "--acme-http-port", str(challenges))
        stack.enter_context(Program(folder, ["/usr/bin/env", f"HOME={folder.path}", program, *words, written], port))
        directory = f"https://localhost:{port}/acme/acme/directory"
        yield AcmeServer(directory, trust, root.pem, port=challenges)


def _copy(folder: Folder, program: Path) -> Path:
    """Copy a program to where the user of *folder* can read it."""
    copied = folder.write(program.name, program.read_bytes())
    copied.chmod(0o700)
    return copied
