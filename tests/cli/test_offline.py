"""`pinsmith init` and `pinsmith add` from files, without a connection to the hosts, and from lists of hosts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pinsmith import pinfile
from pinsmith.exit_code import ExitCode
from pinsmith.lab.pki.identity import Identity
from pinsmith.rotation.standby_key import generate
from tests.cli.conftest import END, HOST, START
from tests.cli.support import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import World

NAMES = (HOST, "www.example.com")


@pytest.fixture(autouse=True)
def no_contact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail if a command contacts a host."""
    monkeypatch.setattr("pinsmith.probe.survey.survey", lambda *_, **__: pytest.fail("it contacted a host"))


@pytest.fixture
def certificate(here: Path, world: World) -> Path:
    """Write a certificate of two hosts, with its intermediate."""
    path = here / "fullchain.pem"
    path.write_text(world.intermediate.issue(*NAMES, not_before=START, not_after=END).presented_pem())
    return path


def test_a_certificate_is_pinned_without_a_connection(here: Path, world: World, certificate: Path) -> None:
    """Its key is pinned for each host, its trust is checked with --cafile, and a standby key is made."""
    words = ("--certificate", certificate, "--generate-backup", "--backup-dir", here.parent / "keys")
    made = run("init", *NAMES, *words, "--cafile", world.cafile)
    assert made.code == ExitCode.OK, made.stderr
    policy = pinfile.load(here / "pins.toml")
    assert [entry.host for entry in policy] == list(NAMES)
    assert [key.name for key in policy.keys] == ["api-2026", "api-standby"]
    assert "no host was contacted: run `pinsmith check` when the host presents this certificate" in made.stderr
    assert "this network" not in made.stderr
    checked = run("check", "--certificate", certificate, "--cafile", world.cafile)
    assert checked.code == ExitCode.OK, checked.stderr


def test_without_a_root_the_trust_of_a_certificate_is_not_checked_and_that_is_reported(
    here: Path, world: World, certificate: Path
) -> None:
    """Names and dates are checked all the same; a root is needed for the key of an authority."""
    backup = ("--backup", world.values["stranger-pin"])
    made = run("init", HOST, "--certificate", certificate, *backup)
    assert made.code == ExitCode.OK, made.stderr
    assert "warning: no host was contacted, and the trust of the chain was not checked: pass --cafile" in made.stderr
    authority = run("add", "www.example.com", "--certificate", certificate, "--strategy", "ca-set", *backup)
    assert authority.code == ExitCode.BROKE
    assert "the authority above the certificate of www.example.com is not known" in authority.stderr


@pytest.mark.parametrize(
    ("host", "shift", "cafile", "problem"),
    [
        ("other.example.com", 0, None, "is not for other.example.com: it names api.example.com, www.example.com"),
        (HOST, -22_300, None, "api.example.com would present a certificate that expired on "),
        (HOST, 40_000, None, "api.example.com would present a certificate that is not valid before "),
        (HOST, 0, "other-root.pem", "the certificate for api.example.com is not trusted, so its pins"),
    ],
    ids=["another name", "expired", "not yet valid", "another root"],
)
def test_a_certificate_that_clients_would_refuse_is_not_pinned(  # noqa: PLR0917 - the columns of a table
    here: Path, world: World, host: str, shift: int, cafile: str | None, problem: str
) -> None:
    """The error names the reason, and no file is written."""
    words = ("--cafile", cafile) if cafile else ()
    days = timedelta(days=shift)
    identity = world.intermediate.issue(*NAMES, not_before=START + days, not_after=END + days)
    (here / "fullchain.pem").write_text(identity.presented_pem())
    (here / "other-root.pem").write_text(world.stranger.pem)
    done = run("init", host, "--certificate", "fullchain.pem", "--backup", world.values["stranger-pin"], *words)
    assert done.code == ExitCode.BROKE
    assert problem in done.stderr
    assert not (here / "pins.toml").exists()


