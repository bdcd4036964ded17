"""``key new``, ``key import`` and ``key retire``: a key comes with a proof, and leaves when nobody needs it."""

from __future__ import annotations

import json
import shlex
import stat
import sys
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from pinsmith import pinfile
from pinsmith.pin import Pin
from pinsmith.rotation.journal import NAME, Journal
from pinsmith.rotation.standby_key import generate
from tests.cli.support import NOW, run
from tests.custody.test_published import write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import World

OWN = generate()
PIN_FILE = """\
version = 1

[keys.api-2026]
pin = "{leaf}"
role = "leaf"

[keys.api-old]
pin = "{old}"
role = "leaf"

[[host]]
name = "api.example.com"
keys = ["api-2026"]
"""


@pytest.fixture
def project(here: Path, world: World) -> Path:
    """Write a pin file, with one key that no host pins; and a private key outside of it."""
    (here / "pins.toml").write_text(PIN_FILE.format(leaf=world.values["leaf-pin"], old=generate().pin))
    own = here.parent / "own.key"
    own.write_bytes(OWN.private_pem())
    own.chmod(0o600)
    return here


def _names(project: Path) -> tuple[list[str], list[str]]:
    """Return the keys of the file, and those of its host."""
    policy = pinfile.load(project / "pins.toml")
    return [key.name for key in policy.keys], [key.name for key in policy.hosts[0].keys]


def _events(project: Path) -> list[tuple[str, str]]:
    return [(entry.event, entry.key) for entry in Journal.beside(project / "pins.toml").entries]


def test_a_new_key_is_a_standby_key_that_nobody_pins_yet(project: Path) -> None:
    """The private key is outside the repository for its owner alone; the request names the pinned hosts."""
    answer = run("key", "new", "api-2027", "--custody", "laptop")
    assert answer.code == 0
    (private,) = (project.parent / "home/data/pinsmith/keys").glob("*.key")
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    request = x509.load_pem_x509_csr(private.with_suffix(".csr").read_bytes())
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["api.example.com"]
    key = next(key for key in pinfile.load(project / "pins.toml").keys if key.name == "api-2027")
    public = request.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert (key.pin, key.standby, key.role) == (Pin.of_spki(public), True, "leaf")
    certificate = x509.load_pem_x509_certificate((project / str(key.certificate)).read_bytes())
    assert certificate.public_key() == request.public_key()
    assert _names(project)[1] == ["api-2026"]
    assert _events(project) == [("key-made", "api-2027")]
    listed = json.loads(run("key", "list", "--json").stdout)["keys"]
    assert [key["custody"] for key in listed if key["name"] == "api-2027"] == ["laptop"]
    assert "PRIVATE" not in answer.stdout + answer.stderr


