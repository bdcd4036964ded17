"""Every ``[[output]]`` of a pin file, compared with what it should hold, and written: all or none."""

from __future__ import annotations

import codecs
import difflib
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from pinsmith import _file, formats
from pinsmith._transaction import Content, write_all
from pinsmith.errors import ExportError, FileError, FormatError, LossError
from pinsmith.formats._xml import declared_encoding, require_encoding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pinsmith.formats import Loss
    from pinsmith.pinfile import Output, PinFile
    from pinsmith.policy import Key

MOST_BYTES: Final = 4 * 1024 * 1024  # of a file that is edited in place
_MOST_CERTIFICATE_BYTES: Final = 1024 * 1024
_WIDE: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True, slots=True)
class Change:
    """
    What one file holds and should hold.

    Attributes:
        name: The path as the pin file writes it.
        path: Where it is.
        before: What it holds now; None if there is no such file.
        after: What it should hold.
        format: The id of its format.
        losses: What the format cannot say; all of it was accepted.
    """

    name: str
    path: Path
    before: bytes | None
    after: bytes
    format: str
    losses: tuple[Loss, ...] = ()

    @property
    def is_needed(self) -> bool:
        """Whether the file is not what it should be."""
        return self.before != self.after

    def diff(self) -> Iterator[str]:
        """Yield a unified diff, line by line, without line ends; of other than text, one line."""
        try:
            old, new = ((content or b"").decode(_encoding(content or b"")) for content in (self.before, self.after))
        except UnicodeDecodeError:
            yield f"Binary files a/{self.name} and b/{self.name} differ"
            return
        origin = "/dev/null" if self.before is None else f"a/{self.name}"
        for line in difflib.unified_diff(
            old.splitlines(keepends=True), new.splitlines(keepends=True), origin, f"b/{self.name}"
        ):
            yield line.rstrip("\n")
            if not line.endswith("\n") and not line.startswith(("---", "+++", "@@")):
                yield "\\ No newline at end of file"


def compare(pin_file: PinFile, path: Path, *, outside: bool = False) -> list[Change]:
    """
    Compare each output of a pin file with what it should hold; nothing is written.

    Args:
        pin_file: What it says.

        path: Where it is; outputs are relative to its folder.

        outside:
            Allow outputs outside the repository of the pin file: the nearest folder upward with a ``.git``, or without
            one the pin file's own folder.

    Raises:
        ExportError:
            An output cannot be made; names the output. Or files of keys that are not pinned any more stand beside it,
            which the platform may go on trusting; names them.
        FormatError: A file to be edited is not understood.
        FileError: A file cannot be read, or lies outside.
    """
    repository = _repository(path)
    changes: dict[Path, Change] = {}
    for output in pin_file.outputs:
        for change in _outputs(pin_file, output, path, None if outside else repository):
            if change.path in changes:
                raise ExportError(f"{change.name} is written by two outputs", hint="give each output its own path")
            changes[change.path] = change
    _require_nothing_left_over(changes)
    return list(changes.values())


def apply(changes: list[Change], path: Path | None = None) -> None:
    """
    Write what is needed: every file or none, also if the process is killed.

    Args:
        changes: What `compare` returned.

        path: The pin file, whose lock is taken; without one, the first output.

    Raises:
        LockedError: Another command is at work.
        FileError: A file cannot be written, or was changed since `compare`; all are as they were.
    """
    needed = {change.path: Content(change.before, change.after) for change in changes if change.is_needed}
    if needed:
        write_all(path or changes[0].path, needed)


def certificate_of(path: Path) -> Callable[[Key], bytes]:
    """Return what reads the DER certificate of a key of the pin file at *path*."""

    def der_of(key: Key) -> bytes:
        from pinsmith.material import read_material

        assert key.certificate is not None  # noqa: S101 - the framework refuses keys without
        content = _file.read(path.parent / key.certificate, most_bytes=_MOST_CERTIFICATE_BYTES)
        found = [each.certificate for each in read_material(content) if each.certificate is not None]
        for certificate in found:
            if certificate.pin == key.pin:
                return certificate.der
        raise ExportError(
            f"{key.certificate} holds no certificate of the key {key.name}",
            details=[f"it holds: {certificate.pin}" for certificate in found],
        )

    return der_of


def _outputs(pin_file: PinFile, output: Output, path: Path, within: Path | None) -> Iterator[Change]:
    of = formats.find(output.format)
    target = _locate(path, output.path, within)
    before = _read(target)
    try:
        made = formats.export(
            pin_file.policy,
            of,
            options=output.options,
            source=_source(path, target),
            existing=None if before is None else _decode(before, output.path),
            name=output.path,
            der_of=certificate_of(path),
            sign=_signer(path, output),
        )
    except ExportError as error:
        error.args = (f"{output.path}: {error}",)
        if isinstance(error, LossError):
            ids = ", ".join(f'"{each}"' for each in dict.fromkeys(loss.id for loss in error.losses))
            error.hint = f"if that is right for this platform, write accept-loss = [{ids}] into its [[output]]"
        raise
    after = made.text.encode(_encoding(before or b""))
    yield Change(output.path, target, before, after, of.id, made.losses)
    for name, content in made.attachments.items():
        relative = (Path(output.path).parent / name).as_posix()
        beside = _locate(path, relative, within)
        yield Change(relative, beside, _read(beside), content, of.id)


def _require_nothing_left_over(changes: Mapping[Path, Change]) -> None:
    """Refuse to leave a file that an earlier sync wrote beside an output, and that no output writes any more."""
    left: dict[Path, str] = {}
    for change in changes.values():
        is_left_over = formats.find(change.format).is_left_over
        folder = change.path.parent
        if is_left_over is None or not folder.is_dir():
            continue
        for path in sorted(folder.iterdir()):
            if path in changes or path in left or path.is_symlink() or not path.is_file():
                continue
            if is_left_over(path.name, partial(_file.read, path, most_bytes=_MOST_CERTIFICATE_BYTES)):
                left[path] = (PurePosixPath(change.name).parent / path.name).as_posix()
    if left:
        first, *others = left.values()
        raise ExportError(
            f"{first} is of a key that is not pinned any more, and the app may go on trusting it",
            details=[f"so is {each}" for each in others],
            hint="delete it; if another pin file writes it, give each a folder of its own",
        )


def _signer(path: Path, output: Output) -> Callable[[bytes], bytes] | None:
    """Return what signs for an output that names a ``signing-key``; the key is read, used and never shown."""
    name = output.options.get("signing-key")
    if not name:
        return None
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    from pinsmith.formats.wultra import signer

    content = _file.read(path.parent / str(name), most_bytes=_MOST_CERTIFICATE_BYTES)
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


def _read(path: Path) -> bytes | None:
    try:
        return _file.read(path, most_bytes=MOST_BYTES)
    except FileError:
        if path.exists():
            raise
        return None


def _encoding(content: bytes) -> str:
    """Say how a file is encoded, by its byte order mark; the mark stays a character of the text."""
    return _WIDE.get(content[:2], "utf-8")


def _decode(content: bytes, name: str) -> str:
    """Decode a file to be edited: UTF-8, or XML in UTF-16, and so that what XML declares is true."""
    encoding = _encoding(content)
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
