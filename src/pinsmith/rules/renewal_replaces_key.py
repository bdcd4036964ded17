"""A renewal that replaces the pinned key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.finding import Severity
from pinsmith.rules._example import API, KEY, STANDBY, host_table, pin_file
from pinsmith.rules._renewed import at_risk
from pinsmith.rules._rule import Defect, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinsmith.rules._rule import PinnedFile


def _compare(files: Sequence[PinnedFile]) -> Iterator[Defect]:
    for renewal, here, pinned in at_risk(files):
        if renewal.keeps_key is False:
            message = f"the next renewal replaces its key, and {pinned.place} pins no authority: {renewal.why}"
            yield Defect(here, message, fix=renewal.fix)


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
)
