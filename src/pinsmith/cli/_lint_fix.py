"""Write the repairs of `pinsmith lint --fix`."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pinsmith import files, rules
from pinsmith.cli import _output
from pinsmith.errors import FileError, PinsmithError
from pinsmith.files.transaction import Content, write_all
from pinsmith.limit import MAX_BYTES
from pinsmith.pinfile import certificate_reader
from pinsmith.syntax.encoding import decode_to_edit, encoding_of
from pinsmith.syntax.position import SyntaxFaultError
from pinsmith.syntax.xml import declared_encoding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pinsmith.finding import Finding
    from pinsmith.rules import PinnedFile

_MARK = "\ufeff"


def fix(
    found: Sequence[PinnedFile],
    report: Callable[[list[PinnedFile]], Sequence[Finding]],
    paths: Sequence[Path],
    *,
    unsafe: bool,
) -> list[PinnedFile]:
    """
    Repair files, write them, and print what was done.

    A file is not written if it is a link out of the folders that the user named, or if it would be worse then.

    Args:
        found: The files.

        report: Returns the findings that are shown to the user.

        paths: The files and folders that the user named. A link within a folder is followed.

        unsafe: Whether unsafe repairs are made too.

    Returns:
        The files as they are now.
    """

    def reread(file: PinnedFile, text: str) -> PinnedFile:
        content = text.encode("utf-16" if declared_encoding(text) == "utf-16" else "utf-8")
        read_certificate = certificate_reader(Path(file.file))
        again = rules.read(content, file.file, today=file.today, read_certificate=read_certificate)
        return replace(again, source=file.source)

    mended = rules.mend(found, report, reread, unsafe=unsafe)
    for name, problem in mended.refused.items():
        _output.warning(f"{name} was not repaired: {problem}")
    written: set[str] = set()
    now: list[PinnedFile] = []
    for before, after in zip(found, mended.files, strict=True):
        if before.text != after.text and _write(before, after, paths):
            written.add(before.file)
        now.append(after if before.file in written else before)
    _say(mended.fixed, written)
    return now


def _write(before: PinnedFile, after: PinnedFile, paths: Iterable[Path]) -> bool:
    path = Path(before.file)
    try:
        target = _target(path, paths)
        content = files.read(target, most_bytes=MAX_BYTES)
        text = decode_to_edit(content)
        if text.removeprefix(_MARK) != before.text:
            raise FileError(f"{path} was changed meanwhile", path=str(path), hint="run the command again")
        mark = _MARK if text.startswith(_MARK) else ""
        write_all(target, {target: Content(content, (mark + after.text).encode(encoding_of(content)))})
    except (PinsmithError, SyntaxFaultError) as error:
        problem = error.problem if isinstance(error, SyntaxFaultError) else str(error)
        _output.warning(f"{path} was not repaired: {problem}")
        return False
    return True


def _target(path: Path, paths: Iterable[Path]) -> Path:
    """
    Return the file to write.

    Raises:
        FileError: If *path* is a link to a file that the user did not name.
    """
    real = Path(os.path.realpath(path))
    folders = [Path(os.path.realpath(named)) for named in paths if named.is_dir()]
    if real.parent / real.name == Path(os.path.realpath(path.parent)) / path.name:
        return real
    if any(real.is_relative_to(folder) for folder in folders):
        return real
    raise FileError(f"it is a link to {real}", path=str(path), hint="name that file")


def _say(fixed: Iterable[Finding], written: set[str]) -> None:
    counts = Counter(finding.rule for finding in fixed if finding.place is not None and _file(finding) in written)
    if counts:
        listed = ", ".join(f"{count} {rule}" for rule, count in sorted(counts.items()))
        where = next(iter(written)) if len(written) == 1 else f"{len(written)} files"
        _output.success(f"fixed {listed} in {where}")


def _file(finding: Finding) -> str | None:
    return getattr(finding.place, "file", None)
