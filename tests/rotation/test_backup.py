"""Backups in the forms that users pass: a pin in any spelling, or a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pinsmith.errors import KnownBadPinError, MaterialError, PinFormatError
from pinsmith.lab.pki.identity import Identity
from pinsmith.pin import Pin
from pinsmith.rotation.backup import Backup, read_backups
from pinsmith.rotation.standby_key import generate

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.lab.pki.authority import Authority

SPARE = Pin.parse(Identity.self_signed("spare.example.com").pin)


def test_a_pin_gives_no_role_of_its_key() -> None:
    """A pin gives no role, and an odd spelling gets a remark."""
    assert read_backups(str(SPARE)) == ([Backup(SPARE)], ())
    assert read_backups(SPARE.base64.rstrip("=")) == ([Backup(SPARE)], ("wrong padding",))


def test_a_certificate_gives_the_role_of_its_key(root: Authority, intermediate: Authority, tmp_path: Path) -> None:
    """A certificate shows whether its key is that of a root, an intermediate or a leaf; the subject gives the name."""
    leaf = intermediate.issue("api.example.com")
    for number, (pem, pin, role, name) in enumerate(
        (
            (root.pem, root.pin, "root", "lab-root"),
            (intermediate.pem, intermediate.pin, "intermediate", "lab-intermediate"),
            (leaf.pem, leaf.pin, "leaf", "api-example-com"),
        )
    ):
        path = tmp_path / f"{number}.pem"
        path.write_text(pem)
        (backup,), remarks = read_backups(str(path))
        assert (str(backup.pin), backup.role, backup.name, remarks) == (pin, role, name, ())


def test_a_key_without_a_certificate_is_that_of_a_server(tmp_path: Path) -> None:
    """A key or a request counts as a server's, because authorities are pinned by their certificates."""
    standby = generate()
    for name, content in (("a.key", standby.private_pem()), ("a.csr", standby.request_pem(["a.example.com"]))):
        (tmp_path / name).write_bytes(content)
        (backup,), _ = read_backups(str(tmp_path / name))
        assert (backup.pin, backup.role, backup.algorithm, backup.name) == (standby.pin, "leaf", "EC P-256", None)


def test_a_private_key_beside_its_certificate_hides_nothing(root: Authority, tmp_path: Path) -> None:
    """In either order, the role is that of the certificate: the key of an authority is not that of a server."""
    private = root.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    for number, text in enumerate((root.pem + private, private + root.pem)):
        path = tmp_path / f"{number}.pem"
        path.write_text(text)
        (backup,), _ = read_backups(str(path))
        assert (str(backup.pin), backup.role, backup.certificate is None) == (root.pin, "root", False)


def test_a_file_with_several_keys_is_refused(root: Authority, intermediate: Authority, tmp_path: Path) -> None:
    """A file with several keys is refused, because the choice would be a guess."""
    (tmp_path / "chain.pem").write_text(intermediate.pem + root.pem)
    with pytest.raises(MaterialError, match=r"chain\.pem contains 2 different keys, but one is needed"):
        read_backups(str(tmp_path / "chain.pem"))


def test_a_bundle_of_authorities_is_a_backup_each(root: Authority, intermediate: Authority, tmp_path: Path) -> None:
    """A host can be pinned to the roots of several authorities at once; a leaf among them is a mistake."""
    (tmp_path / "roots.pem").write_text(root.pem + intermediate.pem + root.pem)
    backups, _ = read_backups(str(tmp_path / "roots.pem"), is_bundle=True)
    assert [(backup.name, backup.role) for backup in backups] == [
        ("lab-root", "root"),
        ("lab-intermediate", "intermediate"),
    ]
    (tmp_path / "chain.pem").write_text(intermediate.issue("api.example.com").pem + root.pem)
    with pytest.raises(MaterialError, match="2 different keys"):
        read_backups(str(tmp_path / "chain.pem"), is_bundle=True)


def test_a_text_that_is_neither_pin_nor_file_is_refused(tmp_path: Path) -> None:
    """The error mentions both possibilities, because a mistyped path looks like a bad pin."""
    with pytest.raises(PinFormatError, match=r"is not a pin: .*, and there is no file of this name") as caught:
        read_backups(str(tmp_path / "missing.pem"))
    assert caught.value.hint == "pass a pin, or the path of a certificate, request or key"
    with pytest.raises(KnownBadPinError):
        read_backups("sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
