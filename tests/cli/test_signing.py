"""Signed outputs: the pin file names a key, and the person who signs passes the private key."""

from __future__ import annotations

import json
import shlex
import sys
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from pinsmith.formats import dynapins, rn_ssl_manager_bundle
from tests.cli.support import run
from tests.custody.programs import ECDSA, ProgramMaker, public_pem
from tests.formats.test_signed import payload

if TYPE_CHECKING:
    from pathlib import Path

PINS = """\
version = 1

[keys.live]
pin = "sha256/NahLU0GZuWlQxC5iyWPffbj545x3cCad5I+tsIssZ4M="
role = "leaf"

[keys.next]
pin = "sha256/8yAQOI8/CVOfgxEcZTscFp6wUFiGkbEj2n4o/b9T3zw="
role = "leaf"
standby = true

[[host]]
name = "api.example.com"
keys = ["live", "next"]

[[output]]
format = "{format}"
path = "signed.json"
signing-key = "public.pem"
expires = "2026-08-01"
"""
KEYS: dict[str, Any] = {
    rn_ssl_manager_bundle.FORMAT.id: Ed25519PrivateKey.generate(),
    dynapins.FORMAT.id: ec.generate_private_key(ec.SECP256R1()),
}
PASSWORD = "correct horse"
FORMATS = pytest.mark.parametrize("name", KEYS)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> Path:
    """Write a pin file with a signed output, its public key, and the private key outside of the repository."""
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    monkeypatch.chdir(folder)
    private = KEYS[name]
    (folder / "pins.toml").write_text(PINS.format(format=name))
    (folder / "public.pem").write_bytes(public_pem(private))
    for file, encryption in (("plain", NoEncryption()), ("encrypted", BestAvailableEncryption(PASSWORD.encode()))):
        path = tmp_path / f"{file}.key"
        path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
        path.chmod(0o600)
    return folder


def _is_whole(project: Path) -> bool:
    return bool(payload((project / "signed.json").read_text()))


@FORMATS
def test_a_private_key_in_a_file_signs_once(project: Path) -> None:
    """Without it nothing is written, with it the file is written, and after that nobody needs it."""
    refused = run("sync")
    assert (refused.code, "names only the public key" in refused.stderr) == (1, True)
    assert not (project / "signed.json").exists()
    assert run("sync", "--signing-key", "../plain.key").code == 0
    first = (project / "signed.json").read_bytes()
    for words in (("sync", "--check"), ("sync",), ("sync", "--signing-key", "../plain.key")):
        assert run(*words).code == 0
    assert (project / "signed.json").read_bytes() == first


@FORMATS
def test_the_check_notices_a_change_without_the_private_key(project: Path) -> None:
    """Other pins, and a file that was changed by hand, fail the check in CI, which names the file."""
    assert run("sync", "--signing-key", "../plain.key").code == 0
    written, pins = (project / "signed.json").read_text(), (project / "pins.toml").read_text()
    (project / "pins.toml").write_text(pins.replace("NahL", "BahL"))
    changed = run("sync", "--check")
    assert (changed.code, "signed.json: the file must be signed, because its content" in changed.stderr) == (1, True)
    (project / "pins.toml").write_text(pins)
    assert run("sync", "--check").code == 0
    value = max(json.loads(written).values(), key=len)
    (project / "signed.json").write_text(written.replace(value, value[:-9] + "AAAA" + value[-5:]))
    edited = run("sync", "--check")
    assert (edited.code, "signed.json" in edited.stderr) == (1, True)