def test_a_new_key_is_encrypted_by_a_password_from_a_file(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file alone proves nothing; with the password, from a file or the environment, it does."""
    (project.parent / "password").write_text("correct horse\n")
    made = run("key", "new", "api-2027", "--password-file", "../password", "--host", "api.example.com")
    assert (made.code, _names(project)[1]) == (0, ["api-2026", "api-2027"])
    (private,) = (project.parent / "home/data/pinsmith/keys").glob("*.key")
    assert private.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert "error[password]" in run("key", "prove", "api-2027", private).stderr
    monkeypatch.setenv("PINSMITH_KEY_PASSWORD", "wrong")
    assert "error[password]" in run("key", "prove", "api-2027", private).stderr
    monkeypatch.setenv("PINSMITH_KEY_PASSWORD", "correct horse")
    assert run("key", "prove", "api-2027", private).code == 0
    assert "correct horse" not in (project / NAME).read_text() + made.stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("api-2026",), "already has a key"),
        (("api-2027", "--host", "www.example.com"), "has no host"),
        (("api-2027", "--for", "not a host"), "not a host"),
        (("api-2027", "--custody", "a\nb"), "one line"),
        (("api-2027", "--encrypt"), "needs a password"),
        (("api-2027", "--password-file", "empty"), "is empty"),
    ],
    ids=["name taken", "unknown host", "wrong name", "custody of two lines", "no password", "empty password"],
)
def test_what_cannot_be_made_leaves_nothing(words: tuple[str, ...], why: str, project: Path) -> None:
    """No private key, certificate or entry is left of a command that fails."""
    (project / "empty").touch()
    before = (project / "pins.toml").read_bytes()
    answer = run("key", "new", *words)
    assert answer.code != 0
    assert why in answer.stderr
    assert (project / "pins.toml").read_bytes() == before
    assert not (project / NAME).exists()
    assert not list(project.parent.rglob("*.csr"))
    assert not list(project.rglob("*.pem"))


def test_a_key_that_exists_is_taken_with_a_proof(project: Path) -> None:
    """The file is not copied, and its path is not in the journal."""
    assert run("key", "import", "api-2027", "../own.key", "--custody", "safe in Berlin").code == 0
    assert _names(project) == (["api-2026", "api-old", "api-2027"], ["api-2026"])
    (entry,) = Journal.beside(project / "pins.toml").entries
    facts = {"kind": "file", "algorithm": "EC P-256", "published": "no list was compared"}
    assert (entry.event, entry.facts) == ("key-imported", facts)
    assert entry.proof is not None
    assert (entry.proof.pin, entry.proof.custody) == (str(OWN.pin), "safe in Berlin")
    assert "own.key" not in (project / NAME).read_text()
    again = run("key", "import", "api-2028", "../own.key", "--host", "api.example.com")
    assert "is the same key as api-2027" in again.stderr
    assert _names(project)[0] == ["api-2026", "api-old", "api-2027"]


def test_weak_keys_and_other_things_than_keys_are_not_taken(project: Path) -> None:
    """A short RSA key is refused by its size; a public key and a certificate prove nothing."""
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 - this is the point
    public = OWN.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (project / "weak.key").write_bytes(weak.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (project / "public.pem").write_bytes(public)
    for name, code in (("weak.key", "unfit-key"), ("public.pem", "unreadable-material"), ("pins.toml", "unreadable")):
        answer = run("key", "import", "api-2027", name)
        assert answer.code == 1
        assert f"error[{code}" in answer.stderr
    assert _names(project)[0] == ["api-2026", "api-old"]
    assert not (project / NAME).exists()


@pytest.mark.skipif("sys.platform == 'win32'", reason="not on Windows, which has no modes of files")
def test_a_file_that_others_can_read_is_a_warning(project: Path) -> None:
    """The target of a link counts, and so does the directory of the pin file."""
    link = project / "link.key"
    link.symlink_to(project.parent / "own.key")
    assert "warning" not in run("key", "import", "a", "link.key").stderr
    (project.parent / "own.key").chmod(0o644)
    assert "its mode is 0644" in run("key", "prove", "a", "link.key").stderr
    (project / "own.key").write_bytes(OWN.private_pem())
    assert "could be published with it" in run("key", "prove", "a", "own.key").stderr


def test_a_key_is_retired_when_nobody_needs_it(project: Path, world: World) -> None:
    """The live host is asked; the entry says so; and people hear that the private key is still there."""
    answer = run("key", "retire", "api-old", "--connect", world.values["api"], "--cafile", world.cafile)
    assert (answer.code, _names(project)[0]) == (0, ["api-2026"])
    assert "the private key was not deleted" in answer.stderr
    (entry,) = Journal.beside(project / "pins.toml").entries
    assert (entry.event, entry.facts["asked"]) == ("key-retired", "all hosts of the pin file")


def _pin_old(project: Path) -> None:
    """Make the host present a key that it does not pin: swap the pins of both keys."""
    text = (project / "pins.toml").read_text()
    (project / "pins.toml").write_text(text.replace('keys = ["api-2026"]', 'keys = ["api-old"]'))


def test_a_key_of_an_open_rotation_stays(project: Path) -> None:
    """The rotation is ended by name first."""
    policy = pinfile.load(project / "pins.toml")
    pins = {key.name: str(key.pin) for key in policy.keys}
    facts = {"from": pins["api-2026"], "to": pins["api-old"]}
    Journal.beside(project / "pins.toml").append("rotation-certified", NOW, host="api.example.com", facts=facts)
    answer = run("key", "retire", "api-old", "--offline")
    assert (answer.code, "a rotation of api.example.com is open" in answer.stderr) == (1, True)
    assert "api-old" in _names(project)[0]


@pytest.mark.parametrize("need", ["served", "unread", "released", "pinned"])
def test_a_key_that_somebody_needs_stays_until_that_is_accepted_by_name(need: str, project: Path, world: World) -> None:
    """Another override does not help, and nothing helps while the pin file itself pins the key."""
    here = ("--connect", world.values["api"], "--cafile", str(world.cafile))
    away = ("--connect", world.values["closed"], "--cafile", str(world.cafile))
    if need == "released":
        _pin_old(project)
        assert run("release", "add", "android", "4.2", "--share", "2.1").code == 0
        (project / "pins.toml").write_text((project / "pins.toml").read_text().replace('["api-old"]', '["api-2026"]'))
    elif need == "served":
        _pin_old(project)
    name = "api-old" if need in {"released", "unread"} else "api-2026"
    words = ("key", "retire", name, *(away if need == "unread" else here))
    before = (project / "pins.toml").read_bytes()
    others = [word for other in {"served", "unread", "released"} - {need} for word in ("--override", other)]
    refused = run(*words, *(others if need != "pinned" else ("--override", "served")))
    assert (refused.code, "error[key-in-use]" in refused.stderr) == (3, True)
    assert ((project / "pins.toml").read_bytes(), (project / NAME).exists()) == (before, False)
    if need == "pinned":
        assert "pinsmith remove api.example.com --key api-2026" in refused.stderr
        return
    accepted = run(*words, "--override", need)
    assert (accepted.code, name in _names(project)[0]) == (0, False)
    assert "warning" in accepted.stderr
    (entry,) = Journal.beside(project / "pins.toml").entries
    assert f"overridden: {need}" in entry.facts


SIGN = """\
import sys
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
private = load_pem_private_key(open("../own.key", "rb").read(), None)
sys.stdout.buffer.write(private.sign(sys.stdin.buffer.read(), ec.ECDSA(SHA256())))
"""


def test_a_command_signs_for_a_key_that_is_elsewhere(project: Path) -> None:
    """The journal has the kind, and not the command; a command with another public key proves nothing."""
    public = OWN.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (project / "own.pem").write_bytes(public)
    (project / "sign.py").write_text(SIGN)
    other = generate().private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (project / "other.pem").write_bytes(other)
    command = ("--command", shlex.join([sys.executable, "sign.py"]), "--public-key")
    refused = run("key", "import", "kms", *command, "other.pem")
    assert (refused.code, "not a signature of the public key" in refused.stderr) == (1, True)
    assert not (project / NAME).exists()
    assert run("key", "import", "kms", *command, "own.pem", "--custody", "KMS").code == 0
    assert run("key", "prove", "kms", *command, "own.pem", "--custody", "KMS").code == 0
    assert [entry.facts["kind"] for entry in Journal.beside(project / "pins.toml").entries] == ["command", "command"]
    assert "sign.py" not in (project / NAME).read_text()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "one private key is needed"),
        (("../own.key", "--command", "sign", "--public-key", "a.pem"), "one private key is needed"),
        (("--command", "sign"), "--public-key need each other"),
        (("../own.key", "--public-key", "a.pem"), "--public-key need each other"),
    ],
)
def test_a_key_is_named_in_one_way(words: tuple[str, ...], why: str, project: Path) -> None:
    """A reference that would be ignored is an error of usage."""
    answer = run("key", "import", "a", *words)
    assert (answer.code, why in answer.stderr) == (2, True)


def test_a_password_is_asked_for_at_a_terminal(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not shown; the password of a new key is asked for twice."""
    answers = iter(["correct horse", "correct horse", "wrong", "other", "correct horse"])
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: next(answers))
    made = run("key", "new", "a", "--encrypt", asks=True)
    assert (made.code, "encrypted" in made.stderr) == (0, True)
    assert "the two passwords differ" in run("key", "new", "b", "--encrypt", asks=True).stderr
    (private,) = (project.parent / "home/data/pinsmith/keys").glob("*.key")
    assert run("key", "prove", "a", private, asks=True).code == 0


