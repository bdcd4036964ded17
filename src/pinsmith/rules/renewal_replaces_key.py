"""A renewal that replaces the pinned key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.finding import Severity
from pinsmith.repair import line_starts
from pinsmith.rules._example import API, KEY, STANDBY, host_table, pin_file
from pinsmith.rules._renewed import at_risk
from pinsmith.rules._rule import Defect, Example, Rule
from pinsmith.syntax.edit import Splice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinsmith.rules._rule import PinnedFile


# The lines of a file of certbot that a repair changes.
_SECTION: Final = re.compile(r"[ \t]*\[renewalparams\][ \t]*(\r?\n)")
_OFF: Final = re.compile(r"[ \t]*reuse_key[ \t]*=[ \t]*(False)(?=[ \t]*\r?\n)")


def _compare(files: Sequence[PinnedFile]) -> Iterator[Defect]:
    texts = {file.file: file.text for file in files if file.renewals}
    for renewal, here, pinned in at_risk(files):
        if renewal.keeps_key is False:
            message = f"the next renewal replaces its key, and {pinned.place} pins no authority: {renewal.why}"
            repair = _kept(texts[renewal.place.file], renewal.place.line or 1)
            yield Defect(here, message, fix=renewal.fix, repair=repair)


def _kept(text: str, line: int) -> tuple[Splice, ...]:
    """Return the edit with which certbot keeps the key; empty for files of other tools."""
    starts = line_starts(text)
    start = starts[line - 1] if line <= len(starts) else len(text)
    if off := _OFF.match(text, start):
        return (Splice(*off.span(1), "True"),)
    if section := _SECTION.match(text, start):
        return (Splice(section.end(), section.end(), f"reuse_key = True{section[1]}"),)
    return ()


def _conf(*lines: str) -> str:
    live = f"/etc/letsencrypt/live/{API}"
    files = [f"{name} = {live}/{name}.pem" for name in ("cert", "privkey", "chain", "fullchain")]
    head = ["version = 2.11.0", f"archive_dir = /etc/letsencrypt/archive/{API}", *files, "[renewalparams]"]
    return "\n".join([*head, "authenticator = standalone", "key_type = ecdsa", *lines, ""])


RULE = Rule(
    id="renewal-replaces-key",
    severity=Severity.MEDIUM,
    title="a renewal that replaces the pinned key",
    effect="After the next renewal, the host presents a key that is not pinned, and clients are locked out.",
    fix="make the renewal keep the key, or pin an authority too",
    example=Example(
        _conf(),
        _conf("reuse_key = True"),
        name=f"{API}.conf",
        beside=pin_file(KEY, STANDBY, host_table(API, "api standby")),
    ),
    compare=_compare,
    repair="unsafe",
)
