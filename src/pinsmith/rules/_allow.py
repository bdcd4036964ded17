"""
Findings that the owner of a file accepts: by a comment beside them, or by ``[[lint.allow]]`` in the pin file.

A comment reads ``pinsmith: allow[RULE] REASON``, in the line of the finding or in the one above it. Several rules are
separated by commas. Without a reason nothing is accepted. Text in a string is not a comment.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.finding import FilePlace, Finding, Severity
from pinsmith.rules._comment import comments_alone
from pinsmith.rules._rule import AllowComment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pinsmith.rules._rule import AllowTable, PinnedFile

_COMMENT: Final = re.compile(r"pinsmith:\s*allow\[([^\]\n]*)\]([^\n]*)")
_END: Final = re.compile(r"(-->|\*/).*\Z")  # of a comment in XML or C
_LONE_RETURN: Final = re.compile(r"\r(?!\n)")  # some parsers count it as the end of a line, and others do not
NO_REASON: Final = "allow-without-reason"
UNUSED: Final = "unused-allow"


def comments(text: str, file: str) -> tuple[AllowComment, ...]:
    """
    Find the comments in the *text* of a file that accept findings; none if parsers disagree about its lines.

    Unlike `str.splitlines`, no parser ends a line at a form feed or a line separator. A comment beside such a character
    would accept findings far away. A string that looks like a comment accepts nothing, because others may have chosen
    it.
    """
    if not _COMMENT.search(text) or _LONE_RETURN.search(text):
        return ()
    lines = comments_alone(text, file).split("\n")
    found = ((number, _COMMENT.search(line)) for number, line in enumerate(lines, 1))
    return tuple(
        AllowComment(
            FilePlace(file, number),
            frozenset(rule.strip() for rule in match[1].split(",")),
            bool(_END.sub("", match[2]).strip()),
        )
        for number, match in found
        if match is not None
    )


def accept(
    findings: Iterable[Finding], files: Sequence[PinnedFile], more: Sequence[AllowTable] = ()
) -> Iterator[Finding]:
    """
    Yield the findings that nobody accepts, and findings about comments and tables that accept nothing.

    Args:
        findings: About *files*.

        files: The files. Tables of a pin file apply to all of them.

        more: Tables of a pin file that is not among the files. It does not matter whether they accept anything.
    """
    here = {comment.place: comment for file in files for comment in file.comments}
    there = [table for file in files for table in file.tables]
    by_rule: dict[tuple[str, str | None], list[AllowTable]] = {}
    for table in (*there, *more):
        by_rule.setdefault((table.allowed.rule, table.allowed.host), []).append(table)
    used: set[AllowComment | AllowTable] = set()
    for finding in findings:
        accepting: list[AllowComment | AllowTable] = [*_beside(finding, here)]
        for host in dict.fromkeys((finding.host, None)):
            accepting += by_rule.get((finding.rule, host), [])
        used.update(accepting)
        if not accepting:
            yield finding
    for comment in here.values():
        listed = ", ".join(sorted(comment.rules))
        if not comment.has_reason:
            message, fix = (
                f"this comment accepts {listed} without a reason, so it has no effect",
                "write the reason after ]",
            )
            yield Finding(NO_REASON, Severity.LOW, comment.place, message, fix)
        elif comment not in used:
            yield Finding(UNUSED, Severity.INFO, comment.place, f"{listed} was not found here", "remove the comment")
    for table in there:
        if table not in used:
            about = f" about {table.allowed.host}" if table.allowed.host else ""
            message, fix = f"{table.allowed.rule}{about} was not found", "remove the table, or correct its rule or host"
            yield Finding(UNUSED, Severity.INFO, table.place, message, fix)


def _beside(finding: Finding, here: Mapping[FilePlace, AllowComment]) -> Iterator[AllowComment]:
    place = finding.place
    if isinstance(place, FilePlace) and place.line is not None:
        for line in range(max(1, place.line - 1), place.line + 1):
            comment = here.get(FilePlace(place.file, line))
            if comment is not None and comment.has_reason and finding.rule in comment.rules:
                yield comment
