"""A renewal of which the file does not show whether it keeps the key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.finding import Severity
from pinsmith.rules._example import API, KEY, STANDBY, host_table, pin_file
from pinsmith.rules._renewed import at_risk
from pinsmith.rules._rule import Defect, Example, Persona, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinsmith.rules._rule import PinnedFile


def _compare(files: Sequence[PinnedFile]) -> Iterator[Defect]:
    for renewal, here, pinned in at_risk(files):
        if renewal.keeps_key is None:
            message = f"its renewal may replace the key, and {pinned.place} pins no authority: {renewal.why}"
            yield Defect(here, message, fix=renewal.fix)


RULE = Rule(
    id="renewal-unclear",
    severity=Severity.INFO,
    title="a renewal that may replace the pinned key",
    effect="If the renewal makes a new key, the host presents a key that is not pinned, and clients are locked out.",
    fix="configure the renewal to keep the key, or pin an authority too",
    example=Example(
        f"{API} {{\n    import site\n    respond OK\n}}\n",
        f"{API} {{\n    import site\n    tls {{\n        reuse_private_keys\n    }}\n    respond OK\n}}\n",
        name="Caddyfile",
        beside=pin_file(KEY, STANDBY, host_table(API, "api standby")),
    ),
    persona=Persona.AUDITOR,
    compare=_compare,
)
