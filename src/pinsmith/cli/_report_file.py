"""``--report`` of the lab, and of an audit: a file for people, beside the result that is printed."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import click

from pinsmith import files
from pinsmith.cli import _clock, _output
from pinsmith.cli._command import PATH, CommandLineError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from pinsmith.cli._command import Declared
    from pinsmith.documents.lab_report import Circumstances
    from pinsmith.documents.report import Report

_SUFFIXES: Final = {".html", ".htm"}
_WRITTEN: Final = "pinsmith.written"
_SUBJECT: Final = "pinsmith.subject"


@dataclass(frozen=True, slots=True)
class ReportFile:
    """
    The file of ``--report``, which could be written when the command began.

    Attributes:
        path: As the user named it.
        words: The command line.
        subject: What is tested, as the user states it; empty if they do not.
        started: When the command began, UTC.
    """

    path: Path
    words: Sequence[str]
    subject: str
    started: datetime

    @classmethod
    def of_command(cls, path: Path, subject: str, started: datetime) -> ReportFile:
        """Return the file of a command that has more than one kind of report."""
        words: Sequence[str] = click.get_current_context().find_root().obj or ()
        return cls(path, words, subject, started)

    def write(self, describe: Callable[[Circumstances], Report]) -> None:
        """
        Write what *describe* returns.

        Raises:
            FileError: If the file cannot be written.
        """
        from pinsmith.documents.report import report_html

        files.write_atomically(self.path, report_html(describe(self._circumstances())))
        _output.note(f"wrote the report to {self.path}")

    def _circumstances(self) -> Circumstances:
        import platform
        import ssl

        import pinsmith
        from pinsmith.documents.lab_report import Circumstances
        from pinsmith.lab.process.redact import redact_command

        command = shlex.join(["pinsmith", *redact_command(self.words)])
        versions = {
            "Software": f"pinsmith {pinsmith.__version__}, Python {platform.python_version()}, {ssl.OPENSSL_VERSION}",
            "System": platform.platform(terse=True),
        }
        return Circumstances(command, self.started, _clock.now(), versions, self.subject)


def report_option(command: Declared) -> Declared:
    """Declare --report, whose value is a `ReportFile`, and --subject."""
    report = click.option(
        "--report",
        type=PATH,
        metavar="FILE.html",
        callback=_opened,
        help="Also write a report for people, to open in a browser and to print.",
    )
    # Eager, so that it is known when --report is read.
    subject = click.option(
        "--subject",
        metavar="TEXT",
        is_eager=True,
        expose_value=False,
        callback=_remember_subject,
        help="The app, its version and the device under test, to state in the report.",
    )
    return report(subject(command))


def require_writable(context: click.Context, parameter: click.Parameter, path: Path | None) -> Path | None:
    """Refuse a *path* that cannot be written, or that another option writes, before the command begins."""
    if path is None or context.resilient_parsing:
        return path
    files.require_writable(path)
    written: dict[Path, str] = context.meta.setdefault(_WRITTEN, {})
    other = written.setdefault(path.resolve(), parameter.opts[-1])
    if other != parameter.opts[-1]:
        message = f"{other} and {parameter.opts[-1]} name the same file, {str(path)!r}"
        raise CommandLineError(message, context, hint="give each of them a file of its own")
    return path


def _remember_subject(context: click.Context, _: click.Parameter, value: str | None) -> None:
    context.meta[_SUBJECT] = value


def _opened(context: click.Context, parameter: click.Parameter, path: Path | None) -> ReportFile | None:
    subject: str | None = context.meta.get(_SUBJECT)
    if context.resilient_parsing:
        return None
    if path is None:
        if subject is not None:
            raise CommandLineError("--subject does nothing without --report", context, hint="add --report FILE.html")
        return None
    if path.suffix.lower() not in _SUFFIXES:
        message = f"--report {str(path)!r} is not the name of an HTML file"
        raise CommandLineError(message, context, hint="end the name with .html")
    require_writable(context, parameter, path)
    words: Sequence[str] = context.find_root().obj or ()
    return ReportFile(path, words, subject or "", _clock.now())
