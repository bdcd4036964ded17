"""Keys in a PKCS#11 token, that of SoftHSM: they are imported and proven, and never leave it."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from pinsmith import pinfile
from pinsmith.custody.key_file import of_file
from pinsmith.material import read_material
from pinsmith.rotation.journal import NAME
from pinsmith.rotation.standby_key import generate
from tests.cli.support import run
from tests.custody.programs import public_pem
from tests.extended.vault import PIN, Vault, opened, private_pem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

pytestmark = pytest.mark.extended

KEYS: dict[str, PrivateKeyTypes] = {
    "ec": ec.generate_private_key(ec.SECP256R1()),
    "p384": ec.generate_private_key(ec.SECP384R1()),
    "rsa": rsa.generate_private_key(65537, 2048),
    "ed": ed25519.Ed25519PrivateKey.generate(),
    "weak": rsa.generate_private_key(65537, 1024),  # noqa: S505 - this is the point
}
PIN_FILE = f"""\
version = 1
[keys.api]
pin = "{generate().pin}"
role = "leaf"
[[host]]
name = "api.example.com"
keys = ["api"]
"""


@pytest.fixture(scope="module")
def vault() -> Iterator[Vault]:
    """Make a token with the keys."""
    with opened(KEYS) as made:
        yield made


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work beside a pin file, and have the PIN in a file."""
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "pins.toml").write_text(PIN_FILE)
    (tmp_path / "pin").write_text(f"{PIN}\n")
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


@pytest.mark.parametrize("key", ["ec", "p384", "rsa", "ed"])
def test_a_key_in_a_token_is_imported_and_proven(key: str, project: Path, vault: Vault) -> None:
    """The pin is that of the key, and the journal has its kind and neither its URI nor the PIN."""
    uri = vault.uri(f"object={key}")
    made = run("key", "import", "hsm", uri, "--password-file", "../pin", "--custody", "vault in Oslo")
    assert made.code == 0, made.stderr
    (found,) = [found for found in pinfile.load(project / "pins.toml").keys if found.name == "hsm"]
    assert found.pin == of_file(private_pem(KEYS[key]), None).pin
    proven = run("key", "prove", "hsm", uri, "--password-file", "../pin", "--custody", "vault in Oslo")
    assert proven.code == 0, proven.stderr
    lines = [json.loads(line) for line in (project / NAME).read_text().splitlines()]
    assert [(line["event"], line["facts"]["kind"]) for line in lines] == [
        ("key-imported", "pkcs11"),
        ("key-proven", "pkcs11"),
    ]
    written = (project / NAME).read_text() + made.stdout + made.stderr + proven.stderr
    assert PIN not in written
    assert "libsofthsm2" not in written
    assert run("rotate", "log", "--verify").code == 0


@pytest.mark.parametrize("key", ["ec", "p384", "rsa", "ed"])
def test_a_token_signs_a_request_and_a_certificate(key: str, project: Path, vault: Vault) -> None:
    """An authority that follows OpenSSL accepts the request, and both are of the pinned key; no PIN is shown."""
    words = (vault.uri(f"object={key}"), "--password-file", "../pin")
    assert run("key", "import", "hsm", *words, "--host", "api.example.com").code == 0
    asked = run("key", "request", "hsm", *words, "-o", "hsm.csr")
    assert asked.code == 0, asked.stderr
    assert ("public authorities" in asked.stderr) == (key == "ed")
    made = run("key", "certificate", "hsm", *words)
    assert made.code == 0, made.stderr
    for name, kind in (("hsm.csr", "certificate-request"), ("certs/hsm.pem", "certificate")):
        (material,) = read_material((project / name).read_bytes())
        assert (material.kind, material.names) == (kind, ("api.example.com",))
        assert material.pin == of_file(private_pem(KEYS[key]), None).pin
    verify = ("verify", "-no_check_time", "-CAfile", "certs/hsm.pem", "certs/hsm.pem")
    for command in (("req", "-verify", "-noout", "-in", "hsm.csr"), verify):
        subprocess.run(["openssl", *command], check=True, capture_output=True, timeout=60)  # noqa: S607 - from the system
    assert PIN not in asked.stderr + made.stdout + made.stderr


