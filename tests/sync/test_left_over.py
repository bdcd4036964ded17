"""Files of dropped keys are reported, because an app that trusts a whole folder would still trust them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import ExportError
from pinsmith.lab.pki.authority import Authority
from pinsmith.pin import Pin
from pinsmith.pinfile import Output, PinFile
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.sync import apply, compare

if TYPE_CHECKING:
    from pathlib import Path

OUTPUTS = {
    "cordova": Output("cordova", "app/www/js/pins.cordova.js", {"folder": "../certificates"}),
    "capacitor-certificates": Output("capacitor-certificates", "app/capacitor.config.json"),
    "smartface": Output("smartface", "app/sslPinning.ts"),
    "react-native-ssl-pinning": Output("react-native-ssl-pinning", "app/src/pins.ts"),
}
FOLDERS = {
    "cordova": "app/www/certificates",
    "capacitor-certificates": "app/sslCerts",
    "smartface": "app/assets",
    "react-native-ssl-pinning": "app/src/certificates",
}


@dataclass
class Repository:
    """The place of a pin file, with keys whose certificates lie beside it."""

    path: Path
    keys: dict[str, Key]

    def sync(self, output: Output, *names: str) -> None:
        """Write the certificates of these keys."""
        policy = Policy((HostPins("api.example.com", tuple(self.keys[name] for name in names)),))
        apply(compare(PinFile(policy, (output,)), self.path))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Make a repository with the folders of the apps."""
    (tmp_path / ".git").mkdir()
    keys = {}
    for name in ("old", "new", "older"):
        identity = Authority.root().issue("api.example.com")
        (tmp_path / f"{name}.pem").write_text(identity.pem)
        keys[name] = Key(name, Pin.parse(identity.pin), "leaf", certificate=f"{name}.pem")
    for folder in (*FOLDERS.values(), "app/www/js"):
        (tmp_path / folder).mkdir(parents=True)
    return Repository(tmp_path / "pins.toml", keys)


@pytest.mark.parametrize("of", OUTPUTS)
def test_a_file_of_a_dropped_key_stops_the_sync(repository: Repository, of: str) -> None:
    """Nothing is written until the user deletes the file, and the error names it."""
    folder = repository.path.parent / FOLDERS[of]
    repository.sync(OUTPUTS[of], "old", "new")
    (stale,) = (path for path in folder.iterdir() if path.name.startswith("old-"))
    before = {path: path.read_bytes() for path in repository.path.parent.rglob("*") if path.is_file()}
    with pytest.raises(ExportError) as caught:
        repository.sync(OUTPUTS[of], "new")
    assert f"{stale.name} belongs to a key that is no longer pinned" in str(caught.value)
    assert {path: path.read_bytes() for path in repository.path.parent.rglob("*") if path.is_file()} == before
    stale.unlink()
    repository.sync(OUTPUTS[of], "new")
    assert [path.name[:4] for path in folder.iterdir()] == ["new-"]


def test_all_of_several_are_named(repository: Repository) -> None:
    """Several such files are all named in one error."""
    repository.sync(OUTPUTS["smartface"], "old", "older", "new")
    with pytest.raises(ExportError) as caught:
        repository.sync(OUTPUTS["smartface"], "new")
    assert "assets/old-" in str(caught.value)
    assert [detail.partition("-")[0] for detail in caught.value.details] == ["so does app/assets/older"]
    assert caught.value.hint == "delete it; if another pin file writes it, give each pin file its own folder"


def test_files_of_others_are_not_reported(repository: Repository) -> None:
    """A similar name, a certificate under another name, a folder or a link is not enough to be reported."""
    repository.sync(OUTPUTS["cordova"], "old", "new")
    folder = repository.path.parent / FOLDERS["cordova"]
    (stale,) = (path for path in folder.iterdir() if path.name.startswith("old-"))
    certificate = stale.read_bytes()
    stale.unlink()
    (folder / "old-12345678.cer").write_bytes(certificate)  # the pin begins with other digits
    (folder / "partner.cer").write_bytes(certificate)
    (folder / stale.name).write_bytes(b"no certificate")
    (folder / f"x{stale.name}").mkdir()
    (folder / f"y{stale.name}").symlink_to(repository.path.parent / "old.pem")
    (folder / "images").mkdir()
    repository.sync(OUTPUTS["cordova"], "new")
    assert len(list(folder.iterdir())) == 7


def test_a_file_that_another_output_writes_is_not_left_over(repository: Repository) -> None:
    """A file that another output writes is kept, because two outputs may share a folder."""
    second = Output("smartface", "app/other.ts", {"folder": "sslCerts"})
    repository.sync(OUTPUTS["capacitor-certificates"], "old")
    policy = Policy((HostPins("api.example.com", (repository.keys["old"],)),))
    wanted = PinFile(policy, (OUTPUTS["capacitor-certificates"], second))
    apply(compare(wanted, repository.path))
    assert compare(wanted, repository.path).needed == ()
