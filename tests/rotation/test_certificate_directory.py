"""Certificates of pinned keys, kept beside the pin file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pinsmith.certificate import Certificate
from pinsmith.errors import FileError
from pinsmith.lab.pki.identity import Identity
from pinsmith.material import read_material
from pinsmith.pin import Pin
from pinsmith.policy import Key, Policy
from pinsmith.rotation import certificate_directory
from pinsmith.rotation.backup import read_backups
from pinsmith.rotation.draft import Draft, draft
from pinsmith.rotation.sighting import LiveHost
from pinsmith.rotation.standby_key import generate, load_private_key, self_signed_pem
from tests.checks.sample import HOST, fetched, policy

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 6, 15, tzinfo=UTC)
LEAF = Identity.self_signed(HOST)


def _drafted(folder: Path, before: Policy | None = None) -> Draft:
    made = draft(before or Policy(), [LiveHost([fetched(LEAF)], pins_only=True)], "own-key")
    made.make_standby_keys("ec-p256", lambda: folder / "keys", NOW)
    made.keep_certificates(folder / "pins.toml")
    return made


def _pin_in(path: Path) -> str:
    (material,) = read_material(path.read_bytes())
    assert material.certificate is not None
    return str(material.pin)


def test_the_certificate_of_the_leaf_and_one_of_the_standby_key_are_kept(tmp_path: Path) -> None:
    """Both keys name their files, which contain their pins."""
    (enrolment,) = _drafted(tmp_path).enrolments
    assert [key.certificate for key in enrolment.entry.keys] == [
        f"certs/{key.name}.pem" for key in enrolment.entry.keys
    ]
    for key in enrolment.entry.keys:
        assert _pin_in(tmp_path / str(key.certificate)) == str(key.pin)


def test_nothing_is_left_of_a_draft_that_is_discarded(tmp_path: Path) -> None:
    """The files of the user stay, and so does their directory."""
    _drafted(tmp_path).discard(tmp_path / "pins.toml")
    assert not (tmp_path / "certs").exists()
    (tmp_path / "certs").mkdir()
    (tmp_path / "certs" / "own.pem").write_text("mine")
    _drafted(tmp_path).discard(tmp_path / "pins.toml")
    assert [path.name for path in (tmp_path / "certs").iterdir()] == ["own.pem"]


def test_a_certificate_that_cannot_be_written_leaves_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A standby key that no pin file names would be lost."""

    def refuse(*_: object) -> None:
        raise FileError("the disk is full", path="x.pem")

    monkeypatch.setattr("pinsmith.rotation.draft.store", refuse)
    with pytest.raises(FileError, match="full"):
        _drafted(tmp_path)
    assert not list((tmp_path / "keys").iterdir())


def test_a_directory_that_is_a_link_elsewhere_is_refused(tmp_path: Path) -> None:
    """A repository of somebody else cannot choose another directory to write to."""
    (tmp_path / "elsewhere").mkdir()
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "certs").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileError, match="outside the directory of the pin file"):
        _drafted(folder)
    assert not list((tmp_path / "elsewhere").iterdir())
    assert not list((folder / "keys").iterdir())


def test_a_file_that_exists_is_never_overwritten(tmp_path: Path) -> None:
    """An equal file is used again; beside another one, a numbered file is written."""
    first = certificate_directory.store(b"one", "api", tmp_path / "pins.toml")
    assert first == ("certs/api.pem", tmp_path / "certs" / "api.pem")
    assert certificate_directory.store(b"one", "api", tmp_path / "pins.toml") == ("certs/api.pem", None)
    assert certificate_directory.store(b"two", "api", tmp_path / "pins.toml")[0] == "certs/api-2.pem"
    assert (tmp_path / "certs" / "api.pem").read_bytes() == b"one"


def test_a_link_is_not_followed_out_of_the_directory(tmp_path: Path) -> None:
    """A repository of somebody else may contain a link to a file of the user."""
    (tmp_path / "certs").mkdir()
    (tmp_path / "certs" / "api.pem").symlink_to(tmp_path / "elsewhere")
    relative, _ = certificate_directory.store(b"one", "api", tmp_path / "pins.toml")
    assert relative == "certs/api-2.pem"
    assert not (tmp_path / "elsewhere").exists()


def test_a_key_that_is_pinned_already_keeps_its_certificate(tmp_path: Path) -> None:
    """Nothing is written for keys that the pin file has."""
    known = Key("live", Pin.parse(LEAF.pin), "leaf", certificate="own.pem")
    spare = Key("spare", Pin(bytes(range(32))), "leaf", "EC P-256", standby=True)
    (enrolment,) = _drafted(tmp_path, policy(known, spare, trust="pins-only")).enrolments
    assert enrolment.entry.keys == (known,)
    assert not (tmp_path / "certs").exists()


def test_the_certificate_of_a_backup_is_kept(tmp_path: Path) -> None:
    """A root that is given as a file can be used where certificates are needed."""
    spare = Identity.self_signed("spare.example.com")
    (tmp_path / "spare.pem").write_text(spare.pem)
    backups, _ = read_backups(str(tmp_path / "spare.pem"))
    made = draft(Policy(), [LiveHost([fetched(LEAF)], pins_only=True)], "own-key", backups)
    made.keep_certificates(tmp_path / "pins.toml")
    assert _pin_in(tmp_path / "certs" / "spare-example-com.pem") == spare.pin


def test_a_certificate_of_a_standby_key_is_one_of_a_server(tmp_path: Path) -> None:
    """It names the hosts, is not an authority, and is not valid for longer than Apple's platforms accept."""
    standby = generate("rsa-2048")
    hosts = [HOST, "192.0.2.7"]
    pem = self_signed_pem(standby.private, hosts, NOW)
    (material,) = read_material(pem)
    certificate = material.certificate
    assert isinstance(certificate, Certificate)
    assert (certificate.pin, certificate.is_authority) == (standby.pin, False)
    assert all(certificate.covers(host) for host in hosts)
    assert (certificate.not_after - certificate.not_before).days <= 825
    loaded = load_private_key(standby.private_pem())
    assert loaded.public_key() == standby.private.public_key()