@pytest.mark.parametrize(("key", "name"), [("ec", "dynapins"), ("ed", "rn-ssl-manager-bundle")])
def test_a_token_signs_an_output_once(key: str, name: str, project: Path, vault: Vault) -> None:
    """The signed file is valid, the next `sync` and the check need no token, and no PIN is shown."""
    (project / "public.pem").write_bytes(public_pem(KEYS[key]))
    options = 'signing-key = "public.pem"\nexpires = "2026-08-01"\n'
    output = f'[[output]]\nformat = "{name}"\npath = "signed.json"\n{options}'
    second = f'keys = ["api", "next"]\n[keys.next]\npin = "{generate().pin}"\nrole = "leaf"\n{output}'
    (project / "pins.toml").write_text(PIN_FILE.replace('keys = ["api"]\n', second))
    words = ("--signing-key", vault.uri(f"object={key}"), "--password-file", "../pin")
    other = ("--signing-key", vault.uri("object=p384"), "--password-file", "../pin")
    assert "is not that of public.pem" in run("sync", *other).stderr
    answer = run("sync", *words)
    assert answer.code == 0, answer.stderr
    assert PIN not in answer.stdout + answer.stderr
    written = (project / "signed.json").read_bytes()
    assert (run("sync", "--check").code, run("sync", *words).code) == (0, 0)
    assert (project / "signed.json").read_bytes() == written


def test_a_token_with_another_key_signs_no_request(project: Path, vault: Vault) -> None:
    """The pin file decides, and nothing is written."""
    words = ("--password-file", "../pin")
    assert run("key", "import", "hsm", vault.uri("object=ec"), *words, "--host", "api.example.com").code == 0
    answer = run("key", "request", "hsm", vault.uri("object=p384"), *words, "-o", "hsm.csr")
    assert (answer.code, "expected the private key of hsm" in answer.stderr) == (1, True)
    assert not (project / "hsm.csr").exists()


@pytest.mark.parametrize(
    ("key", "pin", "why"),
    [
        ("object=ec", "11111111", "does not accept the PIN"),
        ("object=ec", None, "needs a PIN"),
        ("object=none", PIN, "no such private key"),
        ("id=%01;object=rsa", PIN, "no such private key"),
        ("type=private;id=%FF", PIN, "no such private key"),
        ("object=ec;serial=0", PIN, "no token fits"),
        ("object=weak", PIN, "is RSA 1024"),
    ],
)
def test_a_wrong_reference_changes_nothing(key: str, pin: str | None, why: str, project: Path, vault: Vault) -> None:
    """Each mistake has its own message, and no message contains the PIN."""
    (project.parent / "pin").write_text(f"{pin}\n")
    words = ("--password-file", "../pin") if pin else ()
    answer = run("key", "import", "hsm", vault.uri(key), *words)
    assert answer.code == 1
    assert why in answer.stderr
    assert str(pin) not in answer.stderr
    assert (project / "pins.toml").read_text() == PIN_FILE
    assert not (project / NAME).exists()


def test_a_library_that_is_none_is_named(project: Path) -> None:
    """The path is that of the user, so it may be shown."""
    answer = run("key", "import", "hsm", "pkcs11:object=ec?module-path=/nonexistent.so", "--password-file", "../pin")
    assert (answer.code, "/nonexistent.so" in answer.stderr) == (1, True)


def test_the_key_of_another_pin_is_not_proven(project: Path, vault: Vault) -> None:
    """Both pins are in the message."""
    words = ("--password-file", "../pin")
    assert run("key", "import", "hsm", vault.uri("object=ec"), *words).code == 0
    answer = run("key", "prove", "hsm", vault.uri("object=rsa"), *words)
    assert (answer.code, "expected the private key of hsm" in answer.stderr) == (1, True)
