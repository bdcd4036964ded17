from __future__ import annotations

import os
import ssl
import stat
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.errors import FileError, LabError
from pinsmith.files import lock
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.lab_pki import LAB_DOMAIN, LAB_LIFE
from pinsmith.lab.scenario import ALL_KEYS
from pinsmith.lab.scenarios import SCENARIOS
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.lab.state.lab_keys import lab_keys
from pinsmith.lab.state.rogue_authority import rogue_authority
from pinsmith.lab.state.validity import warning_of
from tests.lab.client import ask, trusting

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.pki.key import KeyKind

HOST = f"leaf-pin.{LAB_DOMAIN}"
KEEPERS: dict[str, Callable[..., Any]] = {
    "serve": lambda directory, **options: lab_keys(directory, "ec-p256", **options),
    "proxy": rogue_authority,
}
posix = pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: Python does not read its access lists")


@pytest.fixture(params=KEEPERS, name="keep")
def each_keeper(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Return the function that keeps keys for one of the two commands."""
    return KEEPERS[request.param]


@pytest.mark.parametrize("kind", ALL_KEYS)
def test_every_start_has_the_same_keys_and_certificates(kind: KeyKind, tmp_path: Path) -> None:
    """The second start finds the roots, the pins and the certificates of each host that the first one made."""
    first, second = (lab_keys(tmp_path / "state", kind) for _ in range(2))
    assert (first.origin, second.origin) == ("made", "kept")
    for one, other in zip(first.pki.private_keys.values(), second.pki.private_keys.values(), strict=True):
        assert one.public_key() == other.public_key()
    assert first.pki.trusted_pem == second.pki.trusted_pem
    own, again = (found.pki.for_scenario("leaf-pin") for found in (first, second))
    assert (own.pin, own.genuine().der) == (again.pin, again.genuine().der)
    assert own.rekeyed(own.backup_key).der == again.rekeyed(again.backup_key).der


def test_the_proxy_has_the_same_authority_at_every_start(tmp_path: Path) -> None:
    """A device that trusts the authority of one run trusts that of the next run. The authority lives for a month."""
    first, second = (rogue_authority(tmp_path / "state") for _ in range(2))
    assert (first.origin, second.origin, first.authority.pem) == ("made", "kept", second.authority.pem)
    assert abs(datetime.now(UTC) + LAB_LIFE - second.authority.ends) < timedelta(minutes=5)
    with RecordingServer(second.authority.issue("any.test")) as server:
        assert ask(server.endpoint, trusting(first.authority), "any.test").endswith(b"ok\n")


def test_kinds_of_keys_have_files_of_their_own(tmp_path: Path) -> None:
    """Another kind of key neither replaces the first one nor reads its file."""
    made = lab_keys(tmp_path, "ec-p256")
    assert lab_keys(tmp_path, "ed25519").origin == "made"
    assert lab_keys(tmp_path, "ec-p256").pki.pin == made.pki.pin
    (tmp_path / "lab-serve-ec-p384.json").write_bytes(made.path.read_bytes())
    (tmp_path / "lab-serve-ec-p384.json").chmod(0o600)
    with pytest.raises(FileError, match="damaged"):
        lab_keys(tmp_path, "ec-p384")


@pytest.mark.parametrize("from_root", ["root", "rogue_root", "intermediate"])
def test_the_authorities_certify_only_the_domain_of_the_lab(from_root: str, tmp_path: Path) -> None:
    """A client that trusts the roots accepts hosts of the lab, but no other name and no address."""
    pki = lab_keys(tmp_path, "ec-p256").pki
    issuer: Authority = getattr(pki, from_root)
    root = pki.rogue_root if from_root == "rogue_root" else pki.root

    def asked(identity: Identity, name: str, trusted: Authority) -> bytes:
        with RecordingServer(identity) as server:
            return ask(server.endpoint, trusting(trusted), name)

    assert asked(issuer.issue(HOST), HOST, root).endswith(b"ok\n")
    free = Authority.root()
    for name in ("www.example.com", "lab.example.com.test", "127.0.0.1", "::1"):
        with pytest.raises(ssl.SSLCertVerificationError, match="subtree violation"):
            asked(issuer.issue(name), name, root)
        assert asked(free.issue(name), name, free).endswith(b"ok\n")


@posix
def test_files_are_private(keep: Callable[..., Any], tmp_path: Path) -> None:
    """The directory and the file are for their owner alone, whatever the umask, and no other file is left."""
    former = os.umask(0)
    try:
        kept = keep(tmp_path / "state")
    finally:
        os.umask(former)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "state", kept.path)]
    assert modes == [0o700, 0o600]
    assert list((tmp_path / "state").iterdir()) == [kept.path]


def test_a_directory_in_a_repository_is_refused(keep: Callable[..., Any], tmp_path: Path) -> None:
    """Keys in a work tree could be committed, so nothing is made there."""
    (tmp_path / ".git").mkdir()
    with pytest.raises(FileError, match="could be committed") as caught:
        keep(tmp_path / "deep" / "state")
    assert caught.value.hint == "name a directory outside of it"
    assert not (tmp_path / "deep").exists()


@posix
@pytest.mark.parametrize("mode", [0o750, 0o701, 0o702])
def test_a_directory_that_others_can_open_is_refused(mode: int, keep: Callable[..., Any], tmp_path: Path) -> None:
    """The error names the command that closes it; nothing is written."""
    (tmp_path / "state").mkdir()
    (tmp_path / "state").chmod(mode)
    with pytest.raises(FileError, match="other users can open") as caught:
        keep(tmp_path / "state")
    assert "chmod 700" in (caught.value.hint or "")
    assert list((tmp_path / "state").iterdir()) == []


@posix
def test_a_file_that_others_can_read_is_refused(keep: Callable[..., Any], tmp_path: Path) -> None:
    """A user who has read the keys can deceive the device, so the file is not used."""
    kept = keep(tmp_path)
    kept.path.chmod(0o640)
    with pytest.raises(FileError, match="other users can open"):
        keep(tmp_path)


@posix
def test_files_of_another_user_are_refused(
    keep: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another user who owns the directory knows the keys, or can replace them."""
    keep(tmp_path)
    monkeypatch.setattr("os.geteuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(FileError, match="belongs to another user"):
        keep(tmp_path)


@posix
def test_a_link_is_not_followed(keep: Callable[..., Any], tmp_path: Path) -> None:
    """The keys must lie in the directory that was checked."""
    elsewhere = tmp_path / "elsewhere"
    path = keep(tmp_path / "state").path
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    with pytest.raises(FileError, match="is a symbolic link"):
        keep(tmp_path / "state")


def _flipped(octets: bytes) -> bytes:
    place = octets.rindex(b"-----END CERTIFICATE") - 12
    return octets[:place] + (b"B" if octets[place : place + 1] == b"A" else b"A") + octets[place + 1 :]


DAMAGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", "is damaged or incomplete"),
    "truncated": (lambda octets: octets[: len(octets) // 2], "is damaged or incomplete"),
    "one character of a signature": (_flipped, "is damaged or incomplete"),
    "another version": (lambda octets: octets.replace(b'"version":1', b'"version":0', 1), "has version 0"),
    "no version": (lambda _: b"{}", "is damaged or incomplete"),
    "no JSON": (lambda _: b"\xff" * 99, "is damaged or incomplete"),
}


@pytest.mark.parametrize(("damage", "words"), DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("renew", [False, True], ids=["start", "renew"])
def test_damage_never_makes_new_keys(
    damage: Callable[[bytes], bytes], words: str, *, renew: bool, keep: Callable[..., Any], tmp_path: Path
) -> None:
    """The error says what to do, and the file stays as it is, because apps were built with its pins."""
    path = keep(tmp_path).path
    damaged = damage(path.read_bytes())
    path.write_bytes(damaged)
    with pytest.raises(FileError, match=words) as caught:
        keep(tmp_path, renew=renew)
    assert "restore the file from a copy" in (caught.value.hint or "")
    assert path.read_bytes() == damaged


def test_expired_authorities_are_renewed_only_on_demand(keep: Callable[..., Any], tmp_path: Path) -> None:
    """After a month a start fails with the fix; `--renew` issues the same keys again, for another month."""
    made = keep(tmp_path)
    later = datetime.now(UTC) + LAB_LIFE
    with pytest.raises(LabError, match="expired on") as caught:
        keep(tmp_path, now=later)
    assert "`--renew`" in (caught.value.hint or "")
    renewed = keep(tmp_path, renew=True)
    assert renewed.origin == "renewed"
    first, second = (getattr(kept, "pki", kept) for kept in (made, renewed))
    one, other = (getattr(found, "root", None) or found.authority for found in (first, second))
    assert (one.pin, one.certificate.subject) == (other.pin, other.certificate.subject)
    assert one.pem != other.pem
    assert keep(tmp_path).origin == "kept"


def test_a_renewal_keeps_every_pin(tmp_path: Path) -> None:
    """An app that was built before still pins the right keys, and the old root verifies the new certificates."""
    made, renewed = lab_keys(tmp_path, "ec-p256").pki, lab_keys(tmp_path, "ec-p256", renew=True).pki
    pins = [(pki.pin, pki.backup_pin, pki.intermediate.pin, pki.root.pin) for pki in (made, renewed)]
    assert pins[0] == pins[1]
    identity = renewed.for_scenario("leaf-pin").genuine()
    assert identity.der != made.for_scenario("leaf-pin").genuine().der
    with RecordingServer(identity) as server:
        assert ask(server.endpoint, trusting(made.root), HOST).endswith(b"ok\n")


def test_nothing_can_be_renewed_before_it_was_made(keep: Callable[..., Any], tmp_path: Path) -> None:
    """`--renew` with a wrong directory must not make new keys."""
    with pytest.raises(LabError, match="nothing to renew"):
        keep(tmp_path, renew=True)
    assert list(tmp_path.iterdir()) == []


def test_a_warning_comes_before_the_end(tmp_path: Path) -> None:
    """The last days of the authorities are announced with the fix, the days before are not."""
    kept = lab_keys(tmp_path, "ec-p256")
    ends = kept.pki.root.ends
    assert warning_of(kept.path, ends, ends - timedelta(days=6)) is None
    assert "`--renew`" in (warning_of(kept.path, ends, ends - timedelta(days=4)) or "")


def test_leaves_end_with_their_authority(tmp_path: Path) -> None:
    """No certificate of the lab is valid for longer than its authority."""
    pki = lab_keys(tmp_path, "ec-p256").pki
    for identity in (pki.for_scenario("leaf-pin").genuine(), pki.impostor(HOST)):
        assert identity.certificate.not_valid_after_utc == pki.root.ends


def test_two_starts_at_once_agree(keep: Callable[..., Any], tmp_path: Path) -> None:
    """One of several starts makes the keys, and the others wait and read them."""
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(keep(tmp_path / "state"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(kept.origin for kept in found) == ["kept", "kept", "kept", "made"]
    assert len({kept.path.read_bytes() for kept in found}) == 1
    assert len({str(kept.authority if hasattr(kept, "authority") else kept.pki.pin) for kept in found}) == 1


def test_a_new_scenario_gets_its_certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A release with more scenarios adds certificates for them to the file, and changes no others."""
    kept = lab_keys(tmp_path, "ec-p256")
    new = replace(SCENARIOS[0], id="brand-new")
    monkeypatch.setattr("pinsmith.lab.state.lab_keys.SCENARIOS", (*SCENARIOS, new))
    grown = lab_keys(tmp_path, "ec-p256").pki
    assert grown.leaves.items() >= kept.pki.leaves.items()
    assert len(grown.leaves) == len(kept.pki.leaves) + 2
    monkeypatch.undo()
    assert lab_keys(tmp_path, "ec-p256").pki.leaves == grown.leaves


def test_a_start_does_not_write_while_another_does(
    keep: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start that cannot get the lock in time fails, and names who holds it."""
    path = keep(tmp_path).path
    monkeypatch.setattr(lock, "WAIT_SECONDS", 0.0)
    failed: list[FileError] = []

    def start() -> None:
        try:
            keep(tmp_path)
        except FileError as error:
            failed.append(error)

    with lock.held(path):
        thread = threading.Thread(target=start)
        thread.start()
        thread.join(60)
    assert [error.code for error in failed] == ["locked"]
