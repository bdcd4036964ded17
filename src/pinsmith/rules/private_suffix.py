"""A host whose subdomains belong to others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.finding import Severity
from pinsmith.host import private_suffix_remark
from pinsmith.rules._example import KEY, STANDBY, host_table, pin_file
from pinsmith.rules._rule import Defect, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.rules._rule import PinnedFile


def _check(file: PinnedFile) -> Iterator[Defect]:
    for site in file.all_sites:
        if site.entry.include_subdomains and private_suffix_remark(site.entry.host):
            yield Defect(site, "its subdomains are pinned too, but they belong to different owners")


RULE = Rule(
    id="private-suffix",
    severity=Severity.MEDIUM,
    title="a host whose subdomains belong to other owners",
    effect="The pins also apply to hosts of other customers of the same provider, which never present these keys.",
    fix="write an entry for each host instead of including subdomains",
    example=Example(
        pin_file(KEY, STANDBY, host_table("github.io", "api standby", "include-subdomains = true")),
        pin_file(KEY, STANDBY, host_table("example.github.io", "api standby")),
    ),
    check=_check,
)
