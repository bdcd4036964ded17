"""`pinsmith fetch --engine rustls` prints the same as with OpenSSL, except for the name of the engine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.dispatch.asking import Manner, ask
from pinsmith.dispatch.shard import Shard
from pinsmith.exit_code import ExitCode
from pinsmith.lab.servers.server import RecordingServer
from tests.cli.support import Result, run

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.lab.pki.authority import Authority
    from pinsmith.probe import Trust

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


def test_a_worker_asks_with_the_engine(intermediate: Authority, trust: Trust) -> None:
    """OpenSSL makes the first handshake of a hierarchy, and rustls the next one."""
    with (
        RecordingServer(intermediate.issue("localhost")) as one,
        RecordingServer(intermediate.issue("localhost")) as two,
    ):
        shard = Shard(run="r", number=0, vantage="here", hosts=(f"localhost:{one.port}", f"localhost:{two.port}"))
        result = ask(shard, Manner(trust=trust, concurrency=1, engine="rustls"), lambda: False)
    assert result is not None
    assert [json.loads(bytes(answer))["engine"] for answer in result.answers] == ["openssl", "rustls"]
