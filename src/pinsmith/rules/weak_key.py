"""A key that can be broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.certificate.weakness import weakness_of_algorithm
from pinsmith.finding import Severity
from pinsmith.rules._example import API, STANDBY, host_table, key_table, pin_file
from pinsmith.rules._rule import Defect, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.rules._rule import PinnedFile


def _check(file: PinnedFile) -> Iterator[Defect]:
    for site, key in file.pinned_keys():
        if weakness := weakness_of_algorithm(key.algorithm or ""):
            yield Defect(site, f"the key {key.name} {weakness}", key.pin)


RULE = Rule(
    id="weak-key",
    severity=Severity.MEDIUM,
    title="a key that is too weak",
    effect="An attacker can compute the private key, and then impersonate the host in spite of the pin.",
    fix="pin a key of at least RSA 2048 or EC P-256",
    example=Example(
        pin_file(key_table("api", 'role = "leaf"', 'algorithm = "RSA 1024"'), STANDBY, host_table(API, "api standby")),
        pin_file(key_table("api", 'role = "leaf"', 'algorithm = "RSA 2048"'), STANDBY, host_table(API, "api standby")),
    ),
    references=("CWE-326",),
    check=_check,
)
