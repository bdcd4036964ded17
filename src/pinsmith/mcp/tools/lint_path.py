"""Find what is wrong with the pins of files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from pinsmith import rules
from pinsmith.documents.lint import LintDocument, lint_document
from pinsmith.finding import Severity
from pinsmith.mcp.secret import private_keys
from pinsmith.mcp.tool import MAX_NAME, Arguments, Outcome, Tool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.mcp.scope import Scope


class LintArguments(Arguments, frozen=True, kw_only=True):
    """The arguments of the tool."""

    path: Annotated[
        str,
        Meta(max_length=MAX_NAME, description="A file or folder below the folder in which the server was started."),
    ] = "."
    min_severity: Annotated[
        Literal["info", "low", "medium", "high"], Meta(description="Leave out findings below this severity.")
    ] = "low"


def _run(scope: Scope, arguments: LintArguments) -> Outcome:
    secrets: list[str] = []
    read = rules.read_files(
        [scope.path_of(arguments.path)],
        today=scope.clock().date(),
        read_bytes=scope.read,
        read_certificate=scope.certificates_of,
        visit=lambda content, _: secrets.extend(private_keys(content)),
    )
    files, allowed = rules.settle(read.files, scope.pin_file)
    every = [*read.unreadable, *rules.lint(files, rules.RULES, allowed=allowed)]
    shown = [finding for finding in every if finding.severity >= Severity[arguments.min_severity.upper()]]
    # The worst come first, because a long list is cut.
    shown.sort(key=lambda finding: -finding.severity)
    names = [file.file for file in files]
    left_out = tuple(_left_out(len(every) - len(shown), arguments.min_severity, len(read.unread)))
    return Outcome(lint_document(names, shown), left_out, tuple(secrets))


def _left_out(hidden: int, least: str, unread: int) -> Iterator[str]:
    if hidden:
        yield f"findings: {hidden} more are less severe than {least}"
    if unread:
        yield f"files: {unread} more contain code, which pinsmith[audit] reads; it is not installed"


TOOL = Tool(
    id="lint-path",
    title="Find what is wrong with pins in files",
    description=(
        "Reads a file, or the files with pins in a folder, and returns what is wrong with the pins: missing backups, "
        "placeholders, expired or mistyped pins, code that does not check them. The worst findings come first. Only "
        "paths below the folder in which the server was started are read. Nothing is repaired, and no host is asked."
    ),
    arguments=LintArguments,
    document=LintDocument,
    connects=False,
    run=_run,
)
