"""`pinsmith fetch --engine rustls` prints the same as with OpenSSL, except for the name of the engine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.exit_code import ExitCode
from pinsmith.lab.servers.server import RecordingServer
from tests.cli.support import Result, run

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.lab.pki.authority import Authority

pytestmark = pytest.mark.engines
NAMES = ("a.test", "b.test", "odd.test", "c.test")


def documents(result: Result) -> list[dict[str, Any]]:
    """Return the hosts of ``--format ndjson``."""
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_only_the_engine_differs(root: Authority, intermediate: Authority, tmp_path: Path) -> None:
    """Hosts, chains, warnings and the exit code are the same; each line names the library that made the handshake."""
    (tmp_path / "root.pem").write_text(root.pem, "ascii")
    leaves = {name: intermediate.issue(name, key="ec-p521" if name == "odd.test" else "ec-p256") for name in NAMES}
    with RecordingServer(leaves["a.test"], sni=leaves) as server:
        connect = ("--connect", f"127.0.0.1:{server.port}", "--cafile", tmp_path / "root.pem", "--concurrency", "1")
        words = ("fetch", *NAMES, "untrusted.test", "bad/name", *connect)
        text = [run(*words, "--engine", engine) for engine in ("openssl", "rustls")]
        openssl, rustls = (run(*words, "--format", "ndjson", "--engine", engine) for engine in ("openssl", "rustls"))
    assert text[0] == text[1]
    assert (rustls.code, rustls.stderr) == (openssl.code, openssl.stderr)
    assert rustls.code == ExitCode.BROKE
    engines = {"a.test": "openssl", "odd.test": "openssl", "untrusted.test": "openssl", "bad/name": None}
    found = documents(rustls)
    assert {host["host"]: host["engine"] for host in found} == {"b.test": "rustls", "c.test": "rustls", **engines}
    for host in found:
        host["engine"] = host["engine"] and "openssl"
    assert found == documents(openssl)