@FORMATS
def test_an_encrypted_key_needs_its_password(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes from a file or the environment, and neither the key nor the password is printed."""
    words = ("sync", "--signing-key", "../encrypted.key")
    assert "error[password]" in run(*words).stderr
    monkeypatch.setenv("PINSMITH_KEY_PASSWORD", "wrong")
    assert "error[password]" in run(*words).stderr
    assert not (project / "signed.json").exists()
    (project.parent / "password").write_text(f"{PASSWORD}\n")
    answer = run(*words, "--password-file", "../password")
    assert (answer.code, _is_whole(project)) == (0, True)
    secrets = [PASSWORD, *(project.parent / "plain.key").read_text().splitlines()[1:-1]]
    assert not any(secret in f"{answer.stdout}{answer.stderr}" for secret in secrets)


@FORMATS
def test_a_command_signs(project: Path, name: str) -> None:
    """The command gets the message and prints the signature; one of another key is refused, and nothing is written."""
    how = ECDSA if name == dynapins.FORMAT.id else ""
    for private, code in ((_other(name), 1), (KEYS[name], 0)):
        answer = run("sync", "--signing-command", ProgramMaker(project).signs(private, how))
        assert (answer.code, (project / "signed.json").exists()) == (code, code == 0)
        assert ("not a signature of the public key" in answer.stderr) == (code == 1)
    assert _is_whole(project)


@FORMATS
def test_a_pin_file_starts_no_program(project: Path) -> None:
    """The pin file can name neither a command nor a token, because whoever proposes it would run code elsewhere."""
    started = project / "started"
    program = shlex.join([sys.executable, "-c", f"open({str(started)!r}, 'w')"])
    pins = (project / "pins.toml").read_text()
    for text in (
        f'{pins}signing-command = "{program}"\n',
        pins.replace('"public.pem"', f"'{program}'"),
        pins.replace('"public.pem"', '"pkcs11:token=a;object=b?module-path=/x.so"'),
    ):
        (project / "pins.toml").write_text(text)
        assert run("sync").code != 0
        assert run("sync", "--check").code != 0
    assert not started.exists()


@FORMATS
def test_a_private_key_of_another_output_is_refused(project: Path, name: str) -> None:
    """The error shows which public key it has, and nothing is written."""
    other = _other(name)
    (project.parent / "plain.key").write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    answer = run("sync", "--signing-key", "../plain.key")
    assert (answer.code, "the private key that signs is not that of public.pem" in answer.stderr) == (1, True)
    assert "it has the public key sha256/" in answer.stderr
    assert not (project / "signed.json").exists()


@FORMATS
def test_an_export_signs_with_the_same_options(project: Path, name: str) -> None:
    """A text on standard output and a file are both signed, also with a private key as the option of the format."""
    settings = ("--set", "signing-key=public.pem", "--set", "expires=2026-08-01")
    assert "names only the public key" in run("export", name, *settings).stderr
    printed = run("export", name, *settings, "--signing-key", "../plain.key")
    assert payload(printed.stdout)
    direct = ("--set", "signing-key=../plain.key", "--set", "expires=2026-08-01", "-o", "signed.json")
    assert run("export", name, *direct).code == 0
    assert run("sync", "--check").code == 0


@FORMATS
def test_two_private_keys_are_an_error_of_usage(project: Path) -> None:
    """A key that would be ignored is not taken."""
    answer = run("sync", "--signing-key", "../plain.key", "--signing-command", "sign")
    assert (answer.code, "exclude each other" in answer.stderr) == (2, True)
    assert not (project / "signed.json").exists()


@FORMATS
@pytest.mark.parametrize("file", ["../encrypted.key", "../p384.key", "both.pem", "other.pem", "text.pem"])
def test_another_file_is_not_a_signing_key(project: Path, name: str, file: str) -> None:
    """An encrypted key, several keys, a key of another kind and a text are refused by name; no content is shown."""
    wrong = ec.generate_private_key(ec.SECP384R1())
    form = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (project / "other.pem").write_bytes(wrong.public_key().public_bytes(*form))
    (project / "both.pem").write_bytes(public_pem(KEYS[name]) + public_pem(_other(name)))
    (project / "text.pem").write_text("SECRET")
    private = wrong.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (project.parent / "p384.key").write_bytes(private)
    pins = (project / "pins.toml").read_text().replace("public.pem", file)
    (project / "pins.toml").write_text(pins)
    answer = run("sync")
    assert (answer.code, f"{file} contains neither an unencrypted " in answer.stderr) == (1, True)
    assert "SECRET" not in answer.stderr


def _other(name: str) -> Any:  # noqa: ANN401 - as in `KEYS`
    return Ed25519PrivateKey.generate() if "rn" in name else ec.generate_private_key(ec.SECP256R1())