def test_a_compromised_authority_is_refused_in_a_file_too(here: Path, world: World, certificate: Path) -> None:
    """A holder of its key can have made the certificate."""
    (here / "pins.toml").write_text(f'version = 1\n[compromised.stolen]\npin = "{world.intermediate.pin}"\n')
    backup = ("--backup", world.values["stranger-pin"], "--cafile", world.cafile)
    done = run("add", HOST, "--certificate", certificate, *backup)
    assert done.code == ExitCode.MISMATCH, done.stderr
    assert "compromised" in done.stderr


def test_the_next_certificate_of_a_pinned_host_is_added(here: Path, world: World, certificate: Path) -> None:
    """Its key is not pinned yet, which is why it is added: it does not count as an interceptor."""
    backup = ("--backup", world.values["stranger-pin"])
    assert run("init", HOST, "--certificate", world.values["chain-file"], *backup).code == ExitCode.OK
    done = run("add", HOST, "--certificate", certificate, "--cafile", world.cafile)
    assert done.code == ExitCode.OK, done.stderr
    assert "attacker" not in done.stderr
    names = [key.name for key in pinfile.load(here / "pins.toml").keys]
    assert names == ["api-2026", "api-standby", "api-example-com-2026"]


@pytest.mark.parametrize(
    "words", [("--connect", "192.0.2.7"), ("--starttls", "smtp"), ("--from", "-")], ids=lambda words: words[0]
)
def test_options_that_need_a_live_host_are_refused(here: Path, world: World, words: tuple[str, ...]) -> None:
    """Nobody believes then that the host was contacted."""
    given = "-" if words == ("--from", "-") else world.values["chain-file"]
    done = run("init", HOST, "--certificate", given, "--no-backup", *words)
    assert done.code == ExitCode.USAGE
    assert words[0] in done.stderr
    assert not (here / "pins.toml").exists()


def test_every_root_of_a_file_is_a_backup(here: Path, world: World, certificate: Path) -> None:
    """A host can be pinned to the roots of all its authorities in one command."""
    other = Identity.self_signed("Other Root", not_before=START, not_after=END)
    (here / "roots.pem").write_text(world.root.pem + world.intermediate.pem)
    words = ("--certificate", certificate, "--cafile", world.cafile, "--strategy", "ca-set")
    served = run("init", HOST, *words, "--backup", "roots.pem")
    assert served.code == ExitCode.BROKE
    assert "is not a backup" in served.stderr
    made = run("init", HOST, *words, "--backup", "roots.pem", "--backup", other.pin)
    assert made.code == ExitCode.OK, made.stderr
    (entry,) = pinfile.load(here / "pins.toml").hosts
    assert {str(key.pin) for key in entry.keys} == {world.root.pin, world.intermediate.pin, other.pin}


def test_a_key_is_added_from_a_file(here: Path, world: World, certificate: Path) -> None:
    """A request, a certificate or a private key, with a name or without."""
    backup = ("--backup", world.values["stranger-pin"])
    assert run("init", HOST, "--certificate", certificate, *backup).code == ExitCode.OK
    done = run("add", HOST, "--key", world.values["csr-file"], "--standby")
    assert done.code == ExitCode.OK, done.stderr
    keys = {key.name: key for key in pinfile.load(here / "pins.toml").keys}
    assert str(keys["api-example-com-standby"].pin) == world.identity.pin
    assert (keys["api-example-com-standby"].role, keys["api-example-com-standby"].algorithm) == ("leaf", "EC P-256")
    renamed = run("add", HOST, "--key", f"other={world.values['key-file']}")
    assert renamed.code == ExitCode.BROKE
    assert "is already in the file, as the key api-example-com-standby" in renamed.stderr
    missing = run("add", HOST, "--key", "missing.pem")
    assert missing.code == ExitCode.USAGE
    assert "is neither the name of a key in the file nor a file" in missing.stderr


