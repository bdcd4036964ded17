"""`pinsmith check` beyond its transcripts: the exit code of several verdicts, and machine-readable reports."""

from __future__ import annotations

import json
import ssl
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pinsmith.exit_code import ExitCode
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.identity import Identity
from pinsmith.lab.servers.server import RecordingServer
from tests.cli.conftest import END, HOST, START
from tests.cli.support import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import World

SPARE = Identity.self_signed("spare.example.com").pin


def _pins(here: Path, *hosts: tuple[str, str]) -> None:
    """Write a pin file that pins each host with its one pin."""
    lines = ["version = 1"]
    for at, (_, pin) in enumerate(hosts):
        lines += [f"[keys.key{at}]", f'pin = "{pin}"', 'role = "leaf"']
    for at, (name, _) in enumerate(hosts):
        lines += ["[[host]]", f'name = "{name}"', f'keys = ["key{at}"]']
    (here / "pins.toml").write_text("\n".join(lines) + "\n")


def test_the_worst_verdict_decides(here: Path, world: World) -> None:
    """The order of exit codes is mismatch, unpinned host, unreadable host, success."""
    numbered = world.intermediate.issue("127.0.0.1", not_before=START, not_after=END)
    other = world.intermediate.issue("::1", not_before=START, not_after=END)
    with RecordingServer(numbered) as good, RecordingServer(other, address="::1") as bad:
        _pins(here, ("127.0.0.1", numbered.pin), ("::1", SPARE))
        fine, dead = f"127.0.0.1:{good.port}", world.values["closed"]
        mismatch, unpinned = f"[::1]:{bad.port}", f"localhost:{good.port}"
        cases = {
            (fine,): ExitCode.OK,
            (fine, dead): ExitCode.BROKE,
            (fine, dead, unpinned): ExitCode.NOT_PINNED,
            (fine, dead, unpinned, mismatch): ExitCode.MISMATCH,
        }
        for words, code in cases.items():
            assert run("check", *words, "--cafile", world.cafile).code == code, words


def test_with_strict_a_warning_fails(here: Path, world: World) -> None:
    """A host without a backup fails only with --strict, and a mismatch outweighs a warning."""
    _pins(here, (HOST, world.identity.pin), ("other.example.com", SPARE))
    words = ("check", HOST, "--connect", world.values["api"], "--cafile", world.cafile)
    assert run(*words).code == ExitCode.OK
    strict = run(*words, "--strict")
    assert strict.code == ExitCode.WARNED
    assert "error[warnings]: 1 of 1 checks have warnings, which fail with --strict" in strict.stderr
    assert json.loads(run(*words, "--strict", "--format", "json").stdout)["ok"] is False
    (here / "pins.toml").write_text((here / "pins.toml").read_text().replace(str(world.identity.pin), str(SPARE), 1))
    assert run(*words, "--strict").code == ExitCode.MISMATCH


def test_days_before_the_end_can_be_chosen(here: Path, world: World) -> None:
    """A certificate with sixty years left gets a warning only if the user asks for a hundred years."""
    _pins(here, (HOST, world.identity.pin))
    words = ("check", "--connect", world.values["api"], "--cafile", world.cafile)
    certificate = (here / "leaf.pem", world.identity.presented_pem())
    certificate[0].write_text(certificate[1])
    for options in ((), ("--certificate", "leaf.pem")):
        asked = words if not options else ("check", HOST, *options, "--cafile", world.cafile)
        assert "expires on 2086-01-01" not in run(*asked).stdout
        assert "expires on 2086-01-01" in run(*asked, "--warn-days", "36500").stdout


def test_prometheus_reads_the_results(here: Path, world: World) -> None:
    """The textfile collector learns whether clients accept the host, and when its certificate ends."""
    _pins(here, (HOST, world.identity.pin))
    words = ("check", "--connect", world.values["api"], "--cafile", world.cafile, "--format", "prometheus")
    result = run(*words)
    assert result.code == ExitCode.OK
    assert f'pinsmith_check_ok{{host="{HOST}",port="443",address="127.0.0.1"}} 1\n' in result.stdout
    assert f'position="0"}} {END.timestamp()!r}\n' in result.stdout
    (here / "pins.toml").write_text("version = 1\n")
    empty = run(*words)
    assert (empty.code, "pinsmith_check_complete 0\n" in empty.stdout) == (ExitCode.NOT_PINNED, True)


def test_both_certificates_of_a_server_are_checked(here: Path, world: World) -> None:
    """A pinned ECDSA key does not excuse an unpinned RSA key, because clients that use RSA are locked out."""
    rsa = world.intermediate.issue(HOST, key="rsa-2048", not_before=START, not_after=END)
    _pins(here, (HOST, world.identity.pin))
    with RecordingServer(world.identity, context_hook=rsa.load_into) as server:
        connect = ["--connect", f"127.0.0.1:{server.port}", "--cafile", str(world.cafile)]
        result = run("check", *connect, "--format", "json")
        assert result.code == ExitCode.MISMATCH
        assert sorted(host["verdict"] for host in json.loads(result.stdout)["hosts"]) == ["matched", "mismatched"]
        assert run("add", HOST, *connect).code == ExitCode.OK
        assert run("check", *connect).code == ExitCode.OK