def test_a_key_that_was_published_is_refused(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a list, the journal says which one was compared."""
    lists = project.parent / "badkeys"
    lists.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(project.parent))
    write(lists, OWN.private.public_key().public_numbers().x)  # type: ignore[union-attr]
    refused = run("key", "import", "a", "../own.key")
    assert (refused.code, "was published (badkeys: debianssl)" in refused.stderr) == (1, True)
    write(lists)
    assert run("key", "import", "a", "../own.key").code == 0
    (entry,) = Journal.beside(project / "pins.toml").entries
    assert entry.facts["published"] == "not in the list of 2026-06-01"


@pytest.mark.parametrize(
    "words",
    [("key", "import", "next"), ("add", "api.example.com", "--key"), ("init", "-f", "new.toml", "--backup")],
    ids=["key import", "add --key", "init --backup"],
)
def test_no_command_pins_a_weak_key_of_ones_own(words: tuple[str, ...], project: Path, world: World) -> None:
    """A modulus whose primes are close together is refused by every command that takes keys."""
    first, second = 2**1024 + 643, 2**1024 + 1081  # the first primes above 2**1024
    exponent = pow(65537, -1, (first - 1) * (second - 1))
    numbers = rsa.RSAPrivateNumbers(
        first,
        second,
        exponent,
        exponent % (first - 1),
        exponent % (second - 1),
        pow(second, -1, first),
        rsa.RSAPublicNumbers(65537, first * second),
    )
    pem = numbers.private_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (project / "weak.key").write_bytes(pem)
    before = (project / "pins.toml").read_bytes()
    hosts = ("api.example.com", "--connect", world.values["api"], "--cafile", world.cafile)
    answer = run(*words, "weak.key", *(hosts if words[0] == "init" else ()))
    assert (answer.code, "has primes that are close together" in answer.stderr) == (1, True)
    assert ((project / "pins.toml").read_bytes(), (project / "new.toml").exists()) == (before, False)
