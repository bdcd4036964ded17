"""The journal: what is appended is proven, and a line that was changed or removed is found."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from pinsmith.custody.key_file import of_file
from pinsmith.errors import FileError, MaterialError, PasswordError
from pinsmith.errors.journal import JournalError
from pinsmith.pin import Pin
from pinsmith.policy import Key
from pinsmith.rotation.journal import NAME, Journal
from pinsmith.rotation.possession import prove

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

    from pinsmith.rotation.possession import Possession

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
NONCE = bytes(range(32))
PRIVATE = ec.generate_private_key(ec.SECP256R1())


def key_of(private: PrivateKeyTypes) -> Key:
    """Return the key of a pin file for a private key."""
    spki = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Key("api-standby", Pin.of_spki(spki), "leaf", standby=True)


def pem(private: PrivateKeyTypes, password: bytes | None = None) -> bytes:
    """Write a private key as its owner keeps it."""
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def proof(private: PrivateKeyTypes = PRIVATE, custody: str = "safe in Berlin", **changes: Any) -> Possession:  # noqa: ANN401
    """Prove a key."""
    given: dict[str, Any] = {"custody": custody, "nonce": NONCE, "now": NOW, **changes}
    return prove(key_of(private), of_file(pem(private), None), **given)


def written(folder: Path, count: int = 3) -> Path:
    """Append *count* proofs, an hour apart."""
    for hour in range(count):
        now = NOW + timedelta(hours=hour)
        Journal.beside(folder / "pins.toml").append("key-proven", now, key="api-standby", proof=proof(now=now))
    return folder / NAME


@pytest.mark.parametrize(
    ("private", "scheme"),
    [
        (PRIVATE, "ecdsa-sha256"),
        (ec.generate_private_key(ec.SECP384R1()), "ecdsa-sha256"),
        (rsa.generate_private_key(65537, 2048), "rsa-pss-sha256"),
        (ed25519.Ed25519PrivateKey.generate(), "ed25519"),
        (ed448.Ed448PrivateKey.generate(), "ed448"),
    ],
    ids=["P-256", "P-384", "RSA", "Ed25519", "Ed448"],
)
def test_every_kind_of_key_is_proven(private: PrivateKeyTypes, scheme: str) -> None:
    """The signature is over the pin, the time, the place and the nonce."""
    made = proof(private)
    assert (made.scheme, made.fault()) == (scheme, None)
    lines = made.message.decode().splitlines()
    assert lines[1:] == [str(key_of(private).pin), "2026-06-15T12:00:00Z", "safe in Berlin", NONCE.hex()]


@pytest.mark.parametrize("field", ["pin", "time", "custody", "nonce", "scheme", "spki", "signature"])
def test_no_part_of_a_proof_can_be_exchanged(field: str) -> None:
    """A proof of another key, time, place or nonce does not verify."""
    other = proof(rsa.generate_private_key(65537, 2048), "elsewhere", nonce=bytes(32), now=NOW + timedelta(days=1))
    mixed = msgspec.structs.replace(proof(), **{field: getattr(other, field)})
    assert mixed.fault() is not None


def test_lines_of_the_message_cannot_be_moved() -> None:
    """A place that contains a line break could stand for another nonce, so it is refused."""
    with pytest.raises(MaterialError, match="one line"):
        proof(custody="safe\n00")
    made = proof()
    shifted = msgspec.structs.replace(made, custody="a\nb")
    assert "cannot be seen" in (shifted.fault() or "")


def test_a_key_that_is_encrypted_needs_its_password() -> None:
    """A key whose password is lost is lost, and this is found before it is needed."""
    content, key = pem(PRIVATE, b"secret"), key_of(PRIVATE)
    given: dict[str, Any] = {"custody": "", "nonce": NONCE, "now": NOW}
    assert prove(key, of_file(content, b"secret"), **given).fault() is None
    for password in (None, b"wrong"):
        with pytest.raises(PasswordError):
            of_file(content, password)


def test_another_key_proves_nothing() -> None:
    """The error names both pins, and no part of the private key."""
    other = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(MaterialError, match="expected the private key of api-standby") as caught:
        prove(key_of(PRIVATE), of_file(pem(other), None), custody="", nonce=NONCE, now=NOW)
    assert str(key_of(other).pin) in str(caught.value)
    assert "PRIVATE" not in str(caught.value)


def test_the_journal_contains_no_part_of_the_private_key(tmp_path: Path) -> None:
    """Only public values are committed."""
    path = written(tmp_path)
    secret = PRIVATE.private_numbers().private_value.to_bytes(32)
    assert secret not in path.read_bytes()
    assert secret.hex() not in path.read_text()
    assert "PRIVATE" not in path.read_text()


def test_each_entry_names_the_one_before(tmp_path: Path) -> None:
    """The newest proof is the one that counts."""
    written(tmp_path)
    journal = Journal.beside(tmp_path / "pins.toml")
    assert [len(entry.parents) for entry in journal.entries] == [0, 1, 1]
    last = journal.last_proof(str(key_of(PRIVATE).pin))
    assert last is not None
    assert last.time == "2026-06-15T14:00:00Z"


def test_branches_merge(tmp_path: Path) -> None:
    """Two branches that added entries are joined by the next entry, whatever their order in the file."""
    path = written(tmp_path, 1)
    base = path.read_bytes()
    ends = []
    for day in (1, 2):
        path.write_bytes(base)
        now = NOW + timedelta(days=day)
        Journal.beside(tmp_path / "pins.toml").append("key-proven", now, key="api-standby", proof=proof(now=now))
        ends.append(path.read_bytes().removeprefix(base))
    path.write_bytes(base + ends[1] + ends[0])
    journal = Journal.beside(tmp_path / "pins.toml")
    assert len(journal.heads) == 2
    journal.append("key-proven", NOW, key="api-standby", proof=proof())
    assert Journal.beside(tmp_path / "pins.toml").entries[-1].parents == journal.entries[-1].parents
    assert len(Journal.beside(tmp_path / "pins.toml").heads) == 1


def _entry(**fields: object) -> bytes:
    """Write an entry of the next day, which names none before it."""
    return json.dumps({"time": "2026-06-16T12:00:00Z", "event": "key-proven", "key": "api-standby", **fields}).encode()


@pytest.mark.parametrize(
    ("damage", "line", "problem"),
    [
        (lambda lines: [lines[0], lines[2]], 2, "was changed or removed"),
        (lambda lines: [lines[1], lines[0], lines[2]], 1, "was changed or removed"),
        (lambda lines: [lines[0].replace(b"12:00", b"13:00"), *lines[1:]], 1, "is not valid"),
        (lambda lines: [lines[0].replace(b'"key":"api', b'"key":"old'), *lines[1:]], 2, "was changed or removed"),
        (lambda lines: [*lines, lines[2]], 4, "occurs twice"),
        (lambda lines: [*lines, b"<<<<<<< HEAD"], 4, "it is not an entry"),
        (lambda lines: [*lines, b""], 4, "it is not an entry"),
        (lambda lines: [*lines, b'{"version":2,"time":"x","event":"x","key":"x"}'], 4, "its version is 2"),
        (lambda lines: [*lines, _entry()], 4, "holds no proof"),
        (lambda lines: [*lines, _entry(time="9999")], 4, "its time is '9999'"),
        (lambda lines: [*lines, _entry(proof=json.loads(lines[0])["proof"])], 4, "is of 2026-06-15T12:00:00Z"),
    ],
    ids=[
        "removed",
        "moved",
        "time",
        "name",
        "twice",
        "conflict",
        "empty line",
        "version",
        "no proof",
        "no time",
        "proof of another time",
    ],
)
def test_damage_is_found_where_it_is(tmp_path: Path, damage: Any, line: int, problem: str) -> None:  # noqa: ANN401
    """The error names the line, and the file stays as it is."""
    path = written(tmp_path)
    path.write_bytes(b"\n".join(damage(path.read_bytes().splitlines())) + b"\n")
    before = path.read_bytes()
    with pytest.raises(JournalError, match=problem) as caught:
        Journal.beside(tmp_path / "pins.toml")
    assert (caught.value.line, path.read_bytes()) == (line, before)


def test_line_ends_of_windows_change_nothing(tmp_path: Path) -> None:
    """Git may write CRLF."""
    path = written(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert len(Journal.beside(tmp_path / "pins.toml").entries) == 3


def test_a_journal_that_cannot_be_read_is_not_an_empty_one(tmp_path: Path) -> None:
    """Only a file that is not there is a journal without entries."""
    journal = Journal.beside(tmp_path / "pins.toml")
    assert (journal.entries, journal.exists) == ([], False)
    (tmp_path / NAME).mkdir()
    with pytest.raises(FileError):
        Journal.beside(tmp_path / "pins.toml")


def test_unknown_fields_are_refused(tmp_path: Path) -> None:
    """A newer pinsmith may write what this one would ignore."""
    path = written(tmp_path, 1)
    entry = json.loads(path.read_text()) | {"approved": True}
    path.write_text(json.dumps(entry) + "\n")
    with pytest.raises(JournalError, match="it is not an entry"):
        Journal.beside(tmp_path / "pins.toml")


def test_a_journal_of_many_branches_is_read_at_once() -> None:
    """A file may be of a stranger's branch, and the work grows with its size and not with the square of it."""
    lines = [_entry(event="other", key=str(number)) for number in range(60_000)]
    began = time.process_time()
    journal = Journal(Path(NAME), b"\n".join(lines))
    assert len(journal.heads) == 60_000
    assert time.process_time() - began < 30


