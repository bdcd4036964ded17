"""`pinsmith fetch` beyond its transcripts: JSON, saving, addresses, kinds of key, hostile certificates."""

from __future__ import annotations

import json
import ssl
import sys
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509

from pinsmith.exit_code import ExitCode
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.identity import Identity
from pinsmith.lab.servers.server import RecordingServer
from tests.cli.conftest import END, HOST, START
from tests.cli.support import NOW, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import World

FIELDS = ["pin", "role", "subject", "issuer", "not_before", "not_after", "algorithm"]
FIELDS += ["compromised", "certificate_sha256", "presented", "verified", "pem"]


@pytest.fixture
def dual(world: World) -> Iterator[RecordingServer]:
    """Serve an RSA and an ECDSA certificate, and let the client choose."""
    rsa = world.intermediate.issue(HOST, key="rsa-2048", not_before=START, not_after=END)
    with RecordingServer(world.identity, context_hook=rsa.load_into) as server:
        yield server


def _json(world: World, *words: str) -> dict[str, Any]:
    result = run("fetch", HOST, "--cafile", world.cafile, "--format", "json", *words)
    assert result.code == ExitCode.OK, result.stderr
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_json_has_the_documented_shape(world: World) -> None:
    """Fields, order and spelling are promised; the chain begins with the leaf and ends with the trust anchor."""
    document = _json(world, "--connect", world.values["api"])
    assert list(document) == ["version", "hosts"]
    assert document["version"] == 1
    (host,) = document["hosts"]
    assert list(host) == ["host", "port", "address", "tls_version", "trusted", "trust_error", "engine", "chain"]
    assert [list(item) for item in host["chain"]] == [FIELDS] * 3
    shown = [(item["role"], item["pin"], item["presented"], item["verified"]) for item in host["chain"]]
    assert shown == [
        ("leaf", world.identity.pin, True, True),
        ("intermediate", world.intermediate.pin, True, True),
        ("root", world.root.pin, False, True),
    ]
    leaf = host["chain"][0]
    assert leaf["not_before"] == "2026-01-01T00:00:00Z"
    assert ssl.PEM_cert_to_DER_cert(leaf["pem"]) == world.identity.der


def test_certificates_can_be_left_out(world: World) -> None:
    """`--no-pem` leaves out the field ``pem`` and nothing else; in text, where it would do nothing, it is refused."""
    whole = _json(world, "--connect", world.values["api"])
    short = _json(world, "--connect", world.values["api"], "--no-pem")
    for host in whole["hosts"]:
        for item in host["chain"]:
            del item["pem"]
    assert short == whole
    assert run("fetch", HOST, "--cafile", world.cafile, "--no-pem").code == ExitCode.USAGE


