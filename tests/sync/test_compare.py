"""The outputs of a pin file are all written or all kept, and never written elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinsmith import formats
from pinsmith.errors import ExportError, FileError, FormatError
from pinsmith.formats import wultra
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.key import generate, private_pem
from pinsmith.pin import Pin
from pinsmith.pinfile import Output, PinFile
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.sync import Consent, apply, compare
from tests.formats.policy import PLAIN, certified

SAMPLES = Path(__file__).parents[1] / "formats" / "samples"
PINS = ";".join(f"sha256//{key.pin.base64}" for key in PLAIN.hosts[0].keys)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Make a repository with a place for a pin file."""
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "repo" / "app").mkdir()
    return tmp_path / "repo" / "app" / "pins.toml"


def _pin_file(*paths: str) -> PinFile:
    return PinFile(PLAIN, tuple(Output("curl", path) for path in paths))


def test_needed_files_are_written_once(here: Path) -> None:
    """All needed files are written, and a second comparison finds that all are up to date."""
    wanted = _pin_file("a.curlrc", "b.curlrc")
    compared = compare(wanted, here)
    assert [change.name for change in compared.needed] == ["a.curlrc", "b.curlrc"]
    assert compared.lock.is_needed
    assert not (here.parent / "a.curlrc").exists()
    apply(compared)
    assert PINS in (here.parent / "a.curlrc").read_text()
    again = compare(wanted, here)
    assert again.needed == ()
    assert not again.lock.is_needed


def test_a_hand_edited_file_is_noticed(here: Path) -> None:
    """The difference shows a pin that was changed by hand, with the old and the new text."""
    wanted = _pin_file("a.curlrc")
    apply(compare(wanted, here))
    path = here.parent / "a.curlrc"
    path.write_text(path.read_text().replace(PINS, PINS.swapcase()))
    (change,) = compare(wanted, here).changes
    removed, added = (line for line in change.diff() if line[:1] in "+-" and line[:3] not in {"+++", "---"})
    assert change.is_needed
    assert PINS.swapcase() in removed
    assert PINS in added


def test_one_that_cannot_be_written_leaves_all_as_they_were(here: Path) -> None:
    """If a directory stands where the second file belongs, the first file is not written either."""
    wanted = _pin_file("a.curlrc", "b.curlrc")
    compared = compare(wanted, here)
    (here.parent / "b.curlrc").mkdir()
    with pytest.raises(FileError, match=r"b\.curlrc cannot be written: it is a directory"):
        apply(compared)
    assert sorted(path.name for path in here.parent.iterdir()) == ["b.curlrc"]


