"""Reading pin files and trust anchors from disk."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

import pinsmith
from pinsmith import files
from pinsmith.errors import FileError, ParseError, PinsmithError
from pinsmith.lab.pki.authority import Authority
from pinsmith.limit import MAX_BYTES
from pinsmith.pinfile import load, load_file
from tests.pinfile.sample import TEXT, VALUE, changed


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Make a directory with a valid pin file."""
    (tmp_path / "pins.toml").write_text(TEXT)
    return tmp_path


def _contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file()}


def test_load_reads_a_file(directory: Path) -> None:
    """`pinsmith.load` returns the policy, and `load_file` also returns the outputs."""
    assert pinsmith.load(directory / "pins.toml") == VALUE.policy
    assert load_file(str(directory / "pins.toml")) == VALUE


FILE_FAULTS: dict[str, tuple[str, str, str | None]] = {
    "missing": ("no.toml", "it does not exist", "create one with `pinsmith init HOST`"),
    "directory": ("folder", "it is a directory", None),
    "below a file": ("pins.toml/pins.toml", "a part of the path is not a directory", None),
    "NUL in its name": ("a\0b", "no file can have this name", None),
    "name too long": ("a" * 300, "the name is too long", None),
    "link to itself": ("circle", "its symbolic links go in a circle", None),
}


@pytest.mark.parametrize("fault", FILE_FAULTS)
def test_a_file_that_cannot_be_opened_is_a_file_error(directory: Path, fault: str) -> None:
    """The error gives the path as it was passed, the reason in words, and the remedy."""
    name, reason, hint = FILE_FAULTS[fault]
    (directory / "folder").mkdir()
    (directory / "circle").symlink_to("circle")
    before = {path.name for path in directory.iterdir()}
    with pytest.raises(FileError) as caught:
        load(f"{directory}/{name}")
    assert str(caught.value).endswith(f"cannot be read: {reason}")
    assert (caught.value.path, caught.value.hint) == (f"{directory}/{name}", hint)
    assert {path.name for path in directory.iterdir()} == before


