"""One ``[[output]]`` of a pin file: what its files hold, what they should hold, and what that would lose."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pinsmith import ending, files, formats
from pinsmith.errors import ExportError, FileError, FormatError
from pinsmith.formats._xml import declared_encoding, require_encoding
from pinsmith.sync import foreign, patch, pinned, pins_lock
from pinsmith.sync.patch import encoding_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from pinsmith.ending import Ending
    from pinsmith.formats import Exported, Format, Loss
    from pinsmith.pinfile import Output, PinFile
    from pinsmith.policy import Key
    from pinsmith.sync.foreign import Foreign
    from pinsmith.sync.pinned import Pinned
    from pinsmith.sync.pins_lock import PinsLock

MAX_BYTES: Final = 4 * 1024 * 1024  # of a file that is edited in place
MAX_CERTIFICATE_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Change:
    """
    What one file holds and should hold.

    Attributes:
        name: The path as the pin file writes it.
        path: Where it is.
        before: What it holds now; None if there is no such file.
        after: What it should hold.
        format: The id of its format; empty for pins.lock.
        losses: What the format cannot say; all of it was accepted.
        foreign: What the file pins now, pinsmith did not write, and writing would lose.
        ending: Hosts whose pins have ended or end soon, unless the output allows that.
        patch_name: The path from the top of the repository, for a patch.
    """

    name: str
    path: Path
    before: bytes | None
    after: bytes
    format: str
    losses: tuple[Loss, ...] = ()
    foreign: tuple[Foreign, ...] = ()
    ending: tuple[Ending, ...] = ()
    patch_name: str = ""

    @property
    def is_lock(self) -> bool:
        """Whether the file is pins.lock, and no output."""
        return not self.format

    @property
    def is_needed(self) -> bool:
        """Whether the file is not what it should be."""
        return self.before != self.after

    def diff(self) -> Iterator[str]:
        """Yield a unified diff for people, line by line, without line ends; of anything but text, one line."""
        return patch.lines_for_people(self.name, self.before, self.after)

    def git_patch(self) -> bytes:
        """Return what ``git apply`` takes, byte for byte."""
        return patch.git_patch(self.patch_name or self.name, self.before, self.after)


class Task:
    """The outputs of one pin file, compared with the files that stand there."""

    def __init__(self, pin_file: PinFile, path: Path, lock: PinsLock, now: datetime | None) -> None:
        self.repository = _repository(path)
        self._pin_file, self._path, self._now = pin_file, path, now
        self._known = lock.digests
        self._written: dict[str, str] = {}

    def changes(self, output: Output, within: Path | None) -> Iterator[Change]:
        """Yield the change of an output, and those of what stands beside it."""
        target = formats.find(output.format)
        file = _locate(self._path, output.path, within)
        before = read(file)
        made = self._export(output, target, file, before)
        after = made.text.encode(encoding_of(before or b""))
        beside = [
            Change(relative, place, read(place), content, target.id, patch_name=self._patch_name(place, relative))
            for name, content in made.attachments.items()
            for relative in ((Path(output.path).parent / name).as_posix(),)
            for place in (_locate(self._path, relative, within),)
        ]
        change = Change(output.path, file, before, after, target.id, made.losses)
        is_ours = not Path(output.path).is_absolute()
        yield replace(
            change,
            foreign=self._foreign(change, _read_both(target, [*beside, change]), is_ours=is_ours),
            ending=self._ending(output, made),
            patch_name=self._patch_name(file, output.path),
        )
        for each in beside:
            both = pinned.read_both_beside(each.name, each.before or b"", each.after)
            yield replace(each, foreign=self._foreign(each, both, is_ours=is_ours))

    def lock_change(self) -> Change:
        """Return what pins.lock should hold; outputs that are gone are left out."""
        place = self._path.with_name(pins_lock.NAME).resolve()
        before = read(place)
        kept = {name: digest for name, digest in self._known.items() if (self._path.parent / name).is_file()}
        digests = kept | self._written
        if before is None and not digests:
            return Change(pins_lock.NAME, place, b"", b"", "")
        return Change(pins_lock.NAME, place, before, pins_lock.write(digests), "")

    def _export(self, output: Output, target: Format, file: Path, before: bytes | None) -> Exported:
        try:
            return formats.export(
                self._pin_file.policy,
                target,
                options=output.options,
                source=_source(self._path, file),
                existing=None if before is None else _decode(before, output.path),
                name=output.path,
                der_of=certificate_of(self._path),
                sign=_signer(self._path, output),
            )
        except ExportError as error:
            error.args = (f"{output.path}: {error}",)
            raise

    def _foreign(self, change: Change, both: tuple[Pinned, Pinned], *, is_ours: bool) -> tuple[Foreign, ...]:
        """Return what would be lost of what others wrote, and note the digest of what will stand there."""
        before, after = both
        name = _relative(change.path, self._path)
        if is_ours or change.path.is_relative_to(self.repository):
            self._written[name] = after.digest()
        if before.digest() == self._known.get(name):
            return ()
        return tuple(foreign.lost(before, after))

    def _ending(self, output: Output, made: Exported) -> tuple[Ending, ...]:
        if self._now is None or output.options.get("allow-ending") is True:
            return ()
        return ending.find(self._pin_file.policy, made.hosts, now=self._now)

    def _patch_name(self, target: Path, name: str) -> str:
        if target.is_relative_to(self.repository):
            return target.relative_to(self.repository).as_posix()
        return name


def certificate_of(path: Path) -> Callable[[Key], bytes]:
    """Return what reads the DER certificate of a key of the pin file at *path*."""

    def der_of(key: Key) -> bytes:
        from pinsmith.material import read_material

        assert key.certificate is not None  # noqa: S101 - the framework refuses keys without
        content = files.read(path.parent / key.certificate, most_bytes=MAX_CERTIFICATE_BYTES)
        found = [each.certificate for each in read_material(content) if each.certificate is not None]
        for certificate in found:
            if certificate.pin == key.pin:
                return certificate.der
        raise ExportError(
            f"{key.certificate} holds no certificate of the key {key.name}",
            details=[f"it holds: {certificate.pin}" for certificate in found],
        )

    return der_of


def _read_both(target: Format, files: list[Change]) -> tuple[Pinned, Pinned]:
    old = [each.before for each in files if each.before is not None]
    return pinned.read_both(
        target, old if files[-1].before is not None else [*old, b""], [each.after for each in files]
    )


def _relative(target: Path, path: Path) -> str:
    """Name a file as seen from the folder of the pin file."""
    import os

    return Path(os.path.relpath(target, path.resolve().parent)).as_posix()


def _signer(path: Path, output: Output) -> Callable[[bytes], bytes] | None:
    """Return what signs for an output that names a ``signing-key``; the key is read, used and never shown."""
    name = output.options.get("signing-key")
    if not name:
        return None
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    from pinsmith.formats.wultra import signer

    content = files.read(path.parent / str(name), most_bytes=MAX_CERTIFICATE_BYTES)
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ExportError(
            f"{output.path}: {name} holds no unencrypted EC P-256 private key",
            hint="make one with: openssl ecparam -name prime256v1 -genkey -noout -out FILE",
        )
    return signer(key)


def _source(path: Path, target: Path) -> str:
    """Name the pin file as seen from the output, so that the remark is true wherever the repository stands."""
    import os

    return Path(os.path.relpath(path.resolve(), target.parent)).as_posix()


def _locate(path: Path, name: str, within: Path | None) -> Path:
    target = (path.parent / name).resolve()
    if within is not None and not target.is_relative_to(within):
        raise FileError(
            f"{name} lies outside {within}",
            path=name,
            hint="outputs stay in the repository of the pin file; allow others with --outside",
        )
    return target


def _repository(path: Path) -> Path:
    folder = path.resolve().parent
    return next((each for each in (folder, *folder.parents) if (each / ".git").exists()), folder)


def read(path: Path) -> bytes | None:
    """Read a file that may be missing. Raises `FileError` if it cannot be read."""
    try:
        return files.read(path, most_bytes=MAX_BYTES)
    except FileError:
        if path.exists():
            raise
        return None


def _decode(content: bytes, name: str) -> str:
    """Decode a file to be edited: UTF-8, or XML in UTF-16, and so that what XML declares is true."""
    encoding = encoding_of(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if content.startswith(b"bplist"):
            hint = "convert it with `plutil -convert xml1`"
            raise FormatError("it is a binary property list, and cannot be edited", file=name, hint=hint) from error
        line = content.count(b"\n", 0, error.start) + 1
        told = "UTF-8 text" if encoding == "utf-8" else "UTF-16 text, as its first bytes say"
        raise FormatError(f"it is not {told}", file=name, line=line, hint="save it as UTF-8") from error
    if encoding != "utf-8" and not text.lstrip("\ufeff \t\r\n").startswith("<"):
        raise FormatError("it is UTF-16, which only XML may be", file=name, hint="save it as UTF-8")
    require_encoding(declared_encoding(text), content, name)
    return text
