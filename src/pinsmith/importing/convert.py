"""Convert one platform's file into another's, or write pins into a copy of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from pinsmith import formats
from pinsmith.errors import FormatError
from pinsmith.formats import decode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinsmith.formats import Exported, Format
    from pinsmith.importing.read import PlatformFile
    from pinsmith.pinfile import Option
    from pinsmith.policy import Policy


@dataclass(frozen=True, slots=True)
class Converted:
    """
    The result of a conversion.

    Attributes:
        made: The new file.
        problem: Why the old file cannot be edited, so that nothing but its pins is kept; None if that was not needed.
    """

    made: Exported
    problem: str | None


def convert(
    file: PlatformFile,
    policy: Policy,
    target: Format,
    *,
    options: Mapping[str, Option] | None = None,
    name: str = "output",
) -> Converted:
    """
    Write a policy in a format. If *file* has the same format, the policy goes into a copy, which keeps all else.

    Args:
        file: The file from which the policy was made.

        policy: The policy.

        target: The format to write.

        options: As in ``[[output]]``.

        name: The name of the file that will be written; some formats depend on its suffix.

    Raises:
        ExportError: As `pinsmith.formats.export`.
        UnknownFormatError: If the format can only be read.
    """
    source, problem = PurePath(file.name).name, None
    if target is file.target:
        try:
            text = decode(file.content, file.name)
            made = formats.export(policy, target, options=options, source=source, existing=text, name=file.name)
        except FormatError as error:
            problem = error.problem
        else:
            return Converted(made, None)
    return Converted(formats.export(policy, target, options=options, source=source, name=name), problem)
