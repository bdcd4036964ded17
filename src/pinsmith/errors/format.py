"""The errors of platform files: reading, editing and exporting them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinsmith.errors.base import PinsmithError, place_text
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class FormatError(PinsmithError, ValueError):
    """
    A file of a platform cannot be read or cannot be edited, or a table of shares cannot be read.

    Attributes:
        file: The file, as the user named it.
        line: The line of the fault, from 1; None if the fault has no place.
        column: The column of the fault, in characters, from 1; None if the syntax does not give it.
        problem: The fault, without its place.
    """

    code = "invalid-file"

    def __init__(
        self,
        problem: str,
        *,
        file: str,
        line: int | None = None,
        column: int | None = None,
        hint: str | None = None,
        details: Sequence[str] = (),
    ) -> None:
        super().__init__(f"{place_text(file, line, column)}: {problem}", hint=hint, details=details)
        self.problem, self.file, self.line, self.column = problem, file, line, column


class NothingPinnedError(FormatError):
    """
    A file of a platform can be read, but it pins no host.

    Attributes:
        notes: The `pinsmith.finding.Finding` objects that describe what the file contains instead.
    """

    code = "nothing-pinned"
    exit_code = ExitCode.NOT_PINNED

    def __init__(self, file: str, notes: Sequence[Any]) -> None:
        super().__init__("it pins no host", file=file, details=[note.summary for note in notes])
        self.notes = tuple(notes)


class UnknownFormatError(PinsmithError, ValueError):
    """A format does not exist, cannot do what is asked, or is not recognised from a file."""

    code = "unknown-format"
    exit_code = ExitCode.USAGE


class ExportError(PinsmithError, ValueError):
    """A policy cannot be written in a format."""

    code = "export"


class ExportRefusedError(ExportError):
    """
    The output would lock users out or pin nothing, and no option allows it.

    Attributes:
        format: The id of the format.
        reasons: The `pinsmith.finding.Finding` objects that describe the reasons.
    """

    code = "export-refused"

    def __init__(self, format_id: str, reasons: Sequence[Any], *, hint: str | None = None) -> None:
        super().__init__(
            f"{format_id} cannot express this policy safely", details=[reason.summary for reason in reasons], hint=hint
        )
        self.format, self.reasons = format_id, tuple(reasons)


class LossError(ExportError):
    """
    Something would be lost that the user did not agree to.

    Attributes:
        format: The id of the format.
        losses: The `pinsmith.finding.Finding` objects, whose rules accept them.
    """

    code = "export-loses"

    def __init__(self, format_id: str, losses: Sequence[Any]) -> None:
        ids = dict.fromkeys(loss.rule for loss in losses)
        consent = " ".join(f"--accept-loss {loss_id}" for loss_id in ids)
        super().__init__(
            f"{format_id} cannot express all of this policy",
            details=[str(loss) for loss in losses],
            hint=f"if you accept what is lost, add {consent}",
        )
        self.format, self.losses = format_id, tuple(losses)


class ForeignPinsError(ExportError):
    """
    A file contains pins that are not in pins.toml and that would be lost.

    Attributes:
        foreign: The pins that would be lost, by the name of the file.
    """

    code = "foreign-pins"

    def __init__(self, foreign: Mapping[str, Sequence[Any]], *, source: str, hint: str | None = None) -> None:
        is_one = len(foreign) == 1
        lines = [str(pin) if is_one else f"{name}: {pin}" for name, found in foreign.items() for pin in found]
        what = f"{', '.join(foreign)} {'contains' if is_one else 'contain'} pinning that is not in {source}"
        super().__init__(f"{what} and would be lost", details=lines, hint=hint)
        self.foreign = {name: tuple(found) for name, found in foreign.items()}


class EndingPinsError(ExportError):
    """
    Pins that would be written have ended, or end within the warning time.

    Attributes:
        ending: The `pinsmith.finding.Finding` objects, one for each host.
    """

    code = "pins-ending"

    def __init__(self, what: str, ending: Sequence[Any]) -> None:
        soon = "have ended" if all(found.rule == "pins-ended" for found in ending) else "end soon"
        super().__init__(
            f"the pins for {what} {soon}, so nothing is written",
            details=[found.summary for found in ending],
            hint="set a later expires for these hosts, or write the pins anyway with --allow-ending",
        )
        self.ending = tuple(ending)