@pytest.mark.parametrize(
    "words",
    [("--generate-backup",), ("--backup", "x.pem"), ("--force",), ("--strategy", "ca-set"), ("--connect", "192.0.2.7")],
    ids=lambda words: words[0],
)
def test_an_option_that_would_do_nothing_beside_a_given_key_is_refused(
    here: Path, world: World, certificate: Path, words: tuple[str, ...]
) -> None:
    """Nobody believes then that there is a backup, or that the host was contacted."""
    assert run("init", HOST, "--certificate", certificate, "--no-backup").code == ExitCode.OK
    before = (here / "pins.toml").read_bytes()
    done = run("add", HOST, "--key", world.values["csr-file"], *words)
    assert done.code == ExitCode.USAGE
    assert f"{words[0]} has no effect with --key" in done.stderr
    alone = run("add", HOST, "--certificate", world.values["chain-file"], "--standby")
    assert alone.code == ExitCode.USAGE
    assert "--standby needs --key" in alone.stderr
    assert (here / "pins.toml").read_bytes() == before


def test_a_given_certificate_of_another_host_causes_a_warning(here: Path, world: World, certificate: Path) -> None:
    """It may be the wrong file; the key is added, because the next certificate of the key may name this host."""
    assert run("init", HOST, "--certificate", certificate, "--no-backup").code == ExitCode.OK
    other = world.intermediate.issue("other.example.com", not_before=START, not_after=END)
    (here / "other.pem").write_text(other.pem)
    for words in ("other.pem", "next=other.pem"):
        done = run("add", HOST, "--key", words)
        assert f"warning: the certificate in other.pem is not for {HOST}: it names other.example.com" in done.stderr
    (here / "right.pem").write_text(world.identity.pem)
    right = run("add", HOST, "--key", "right.pem")
    assert right.stderr == "pinsmith: wrote pins.toml\n"


def test_several_files_are_added_at_once_with_names_and_certificates_of_their_own(
    here: Path, world: World, certificate: Path
) -> None:
    """Files without a name get different names, and a host or key that is named twice counts once."""
    backup = ("--backup", world.values["stranger-pin"])
    assert run("init", HOST, "--certificate", certificate, *backup).code == ExitCode.OK
    for name in ("one", "two"):
        (here / f"{name}.key").write_bytes(generate().private_pem())
    next_year = world.intermediate.issue(HOST, not_before=START, not_after=END)
    (here / "next.pem").write_text(next_year.pem)
    files = [word for name in ("one.key", "two.key", "next.pem", "one.key") for word in ("--key", name)]
    done = run("add", HOST, HOST.upper(), *files)
    assert done.code == ExitCode.OK, done.stderr
    keys = {key.name: key for key in pinfile.load(here / "pins.toml").keys}
    added = [name for name in keys if name not in {"api-2026", "api-standby"}]
    assert added == ["api-key", "api-example-com-key", "api-example-com"]
    assert keys["api-example-com"].certificate == "certs/api-example-com.pem"
    assert keys["api-key"].certificate is None


def test_a_key_that_cannot_be_added_leaves_no_certificate(here: Path, world: World, certificate: Path) -> None:
    """Nothing refers to the file."""
    assert run("init", HOST, "--certificate", certificate, "--backup", world.values["stranger-pin"]).code == ExitCode.OK
    before = sorted((here / "certs").iterdir())
    (here / "next.pem").write_text(world.intermediate.issue(HOST, not_before=START, not_after=END).pem)
    done = run("add", "missing.example.com", "--key", "next.pem")
    assert done.code == ExitCode.BROKE
    assert sorted((here / "certs").iterdir()) == before


def test_of_a_list_the_hosts_that_can_be_pinned_are_pinned(here: Path, world: World, certificate: Path) -> None:
    """The others are reported one by one, and the exit code is not 0."""
    (here / "hosts.txt").write_text(
        f"{HOST}\nhttp://x.example.com/\nother.example.com  # not in it\nwww.example.com:8443\n"
    )
    words = ("--from", "hosts.txt", "--certificate", certificate, "--backup", world.values["stranger-pin"])
    made = run("init", *words)
    assert made.code == ExitCode.BROKE
    assert [line for line in made.stderr.splitlines() if "error[" in line] == [
        "pinsmith: error[invalid-host]: 'http://x.example.com' does not have a scheme of TLS: expected https or wss",
        f"pinsmith: error[invalid-policy]: the certificate is not for other.example.com: it names {', '.join(NAMES)}",
    ]
    assert made.stderr.splitlines()[-1] == (
        "pinsmith: warning: 2 of 4 hosts could not be pinned; their errors stand above. When these are corrected, "
        "run `pinsmith add` for the hosts"
    )
    policy = pinfile.load(here / "pins.toml")
    assert [(entry.host, entry.port) for entry in policy] == [(HOST, 443), ("www.example.com", 8443)]
    again = run("add", *words)
    assert again.code == ExitCode.BROKE
    assert "ok: there is no new key to pin, so pins.toml is unchanged" in again.stderr


