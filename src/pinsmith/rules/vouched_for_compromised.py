"""An authority that vouched for attackers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.authorities import vouched
from pinsmith.finding import Severity
from pinsmith.pin import Pin
from pinsmith.rules._example import API, KEY, STANDBY, host_table, key_table, pin_file
from pinsmith.rules._rule import Defect, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.rules._rule import PinnedFile

_AAA: Final = Pin.parse("sha256/vRU+17BDT2iGsXvOi76E7TQMcTLXAqj0+jGPdW7L1vM=")  # AAA Certificate Services


def _check(file: PinnedFile) -> Iterator[Defect]:
    for site, key in file.pinned_keys():
        if signer := vouched(key.pin):
            yield Defect(site, f"the pin {key.name} may let attackers in: {signer.why} ({signer.source})", key.pin)


RULE = Rule(
    id="vouched-for-compromised",
    severity=Severity.HIGH,
    title="a pin of an authority that signed compromised authorities",
    effect="An attacker with a compromised key below that authority can present a chain that contains the pinned key.",
    fix="pin another authority or your own key, and then remove this pin",
    example=Example(
        pin_file(key_table("aaa", 'role = "root"', of=_AAA), STANDBY, host_table(API, "aaa standby")),
        pin_file(KEY, STANDBY, host_table(API, "api standby")),
    ),
    check=_check,
)
