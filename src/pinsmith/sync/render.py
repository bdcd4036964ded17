"""Render the files of one output, or one text that is written nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from pinsmith import formats
from pinsmith.errors import ExportError
from pinsmith.limit import MAX_BYTES
from pinsmith.sync.material import read_material
from pinsmith.sync.pinned import FEWER
from pinsmith.sync.read import read_file
from pinsmith.syntax.encoding import encoding_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from pinsmith.finding import Finding
    from pinsmith.formats import Exported, Format, Plan
    from pinsmith.pinfile import Option
    from pinsmith.policy import Policy
    from pinsmith.sync.material import Material
    from pinsmith.sync.read import File, Place
    from pinsmith.sync.signing import Opener


class _Signature(TypedDict):
    sign: Callable[[bytes], bytes] | None
    public_key: bytes | None


@dataclass(frozen=True, slots=True)
class RenderedFile:
    """A file as it is now, and its correct content."""

    file: File
    content: bytes


@dataclass(frozen=True, slots=True)
class Rendered:
    """
    The files of one output.

    Attributes:
        target: Their format.
        files: First the one that the pin file names, then those that the format needs beside it, such as certificates.
        losses: The settings that they do not express; all of them were accepted or need no consent.
        hosts: The hosts that they pin.
    """

    target: Format
    files: tuple[RenderedFile, ...]
    losses: tuple[Finding, ...]
    hosts: tuple[str, ...]


def render(plan: Plan, material: Material, file: File, place: Place, now: datetime | None = None) -> Rendered:
    """
    Render the files of an output, and read the present files beside it.

    Args:
        plan: The plan of the output.

        material: The certificates of `Plan.certified`, and the key that signs.

        file: The output as it is now; it is edited if its syntax has more than pins.

        place: The place of the pin file.

        now: Aware; for formats that contain the time of their signature.

    Raises:
        ExportRefusedError: If the output would lock users out.
        ExportError: If the output would be too large to be read again.
        FormatError: If *file* is not understood, or if generated code would replace a file that somebody else wrote.
        FileError: If a file beside it cannot be read, or lies outside the repository.
    """
    made = formats.render(
        plan,
        existing=None if file.content is None else formats.decode_to_edit(file.content, file.name),
        name=file.name,
        certificates=material.certificates,
        now=now,
        **_signature(material),
    )
    folder = Path(file.name).parent
    beside = [
        RenderedFile(read_file(place, (folder / name).as_posix()), content)
        for name, content in made.attachments.items()
    ]
    for new in beside:
        if new.file.content is not None:
            formats.require_generated_beside(new.file.content, new.content, new.file.name)
    output = RenderedFile(file, made.text.encode(encoding_of(file.content or b"")))
    if any(len(new.content) > MAX_BYTES for new in (output, *beside)):
        raise ExportError(
            f"a later `pinsmith sync` could not read it: it is larger than {MAX_BYTES // 10**6} MB", hint=FEWER
        )
    return Rendered(plan.target, (output, *beside), made.losses, made.hosts)


def export(
    policy: Policy,
    target: Format,
    path: Path,
    *,
    options: Mapping[str, Option] | None = None,
    name: str = "output",
    now: datetime | None = None,
    opener: Opener | None = None,
) -> Exported:
    """
    Render the pins of a pin file in a format, as a text; no file is written or compared.

    Args:
        policy: The policy of the pin file.

        target: The format.

        path: Where the pin file is; certificates and the key that signs are relative to its folder.

        options: As in ``[[output]]``.

        name: The name that the file would have, which decides the kind of module of code for Node.

        now: Aware; for formats that contain the time of their signature.

        opener: Opens a private key of which the options name only the public key.

    Raises:
        ExportError: As `pinsmith.formats.export`, or if a file of a key does not hold that key.
        FileError: If a file of a key cannot be read.
    """
    plan = formats.plan(policy, target, options=options, source=path.name)
    material = read_material(plan, path.parent, opener)
    return formats.render(plan, name=name, certificates=material.certificates, now=now, **_signature(material))


def _signature(material: Material) -> _Signature:
    if material.signing is None:
        return {"sign": None, "public_key": None}
    return {"sign": material.signing.sign, "public_key": material.signing.public_key}