def test_an_entry_about_a_host_waits_for_the_transaction_that_writes_it(tmp_path: Path) -> None:
    """`add` writes nothing; the content that a transaction writes is read again with the host and the facts."""
    journal = Journal.beside(written(tmp_path).parent / "pins.toml")
    before = journal.path.read_bytes()
    journal.add("rotation-pinned", NOW, host="api.example.com", facts={"certificate ends": "2026-12-01"})
    assert journal.path.read_bytes() == before
    journal.path.write_bytes(journal.content)
    last = Journal.beside(journal.path).entries[-1]
    assert (last.event, last.key, last.host, last.facts) == (
        "rotation-pinned",
        "",
        "api.example.com",
        {"certificate ends": "2026-12-01"},
    )


def test_copies_in_two_places_are_two_sites(tmp_path: Path) -> None:
    """The newest proof of each place counts, a later clock counts for nothing, and so does a proof that is too old."""
    journal = Journal(tmp_path / NAME, None)
    places = (("Berlin", -300), ("Berlin", -2), ("Oslo", -1), ("Oslo", -200), ("", -3), ("Rome", 30))
    for place, days in places:
        when = NOW + timedelta(days=days)
        journal.add("key-proven", when, key="api-standby", proof=proof(custody=place, now=when))
    pin = str(key_of(PRIVATE).pin)

    def sites(since: datetime | None = None) -> list[tuple[str, str]]:
        return [(site.custody, site.time[:10]) for site in journal.custody_sites(pin, since, NOW)]

    assert sites() == [("Oslo", "2026-06-14"), ("Berlin", "2026-06-13"), ("", "2026-06-12")]
    assert sites(NOW - timedelta(days=1)) == [("Oslo", "2026-06-14")]
    assert journal.custody_sites(str(key_of(ec.generate_private_key(ec.SECP256R1())).pin)) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
def test_a_pipe_instead_of_a_journal_is_refused(tmp_path: Path) -> None:
    """Nobody writes into it, and reading it would wait for ever."""
    os.mkfifo(tmp_path / NAME)
    with pytest.raises(FileError, match="it is a pipe"):
        Journal.beside(tmp_path / "pins.toml")
