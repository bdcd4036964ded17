"""`pinsmith key certificate`, and the platforms that need certificates after `pinsmith init`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pinsmith import pinfile
from pinsmith.exit_code import ExitCode
from pinsmith.lab.pki.authority import Authority
from pinsmith.material import read_material
from pinsmith.rotation.standby_key import generate, load_private_key
from tests.cli.conftest import END, HOST, START
from tests.cli.support import run

if TYPE_CHECKING:
    from tests.cli.conftest import World


@pytest.fixture
def pinned(here: Path, world: World) -> Path:
    """Pin a host, with a standby key."""
    words = ("--certificate", world.values["chain-file"], "--cafile", world.cafile)
    made = run("init", HOST, *words, "--generate-backup", "--backup-dir", here.parent / "keys")
    assert made.code == ExitCode.OK, made.stderr
    return here / "pins.toml"


def _pins(pem: str) -> list[str]:
    return [str(material.pin) for material in read_material(pem.encode())]


@pytest.mark.parametrize("target", ["smartface", "capacitor-certificates", "cordova", "capacitor"])
def test_platforms_that_need_certificates_work_after_init(pinned: Path, world: World, target: str) -> None:
    """One consent by name is needed, because the certificate of the standby key will be replaced one day."""
    refused = run("export", target)
    assert refused.code == ExitCode.BROKE, refused.stderr
    assert "standby-certificate-only" in refused.stderr
    done = run("export", target, "-o", f"out.{target}", "--accept-loss", "standby-certificate-only")
    assert done.code == ExitCode.OK, done.stderr


def test_nginx_works_after_init_with_the_roots_of_authorities(here: Path, world: World) -> None:
    """The certificates of the roots are kept: of the one that was verified, and of the one given as a backup."""
    (here / "next.pem").write_text(Authority.root(not_before=START, not_after=END).pem)
    words = ("--certificate", world.values["chain-file"], "--cafile", world.cafile, "--strategy", "private-ca")
    made = run("init", HOST, *words, "--backup", "next.pem")
    assert made.code == ExitCode.OK, made.stderr
    done = run("export", "nginx", "-o", "upstream.conf")
    assert done.code == ExitCode.OK, done.stderr


def test_react_native_ssl_pinning_compares_keys_so_any_certificate_will_do(pinned: Path) -> None:
    """No consent is needed."""
    done = run("export", "react-native-ssl-pinning", "-o", "pins.ts")
    assert done.code == ExitCode.OK, done.stderr


def test_the_certificate_of_a_key_is_printed(pinned: Path, world: World) -> None:
    """The output is PEM of that key alone."""
    assert _pins(run("key", "certificate", "api-2026").stdout) == [world.identity.pin]
    standby = next(key for key in pinfile.load(pinned).keys if key.standby)
    assert _pins(run("key", "certificate", standby.name).stdout) == [str(standby.pin)]


def test_a_renewed_certificate_of_the_same_key_is_kept(pinned: Path, world: World) -> None:
    """The pin file names the new file, and the same command again changes nothing."""
    renewed = world.values["both-file"]
    done = run("key", "certificate", "api-2026", renewed)
    assert (done.code, done.stderr) == (ExitCode.OK, "pinsmith: wrote certs/api-2026-2.pem\n")
    assert {key.name: key.certificate for key in pinfile.load(pinned).keys}["api-2026"] == "certs/api-2026-2.pem"
    before = pinned.read_bytes()
    again = run("key", "certificate", "api-2026", renewed)
    assert (again.code, again.stderr) == (
        ExitCode.OK,
        "pinsmith: ok: pins.toml already has this certificate of api-2026\n",
    )
    assert pinned.read_bytes() == before


def test_a_certificate_is_made_of_a_private_key(pinned: Path, world: World) -> None:
    """It names the hosts that pin the key."""
    done = run("key", "certificate", "api-2026", world.values["key-file"])
    assert done.code == ExitCode.OK, done.stderr
    (material,) = read_material(run("key", "certificate", "api-2026").stdout.encode())
    assert (str(material.pin), material.names) == (world.identity.pin, (HOST,))


def test_a_file_of_another_key_is_refused(pinned: Path, world: World) -> None:
    """Neither a certificate of another key nor a request of the same key gives a certificate."""
    before = pinned.read_bytes()
    for name in ("stranger-file", "csr-file", "password-file"):
        done = run("key", "certificate", "api-2026", world.values[name])
        assert done.code == ExitCode.BROKE
        assert world.values[name] in done.stderr
    unknown = run("key", "certificate", "api-2099")
    assert unknown.code == ExitCode.BROKE
    assert "the pin file has no key api-2099" in unknown.stderr
    assert "its keys are: api-2026, api-standby" in unknown.stderr
    assert pinned.read_bytes() == before


def test_a_key_without_a_certificate_is_reported(here: Path, world: World) -> None:
    """The hint names the command that gives it one."""
    words = ("--certificate", world.values["chain-file"], "--backup", world.values["stranger-pin"])
    assert run("init", HOST, *words).code == ExitCode.OK
    done = run("key", "certificate", "api-standby")
    assert done.code == ExitCode.BROKE
    assert "give it one: `pinsmith key certificate api-standby FILE`" in done.stderr


def test_a_standby_key_in_service_needs_the_certificate_that_was_issued_for_it(pinned: Path, world: World) -> None:
    """A server presents the certificate that stood for it only in an emergency, so that needs a consent of its own."""
    pinned.write_text(pinned.read_text().replace("standby = true\n", ""))
    refused = run("export", "cordova", "-o", "out")
    assert refused.code == ExitCode.BROKE
    assert "was made for api-standby when it was a standby key, and clients are locked out unless" in refused.stderr
    assert not (pinned.parent / "out").exists()
    earlier = run("export", "cordova", "-o", "out", "--accept-loss", "standby-certificate-only")
    assert (earlier.code, (pinned.parent / "out").exists()) == (ExitCode.BROKE, False)
    emergency = run("export", "cordova", "-o", "emergency", "--accept-loss", "placeholder-in-service")
    assert emergency.code == ExitCode.OK, emergency.stderr
    key = load_private_key(next((pinned.parent.parent / "keys").glob("*.key")).read_bytes())
    issued = world.intermediate.issue(HOST, not_before=START, not_after=END, key=key)
    (pinned.parent / "issued.pem").write_text(issued.pem)
    assert run("key", "certificate", "api-standby", "issued.pem").code == ExitCode.OK
    done = run("export", "cordova", "-o", "out")
    assert done.code == ExitCode.OK, done.stderr
    compared_by_key = run("export", "react-native-ssl-pinning", "-o", "pins.ts")
    assert compared_by_key.code == ExitCode.OK, compared_by_key.stderr


def test_a_certificate_is_made_only_of_the_private_key_itself_and_for_hosts(pinned: Path, world: World) -> None:
    """The first private key of a file may be another one."""
    other = generate().private_pem().decode()
    (pinned.parent / "two.pem").write_text(other + Path(world.values["key-file"]).read_text())
    before = pinned.read_bytes()
    several = run("key", "certificate", "api-2026", "two.pem")
    assert several.code == ExitCode.BROKE
    assert "two.pem contains 2 keys or certificates, but one private key is needed" in several.stderr
    assert pinned.read_bytes() == before
    pinned.write_text(f'version = 1\n[keys.spare]\npin = "{world.identity.pin}"\nrole = "leaf"\n')
    unused = run("key", "certificate", "spare", world.values["key-file"])
    assert unused.code == ExitCode.BROKE
    assert "no host uses the key spare" in unused.stderr


def test_check_warns_of_a_renewed_certificate_that_an_output_does_not_contain(pinned: Path, world: World) -> None:
    """The pin matches, but clients of a platform that compares certificates would be locked out."""
    renewed = world.intermediate.issue(HOST, not_before=START, not_after=END, key=world.identity.key)
    (pinned.parent / "renewed.pem").write_text(renewed.presented_pem())
    words = ("check", "--certificate", "renewed.pem", "--cafile", world.cafile, "--strict")
    assert run(*words).code == ExitCode.OK
    text = pinned.read_text()
    pinned.write_text(f'{text}[[output]]\nformat = "smartface"\npath = "x.json"\n')
    warned = run(*words)
    assert warned.code == ExitCode.WARNED
    assert "has the key api-2026, but it is not certs/api-2026.pem: clients of smartface compare" in warned.stdout
    same = run("check", "--certificate", world.values["chain-file"], "--cafile", world.cafile, "--strict")
    assert same.code == ExitCode.OK, same.stdout
    assert run("key", "certificate", "api-2026", "renewed.pem").code == ExitCode.OK
    assert run(*words).code == ExitCode.OK
    elsewhere = f'{text}[[output]]\nformat = "smartface"\npath = "x.json"\nhosts = ["www.example.com"]\n'
    pinned.write_text(elsewhere)
    assert run(*words).code == ExitCode.OK