def test_a_host_with_two_ports_does_not_keep_the_rest_of_a_list_from_being_pinned(
    here: Path, world: World, certificate: Path
) -> None:
    """Only one entry can apply to a host."""
    (here / "hosts.txt").write_text(f"{HOST}\n{HOST}:8443\nwww.example.com\n")
    made = run("init", "--from", "hosts.txt", "--certificate", certificate, "--no-backup")
    assert made.code == ExitCode.BROKE
    assert f"{HOST} is named twice, with different ports, but pins apply to every port" in made.stderr
    assert [(entry.host, entry.port) for entry in pinfile.load(here / "pins.toml")] == [
        (HOST, 443),
        ("www.example.com", 443),
    ]


def test_a_public_suffix_does_not_keep_the_rest_of_a_list_from_being_pinned(here: Path, world: World) -> None:
    """It cannot be pinned with its subdomains, which belong to others."""
    identity = world.intermediate.issue("co.uk", "www.example.com", not_before=START, not_after=END)
    (here / "both.pem").write_text(identity.presented_pem())
    (here / "hosts.txt").write_text("co.uk\nwww.example.com\n")
    words = ("--from", "hosts.txt", "--certificate", "both.pem", "--no-backup", "--include-subdomains")
    made = run("init", *words)
    assert made.code == ExitCode.BROKE
    assert "co.uk is a public suffix" in made.stderr
    assert [entry.host for entry in pinfile.load(here / "pins.toml")] == ["www.example.com"]


def test_if_no_host_of_a_list_can_be_pinned_no_file_is_written(here: Path, world: World, certificate: Path) -> None:
    """A pin file without hosts would pass for one that protects."""
    (here / "hosts.txt").write_text("other.example.com\n")
    keys = here.parent / "keys"
    words = ("--from", "hosts.txt", "--certificate", certificate, "--generate-backup", "--backup-dir", keys)
    done = run("init", *words)
    assert done.code == ExitCode.BROKE
    assert "pins.toml was not written, because no host can be pinned" in done.stderr
    assert not (here / "pins.toml").exists()
    assert not keys.exists()


def test_a_command_without_hosts_is_wrong(here: Path) -> None:
    """So is a list without names."""
    (here / "hosts.txt").write_text("# none yet\n")
    nobody = run("init", "--no-backup")
    assert (nobody.code, nobody.stderr.splitlines()[0]) == (
        ExitCode.USAGE,
        "pinsmith: error[usage]: no host is given",
    )
    empty = run("init", "--from", "hosts.txt", "--no-backup")
    assert (empty.code, empty.stderr.splitlines()[0]) == (
        ExitCode.USAGE,
        "pinsmith: error[usage]: hosts.txt lists no host",
    )
    missing = run("init", "--from", "missing.txt", "--no-backup")
    assert missing.code == ExitCode.BROKE


def test_a_mismatch_in_a_list_gives_its_exit_code(here: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that presents no pinned key may be an interceptor, and that outranks what could not be read."""
    monkeypatch.undo()
    away = ("--backup", world.values["stranger-pin"], "--cafile", world.cafile)
    monkeypatch.chdir(here)
    assert run("init", HOST, "--connect", world.values["api"], *away).code == ExitCode.OK
    (here / "hosts.txt").write_text(f"{HOST}\nnot a host\nwww.example.com\n")
    done = run("add", "--from", "hosts.txt", "--connect", world.values["renewed"], *away)
    assert done.code == ExitCode.MISMATCH
    assert [entry.host for entry in pinfile.load(here / "pins.toml")] == [HOST, "www.example.com"]