def test_a_system_that_refuses_in_the_middle_gives_the_old_content_back(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files replaced before the failure get their old content, and new files are removed."""
    old = here.parent / "a.curlrc"
    old.write_text("# Old.\n")
    wanted = _pin_file("a.curlrc", "new.curlrc", "c.curlrc")
    compared = compare(wanted, here)
    replace = Path.replace

    def fails_for_c(self: Path, target: Path) -> Path:
        if target.name == "c.curlrc":
            raise PermissionError(13, "Permission denied")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fails_for_c)
    with pytest.raises(FileError, match=r"c\.curlrc cannot be written: permission denied"):
        apply(compared)
    assert {path.name: path.read_text() for path in here.parent.iterdir()} == {"a.curlrc": "# Old.\n"}


@pytest.mark.parametrize("path", ["../../out.curlrc", "/tmp/pinsmith-out.curlrc", "link/out.curlrc"])  # noqa: S108
def test_nothing_outside_the_repository_is_written_unasked(here: Path, path: str, tmp_path: Path) -> None:
    """The pin file of a cloned repository cannot reach beyond that repository, not even through a link."""
    (here.parent / "link").symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(FileError, match="is outside") as caught:
        compare(_pin_file(path), here)
    assert caught.value.hint == "choose a path in the repository of the pin file, or allow this one with --outside"
    assert compare(_pin_file(path), here, outside=True).needed


def test_inside_the_repository_any_folder_will_do(here: Path) -> None:
    """The pin file may lie below the files that it writes."""
    (change,) = compare(_pin_file("../root.curlrc"), here).changes
    assert change.path == (here.parent.parent / "root.curlrc").resolve()
    assert b"from app/pins.toml" in change.after


def test_one_file_has_one_output(here: Path) -> None:
    """Two outputs that would overwrite each other are an error."""
    with pytest.raises(ExportError, match=r"two outputs write \./a\.curlrc"):
        compare(_pin_file("a.curlrc", "./a.curlrc"), here)


def test_a_binary_file_is_not_touched(here: Path) -> None:
    """A file that cannot be edited in place is an error with the line."""
    (here.parent / "a.curlrc").write_bytes(b"# ok\n\xff\n")
    with pytest.raises(FormatError, match=r"a\.curlrc:2:1: it is not UTF-8 text"):
        compare(_pin_file("a.curlrc"), here)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    ("of", "sample", "end"),
    [("android-nsc", "android-nsc/valid/utf-16.xml", "xml"), ("apple-ats", "apple-ats/valid/utf-16.plist", "plist")],
    ids=["android-nsc", "apple-ats"],
)
def test_wide_xml_is_edited_and_stays_so(here: Path, of: str, sample: str, end: str, encoding: str) -> None:
    """An edit of UTF-16 with its mark, in either byte order, keeps the encoding, and the change is shown as text."""
    text = "\ufeff" + (SAMPLES / sample).read_bytes().decode("utf-16")
    path = here.parent / f"file.{end}"
    path.write_bytes(text.encode(encoding))
    wanted = PinFile(PLAIN, (Output(of, path.name),))
    (change,) = compare(wanted, here).changes
    assert any(line.startswith("+") and "written by pinsmith" in line for line in change.diff())
    apply(compare(wanted, here), Consent(drop_foreign=True))
    assert path.read_bytes().decode(encoding).startswith("\ufeff<")
    read = formats.find(of).read
    assert read is not None
    assert [entry.host for entry in read(path.read_bytes(), path.name).hosts] == ["api.example.com"]
    assert compare(wanted, here).needed == ()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("\ufeff# ok\n".encode("utf-16-le"), "it is UTF-16, but only XML may be UTF-16"),
        (b"\xff\xfe\x00\xd8\x00\x00", "it begins like UTF-16 text, but is not valid UTF-16"),
        ('\ufeff<?xml version="1.0" encoding="utf-8"?><a/>'.encode("utf-16-be"), "declares the encoding 'utf-8'"),
        (b'<?xml version="1.0" encoding="UTF-16"?><a/>', "declares the encoding 'utf-16', but is UTF-8"),
        (b"<?xml version='1.0' encoding='windows-1251' ?><a/>", "declares the encoding 'windows-1251', but is UTF-8"),
    ],
    ids=["no XML", "half a sign", "declares UTF-8", "declares UTF-16", "declares another"],
)
def test_a_file_that_the_platform_would_read_otherwise_is_not_touched(here: Path, content: bytes, problem: str) -> None:
    """A file whose encoding differs from its declaration is refused, because a platform could read it otherwise."""
    (here.parent / "a.xml").write_bytes(content)
    with pytest.raises(FormatError, match=problem):
        compare(PinFile(PLAIN, (Output("android-nsc", "a.xml"),)), here)


def test_a_binary_property_list_is_not_touched(here: Path) -> None:
    """A binary property list is not text, and the error gives the command that converts it."""
    (here.parent / "a.curlrc").write_bytes(b"bplist00\xd1\x01\x02")
    with pytest.raises(FormatError, match="a binary property list") as caught:
        compare(_pin_file("a.curlrc"), here)
    assert "plutil -convert xml1" in (caught.value.hint or "")


def test_an_error_names_the_output(here: Path) -> None:
    """The error names the output, because a pin file may have many."""
    wanted = PinFile(PLAIN, (Output("curl", "a.curlrc", {"packge": "x"}),))
    with pytest.raises(ExportError, match=r"a\.curlrc: curl does not have an option 'packge'"):
        compare(wanted, here)


def test_a_signing_key_signs_and_is_not_needed_to_check(here: Path) -> None:
    """A user with the key writes the signed file, and CI checks it without the key."""
    signing = generate("ec-p256")
    (here.parent / "signing-for-tests-only.pem").write_bytes(private_pem(signing))
    identities = [Authority.root().issue("api.example.com") for _ in range(2)]
    for number, identity in enumerate(identities):
        (here.parent / f"{number}.pem").write_text(identity.pem)
    keys = [
        Key(f"k{n}", Pin.parse(identity.pin), "leaf", certificate=f"{n}.pem") for n, identity in enumerate(identities)
    ]
    policy = Policy((HostPins("api.example.com", tuple(keys)),))
    options = {"signing-key": "signing-for-tests-only.pem"}
    wanted = PinFile(policy, (Output("wultra", "fingerprints.json", options),))
    compared = compare(wanted, here)
    apply(compared)
    assert wultra.verify(compared.changes[0].after, "fingerprints.json", signing.public_key())  # type: ignore[arg-type]
    unsigned = PinFile(policy, (Output("wultra", "fingerprints.json"),))
    assert compare(unsigned, here).needed == ()


def test_a_file_that_is_not_a_signing_key_is_refused(here: Path) -> None:
    """A file that is not a signing key is refused by name, and the error shows none of its content."""
    (here.parent / "key.pem").write_text("SECRET")
    options: dict[str, str | tuple[str, ...]] = {"signing-key": "key.pem", "accept-loss": ("standby-certificate-only",)}
    wanted = PinFile(certified(PLAIN), (Output("wultra", "f.json", options),))
    with pytest.raises(ExportError, match=r"^f\.json: key\.pem contains neither an unencrypted EC P-256") as caught:
        compare(wanted, here)
    assert "SECRET" not in str(caught.value)