def test_a_file_without_permission_is_a_file_error(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal by the system is reported in words; it is simulated, because root is refused nothing."""

    def refuse(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(FileError, match=r"cannot be read: permission denied$"):
        load(directory / "pins.toml")


CONTENT_FAULTS: dict[str, tuple[bytes, int | None, str]] = {
    "empty": (b"", None, "the file is empty"),
    "truncated": (TEXT.encode()[:-5], 39, "not TOML"),
    "binary": (bytes(range(128, 256)) * 10, 1, "not UTF-8 text: byte 0x80"),
    "UTF-16": (TEXT.encode("utf-16"), 1, "not UTF-8 text: byte 0xff"),
    "UTF-16 without mark": (TEXT.encode("utf-16-le"), 1, "a NUL character"),
    "Latin-1 in line 3": ("version = 1\n\n# ä".encode("latin-1"), 3, "not UTF-8 text: byte 0xe4"),
    "NUL": (TEXT.encode() + b"\0", 40, "a NUL character"),
    "duplicate key": (b"version = 1\nversion = 1\n", 2, "it is defined twice, first in line 1"),
}


@pytest.mark.parametrize("fault", CONTENT_FAULTS)
def test_content_that_is_not_a_pin_file_is_a_parse_error(directory: Path, fault: str) -> None:
    """The error has a line and one printable line of text, and the file stays as it was."""
    content, line, problem = CONTENT_FAULTS[fault]
    path = directory / "pins.toml"
    path.write_bytes(content)
    before = _contents(directory)
    with pytest.raises(ParseError) as caught:
        load(path)
    assert (caught.value.line, caught.value.file) == (line, str(path))
    assert problem in caught.value.problem
    assert str(caught.value).isprintable()
    assert _contents(directory) == before


def test_a_hundred_megabytes_are_refused_unread(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is refused because of its size, and its content is never read into memory."""
    path = directory / "pins.toml"
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    with pytest.raises(FileError, match="larger than 19531 KiB") as caught:
        load(path)
    assert caught.value.hint == "make sure that it is the right file"
    program = (
        "import sys, tracemalloc, pinsmith\n"
        "tracemalloc.start()\n"
        "try: pinsmith.load(sys.argv[1])\n"
        "except pinsmith.errors.FileError: print(tracemalloc.get_traced_memory()[1])"
    )
    # ru_maxrss does not work here: on Linux a child starts with its parent's, and a worker of all tests is large.
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 8 * 1024 * 1024


def test_a_pipe_that_is_too_large_is_refused() -> None:
    """A pipe, which has no size beforehand, is read up to the limit only."""
    program = "import sys, pinsmith\ntry: pinsmith.load('/dev/stdin')\nexcept pinsmith.errors.FileError as e: print(e)"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(b"#" * (MAX_BYTES * 2))
        output, _ = process.communicate()
    assert b"larger than" in output


def test_the_limit_itself_is_allowed(tmp_path: Path) -> None:
    """A file of exactly the limit is read, and a file of one byte more is not."""
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert files.read(path, most_bytes=5) == b"12345"
    with pytest.raises(FileError):
        files.read(path, most_bytes=4)


def test_trust_anchors_are_read_beside_the_pin_file(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths are relative to the pin file and not to the working directory, and one file may contain several anchors."""
    first, second = Authority.root(), Authority.root()
    (directory / "certs").mkdir()
    (directory / "certs" / "roots.pem").write_text(first.pem + second.pem)
    (directory / "pins.toml").write_text(changed("expires = ", 'trust-anchors = ["certs/roots.pem"]\nexpires = '))
    monkeypatch.chdir("/")
    (entry,) = load(directory / "pins.toml")
    assert [str(anchor.pin) for anchor in entry.trust_anchors] == [first.pin, second.pin]
    assert {anchor.path for anchor in entry.trust_anchors} == {"certs/roots.pem"}


ANCHOR_FAULTS: dict[str, tuple[bytes | None, str]] = {
    "missing": (None, "it does not exist"),
    "empty": (b"", "empty"),
    "garbage": (b"garbage", "root.pem"),
    "cut off": (b"-----BEGIN CERTIFICATE-----\nMIIB", "-----END CERTIFICATE-----"),
    "broken certificate": (b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", "root.pem"),
    "too large": (b"#" * (1024 * 1024 + 1), "larger than 1024 KiB"),
}


@pytest.mark.parametrize("fault", ANCHOR_FAULTS)
def test_a_trust_anchor_that_cannot_be_read_names_its_key_path(directory: Path, fault: str) -> None:
    """The error has the key path of the array element that names the file."""
    content, problem = ANCHOR_FAULTS[fault]
    if content is not None:
        (directory / "root.pem").write_bytes(content)
    (directory / "pins.toml").write_text(changed("expires = ", 'trust-anchors = [\n"root.pem"]\nexpires = '))
    with pytest.raises(ParseError, match=problem) as caught:
        load(directory / "pins.toml")
    assert (caught.value.line, caught.value.key_path) == (25, "host[0].trust-anchors[0]")


def test_a_private_key_is_not_a_trust_anchor(directory: Path) -> None:
    """A file that contains more than certificates was named by mistake."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import ec

    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()
    )
    (directory / "root.pem").write_bytes(pem)
    (directory / "pins.toml").write_text(changed("expires = ", 'trust-anchors = ["root.pem"]\nexpires = '))
    with pytest.raises(ParseError, match=r"'root\.pem' contains a private key") as caught:
        load(directory / "pins.toml")
    assert caught.value.hint == "name a file that contains only certificates"


@pytest.mark.parametrize("count", [1_000, pytest.param(10_000, marks=pytest.mark.thorough)])
def test_thousands_of_hosts_load(count: int, tmp_path: Path) -> None:
    """A file for thousands of hosts is below the size limit, and every host in it is found."""
    blocks = [
        f'[keys.k{number}]\npin = "{pinsmith.Pin.of_spki(b"%d" % number)}"\nsubject = "CN=h{number}.example.com"\n'
        f'[[host]]\nname = "h{number}.example.com"\nkeys = ["k{number}"]\n'
        for number in range(count)
    ]
    path = tmp_path / "pins.toml"
    path.write_text("version = 1\n" + "".join(blocks))
    policy = load(path)
    assert len(policy.hosts) == count
    assert policy.find(f"h{count - 1}.example.com") is not None


def test_every_error_is_one_of_pinsmith(directory: Path) -> None:
    """A program that catches PinsmithError catches every error of `load`."""
    with pytest.raises(PinsmithError):
        load(directory / "no.toml")
    (directory / "pins.toml").write_text("no")
    with pytest.raises(PinsmithError):
        load(directory / "pins.toml")