def test_the_port_of_the_entry_is_dialled(here: Path, world: World) -> None:
    """The port of a host is in the file, so that commands need no option for it."""
    numbered = world.intermediate.issue("127.0.0.1", not_before=START, not_after=END)
    _pins(here, ("127.0.0.1", numbered.pin))
    with RecordingServer(numbered) as server, (here / "pins.toml").open("a") as file:
        file.write(f"port = {server.port}\n")
        file.flush()
        for words in ([], ["127.0.0.1"]):
            assert run("check", *words, "--cafile", world.cafile).code == ExitCode.OK


def test_json_has_the_documented_shape(here: Path, world: World) -> None:
    """Fields and their order are promised."""
    _pins(here, (HOST, world.identity.pin))
    result = run("check", "--connect", world.values["api"], "--cafile", world.cafile, "--format", "json")
    document = json.loads(result.stdout)
    (host,) = document["hosts"]
    assert list(document) == ["version", "ok", "hosts"]
    before = ["host", "port", "address", "via", "verdict", "matched_key", "reason", "message"]
    after = ["findings", "details", "hint", "cohorts"]
    assert list(host) == [*before, "presented", "pins_expire", "pins_days_left", *after]
    assert [list(item) for item in host["presented"]][:1] == [
        ["pin", "key", "subject", "not_before", "not_after", "days_left"]
    ]
    assert host["presented"][0]["key"] == host["matched_key"] == "key0"
    assert [list(item) for item in host["findings"]] == [
        ["rule", "severity", "place", "message", "fix", "host", "pin", "fixable", "page", "cohorts"]
    ]


def test_an_odd_trust_anchor_causes_no_message(here: Path, world: World) -> None:
    """Users cannot help that `cryptography` warns about roots of the system with a serial number below 1."""
    odd = Authority.root("Odd Root").certificate
    octets = odd.serial_number.to_bytes(odd.serial_number.bit_length() // 8 + 1)
    der = odd.public_bytes(Encoding.DER).replace(octets, b"\x80" + octets[1:])
    with pytest.warns(UserWarning, match="serial number"):
        x509.load_der_x509_certificate(der)
    (here / "roots.pem").write_text(world.cafile.read_text() + ssl.DER_cert_to_PEM_cert(der))
    (here / "odd.der").write_bytes(der)
    _pins(here, (HOST, world.identity.pin))
    words = ("check", "--certificate", world.values["chain-file"], "--cafile", "roots.pem")
    assert run(*words).stderr == ""
    assert run(*words).code == ExitCode.OK
    shown = run("show", "odd.der")
    assert (shown.code, shown.stderr) == (ExitCode.OK, "")
    assert "CN=Odd Root" in shown.stdout


def test_subdomains_of_a_private_suffix_are_warned_about(here: Path, world: World) -> None:
    """Pins for all customers of a service are possible, but rarely intended."""
    identity = world.intermediate.issue("supabase.co", not_before=START, not_after=END)
    _pins(here, ("supabase.co", identity.pin))
    path = here / "pins.toml"
    path.write_text(path.read_text() + "include-subdomains = true\n")
    with RecordingServer(identity) as server:
        result = run("check", "--connect", f"127.0.0.1:{server.port}", "--cafile", world.cafile)
    assert "supabase.co is in the private section of the Public Suffix List" in result.stdout + result.stderr


def test_quiet_prints_nothing_when_all_is_well(here: Path, world: World) -> None:
    """A mail from cron means that there is something to do: a failure or a warning is printed as usual."""
    words = ("check", "--quiet", "--connect", world.values["api"], "--cafile", world.cafile)
    _pins(here, (HOST, world.identity.pin))
    warned = run(*words)
    assert warned.code == ExitCode.OK
    assert "there is no backup" in warned.stdout
    spare = f'[keys.spare]\npin = "{world.values["stranger-pin"]}"\nrole = "leaf"\nstandby = true\n[[host]]'
    text = (here / "pins.toml").read_text().replace("[[host]]", spare).replace('["key0"]', '["key0", "spare"]')
    (here / "pins.toml").write_text(text)
    fine = run(*words)
    assert (fine.code, fine.stdout, fine.stderr) == (ExitCode.OK, "", "")
    _pins(here, (HOST, world.values["stranger-pin"]))
    failed = run(*words)
    assert failed.code == ExitCode.MISMATCH
    assert failed.stdout.startswith("MISMATCH")