@pytest.mark.parametrize(
    "words", [("fetch", HOST), ("worker", "--vantage", "here", "scan.db")], ids=["fetch", "worker"]
)
def test_an_engine_that_is_not_installed_is_refused(
    words: tuple[str, ...], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without rtls, no host is asked, and the message names the command that installs it."""
    monkeypatch.setitem(sys.modules, "rtls._rustls", None)
    result = run(*words, "--cafile", world.cafile, "--engine", "rustls")
    assert (result.code, result.stdout) == (ExitCode.USAGE, "")
    assert result.stderr.splitlines()[:2] == [
        "pinsmith: error[usage]: the engine rustls needs rtls",
        "pinsmith: hint: pip install 'pinsmith[rustls]'",
    ]


def test_the_engine_is_that_of_python_by_default(world: World) -> None:
    """JSON names the library that made the handshake; a host that cannot be read has none."""
    assert _json(world, "--connect", world.values["api"])["hosts"][0]["engine"] == "openssl"
    result = run("fetch", HOST, "--connect", world.values["closed"], "--cafile", world.cafile, "--format", "json")
    assert json.loads(result.stdout)["hosts"][0]["engine"] is None


def test_ndjson_is_one_document_per_line(world: World) -> None:
    """Every line is a document, also for an invalid host and for one that cannot be read."""
    names = f"{HOST}\nnot/a/host\nwww.example.com\n"
    options = ["--from", "-", "--format", "ndjson", "--connect", world.values["api"], "--cafile", str(world.cafile)]
    result = run("fetch", *options, stdin=names)
    documents = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.code == ExitCode.BROKE
    assert all(document["version"] == 1 for document in documents)
    assert {document["host"]: document["trusted"] for document in documents} == {
        HOST: True,
        "not/a/host": False,
        "www.example.com": False,
    }
    assert [document["host"] for document in documents if "error" in document] == ["not/a/host"]


def test_ndjson_prints_before_the_list_has_ended(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are read and results printed step by step, so memory does not grow with the list."""
    printed: list[int] = []

    class Endless:
        """Yields names, and notes how many lines were printed whenever the next name was read."""

        @property
        def buffer(self) -> Iterator[bytes]:
            for _ in range(150):
                printed.append(len(lines))
                yield f"{HOST}\n".encode()

    lines: list[bytes] = []
    monkeypatch.setattr("pinsmith.cli._output.document", lines.append)
    monkeypatch.setattr("sys.stdin", Endless())
    options = ["--from", "-", "--format", "ndjson", "--connect", world.values["api"], "--cafile", world.cafile]
    from pinsmith.cli import main

    assert main(["fetch", *map(str, options), "--concurrency", "5"]) == ExitCode.OK
    assert len(lines) == 150
    assert max(asked - done for asked, done in enumerate(printed)) <= 60


def test_a_binary_list_is_reported_line_by_line(world: World, here: Path) -> None:
    """Bytes that are not UTF-8 are one bad host, a mark at the beginning is ignored, and the rest is fetched."""
    (here / "hosts.txt").write_bytes(b"\xef\xbb\xbf" + HOST.encode() + b"\r\n\xff\xfe\x00\n")
    options = [
        "--from",
        "hosts.txt",
        "--format",
        "json",
        "--connect",
        world.values["api"],
        "--cafile",
        str(world.cafile),
    ]
    result = run("fetch", *options)
    assert result.code == ExitCode.BROKE
    assert sorted("error" in host for host in json.loads(result.stdout)["hosts"]) == [False, True]


def test_both_kinds_of_key_are_shown(world: World, dual: RecordingServer) -> None:
    """A server with two certificates shows both if both kinds are requested."""
    document = _json(world, "--connect", f"127.0.0.1:{dual.port}", "--key-type", "both")
    assert sorted(host["chain"][0]["algorithm"] for host in document["hosts"]) == ["EC P-256", "RSA 2048"]


def test_a_missing_kind_of_key_is_not_a_failure_when_both_are_asked_for(world: World) -> None:
    """Most servers have one kind, so the other is an error only if it is requested alone."""
    document = _json(world, "--connect", world.values["api"], "--key-type", "both")
    assert [host["chain"][0]["algorithm"] for host in document["hosts"]] == ["EC P-256"]
    assert run("fetch", HOST, "--connect", world.values["api"], "--key-type", "rsa").code == ExitCode.BROKE


def test_every_address_is_looked_at(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name with two addresses gives two results, or only those of one IP version."""
    monkeypatch.setattr("pinsmith.probe.survey.resolve_all", lambda name, **_: ("127.0.0.1", "::1") if name else ())
    with ExitStack() as stack:
        four = stack.enter_context(RecordingServer(world.identity))
        connect = ["--connect", f"localhost:{four.port}"]
        result = run("fetch", HOST, *connect, "--cafile", world.cafile, "--all-addresses", "--format", "json")
        hosts = json.loads(result.stdout)["hosts"]
        assert sorted((host["address"], "error" in host) for host in hosts) == [("127.0.0.1", False), ("::1", True)]
        assert [host["address"] for host in _json(world, *connect, "--all-addresses", "-4")["hosts"]] == ["127.0.0.1"]
        assert [host["address"] for host in _json(world, *connect, "-4")["hosts"]] == ["127.0.0.1"]


def test_an_ip_version_that_a_host_does_not_have_is_an_error(world: World) -> None:
    """-6 never dials IPv4, because the user asked for only one version."""
    result = run("fetch", HOST, "--connect", world.values["api"], "--cafile", world.cafile, "-6", "--format", "json")
    (host,) = json.loads(result.stdout)["hosts"]
    assert (result.code, host["error"]["code"]) == (ExitCode.BROKE, "host-not-found")
    assert (host["host"], host["port"]) == (HOST, 443)
    assert f"{HOST}:443 has no IPv6 address" in result.stderr


def test_starttls_is_spoken(world: World) -> None:
    """The protocol of the option changes to TLS before the chain is fetched."""

    def greet(sock: Any) -> None:  # noqa: ANN401 - any socket
        sock.sendall(b"220 mail.example.com ESMTP\r\n")
        for answer in (b"250 mail.example.com\r\n", b"220 go on\r\n"):
            while not sock.recv(4096).endswith(b"\n"):
                pass
            sock.sendall(answer)

    with RecordingServer(world.identity, starttls=greet) as server:
        document = _json(world, "--connect", f"127.0.0.1:{server.port}", "--starttls", "smtp")
    assert document["hosts"][0]["port"] == 25
    assert document["hosts"][0]["trusted"]


def test_saved_certificates_are_whole_and_safely_named(world: World, here: Path) -> None:
    """PEM and DER of every certificate get names that no server chose, and a second run adds no files."""
    for _ in range(2):
        assert run(
            "fetch", HOST, "--connect", world.values["api"], "--cafile", world.cafile, "--save", "certs"
        ).code == (ExitCode.OK)
    files = sorted(path.name for path in (here / "certs").iterdir())
    assert len(files) == 6
    assert all(name.startswith(f"{HOST}_443-") for name in files)
    ders = {path.read_bytes() for path in (here / "certs").glob("*.der")}
    pems = {ssl.PEM_cert_to_DER_cert(path.read_text()) for path in (here / "certs").glob("*.pem")}
    assert ders == pems == {world.identity.der, world.intermediate.der, world.root.der}


def test_a_link_in_the_way_is_not_followed(world: World, here: Path) -> None:
    """A user who can write to the directory cannot redirect the output to another file."""
    options = ["fetch", HOST, "--connect", world.values["api"], "--cafile", str(world.cafile), "--save", "certs"]
    run(*options)
    victim = here / "victim"
    victim.write_text("precious")
    for path in (here / "certs").iterdir():
        path.unlink()
        path.symlink_to(victim)
    assert run(*options).code == ExitCode.OK
    assert victim.read_text() == "precious"
    assert not [path for path in (here / "certs").iterdir() if path.is_symlink()]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("\x1b[2J\x1b]0;owned\x07", id="escape sequences"),
        pytest.param("good\r\npinsmith: everything is fine", id="a line like pinsmith's"),
        pytest.param("\u202emoc.elpmaxe", id="right to left"),
    ],
)
def test_a_hostile_subject_does_not_reach_the_terminal(name: str, world: World) -> None:
    """Text from a certificate is escaped in every format."""
    hostile = world.root.issue(HOST, common_name=name, not_before=START, not_after=END)
    assert hostile.certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value == name
    with RecordingServer(hostile) as server:
        for output in ("text", "json", "ndjson"):
            options = ["--connect", f"127.0.0.1:{server.port}", "--cafile", str(world.cafile), "--format", output]
            shown = run("fetch", HOST, *options, tty=False)
            assert shown.code == ExitCode.OK
            assert all(character.isprintable() or character == "\n" for character in shown.stdout + shown.stderr)
            assert not any(line.startswith("pinsmith: everything") for line in shown.stdout.splitlines())


def test_an_appended_certificate_is_marked(world: World) -> None:
    """A certificate that is sent but not verified is marked as such."""
    odd = Authority.root("Odd", not_before=START, not_after=END).certificate
    presented = [*world.identity.chain, odd]
    with RecordingServer(world.identity, presented=presented) as server:
        shown = run("fetch", HOST, "--connect", f"127.0.0.1:{server.port}", "--cafile", world.cafile)
    assert "sent, but not part of the verified chain" in shown.stdout
    assert world.identity.pin in shown.stdout


def test_one_dead_host_does_not_stop_the_others(world: World) -> None:
    """All hosts that answer have a result, and the exit code shows that one did not."""
    numbered = world.intermediate.issue("127.0.0.1", not_before=START, not_after=END)
    with RecordingServer(numbered) as server:
        names = [world.values["closed"], f"127.0.0.1:{server.port}", world.values["plain"]]
        result = run("fetch", *names, "--cafile", world.cafile, "--format", "json")
    hosts = {host["port"]: host for host in json.loads(result.stdout)["hosts"]}
    assert result.code == ExitCode.BROKE
    assert len(hosts) == 3
    assert [port for port, host in hosts.items() if host["trusted"]] == [server.port]


@pytest.mark.parametrize(
    ("begins", "ends", "expected"),
    [
        (-30, 400, "400 days left"),
        (-30, 1, "1 day left"),
        (-30, 0.5, "0 days left"),
        (-30, -0.5, "expired 0 days ago"),
        (-30, -1.5, "expired 1 day ago"),
        (-30, -14, "expired 14 days ago"),
        (1.5, 30, "begins in 1 day"),
    ],
)
def test_the_days_of_a_certificate_are_counted(begins: float, ends: float, expected: str, here: Path) -> None:
    """The remaining time is shown in whole days, and expired or future certificates are named as such."""
    start, end = NOW + timedelta(days=begins), NOW + timedelta(days=ends)
    file = here / "some.pem"
    file.write_text(Identity.self_signed(HOST, not_before=start, not_after=end).pem)
    last = run("show", file).stdout.splitlines()[-1]
    assert last.endswith(f", {expected}")
