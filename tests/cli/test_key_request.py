"""``key request`` and ``key certificate`` for keys that stay where they are; an authority issues for the request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from pinsmith import pinfile
from pinsmith.material import read_material
from pinsmith.rotation.journal import Journal
from tests.cli.conftest import END, HOST, START
from tests.cli.support import run
from tests.custody.programs import ECDSA, ProgramMaker, public_pem

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.lab.pki.authority import Authority
    from tests.cli.conftest import World

OWN, OTHER = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
RAW = "b''.join(n.to_bytes(32) for n in utils.decode_dss_signature(signature))"
PIN_FILE = """\
version = 1
[keys.api-2026]
pin = "{leaf}"
role = "leaf"
[[host]]
name = "www.example.com"
keys = ["api-2026"]
[[host]]
name = "api.example.com"
keys = ["api-2026"]
"""


class Service:
    """A pin file, and a key that a command uses."""

    def __init__(self, here: Path, leaf: str) -> None:
        self.here, self.program = here, ProgramMaker(here.parent)
        (here / "pins.toml").write_text(PIN_FILE.format(leaf=leaf))
        (here.parent / "kms.pem").write_bytes(public_pem(OWN))
        self.command = self.program.signs(OWN, ECDSA)

    @property
    def words(self) -> tuple[str, ...]:
        """The options that name the key."""
        return ("--command", self.command, "--public-key", "../kms.pem", "--timeout", "60")


@pytest.fixture
def service(here: Path, world: World) -> Service:
    """Import the key as the backup of the host."""
    made = Service(here, world.values["leaf-pin"])
    done = run("key", "import", "kms", *made.words, "--host", HOST, "--custody", "the service")
    assert done.code == 0, done.stderr
    return made


def _issue(request: bytes, authority: Authority) -> str:
    """Issue a certificate for a request, as an authority does, and return the chain."""
    csr = x509.load_pem_x509_csr(request)
    assert csr.is_signature_valid
    names = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    issued = (
        x509.CertificateBuilder(authority.certificate.subject, csr.subject, csr.public_key(), 7)
        .not_valid_before(START)
        .not_valid_after(END)
        .add_extension(names.value, critical=names.critical)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(authority.key, hashes.SHA256())
    )
    return issued.public_bytes(Encoding.PEM).decode() + authority.pem


def test_a_certificate_of_a_key_that_stays_at_a_service_passes_the_checks(service: Service, world: World) -> None:
    """The request goes to an authority, and `check` and `rotate next` find the pinned key in what comes back."""
    done = run("key", "request", "kms", *service.words, "-o", "kms.csr")
    assert (done.code, done.stdout) == (0, ""), done.stderr
    assert f"names {HOST}\n" in done.stderr
    (service.here / "new.pem").write_text(_issue((service.here / "kms.csr").read_bytes(), world.intermediate))
    checked = run("check", "--certificate", "new.pem", "--cafile", world.cafile)
    assert checked.code == 0, checked.stdout
    assert "kms" in checked.stdout
    assert run("key", "prove", "kms", *service.words, "--custody", "its copy in Oslo").code == 0
    assert run("release", "add", "android", "4.0").code == 0
    live = ("--connect", world.values["api"], "--cafile", world.cafile)
    words = ("--to", "kms", "--certificate", "new.pem", "--renewal", "by-hand")
    certified = run("rotate", "next", HOST, *words, *live)
    assert certified.code == 0, certified.stdout + certified.stderr
    assert Journal.beside(service.here / "pins.toml").entries[-1].event == "rotation-certified"


def test_the_certificate_of_a_platform_is_signed_by_the_service(service: Service) -> None:
    """It names the hosts that are given, and the pin file names it."""
    done = run("key", "certificate", "kms", *service.words, "--for", "www.example.com")
    assert (done.code, done.stderr) == (0, "pinsmith: wrote certs/kms.pem\n")
    (material,) = read_material((service.here / "certs" / "kms.pem").read_bytes())
    key = next(key for key in pinfile.load(service.here / "pins.toml").keys if key.name == "kms")
    assert (material.pin, material.names, key.certificate) == (key.pin, ("www.example.com",), "certs/kms.pem")


@pytest.mark.parametrize("what", ["request", "certificate"])
@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("another key", "not a signature of the public key"),
        ("garbage", "not a signature of the public key"),
        ("r and s", "r and s side by side"),
        ("exit code", "ended with exit code 3"),
        ("too much", "printed more than 64 KiB"),
    ],
)
def test_a_wrong_answer_writes_nothing(what: str, answer: str, why: str, service: Service) -> None:
    """The message says what is wrong with the answer, and the files are as before."""
    program = service.program
    makers = {
        "another key": lambda: program.signs(OTHER, ECDSA),
        "garbage": lambda: program.write("print('access denied')"),
        "r and s": lambda: program.signs(OWN, ECDSA, RAW),
        "exit code": lambda: program.write("raise SystemExit(3)"),
        "too much": lambda: program.write("import os\nwhile True: os.write(1, b'x' * 4096)"),
    }
    service.command = makers[answer]()
    before = (service.here / "pins.toml").read_bytes()
    done = run("key", what, "kms", *service.words, *(("-o", "kms.csr") if what == "request" else ()))
    assert (done.code, done.stdout) == (1, "")
    assert why in done.stderr
    assert "access denied" not in done.stderr
    assert (service.here / "pins.toml").read_bytes() == before
    assert not (service.here / "kms.csr").exists()
    assert not (service.here / "certs").exists()
