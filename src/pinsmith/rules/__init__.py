"""
The rules, one file each: what is wrong with the pins of a file, without asking any server.

A new rule is one file, one line here, and a line in the changelog; its example is its test and its page. Rules about
code stand in ``code``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.rules import (
    authority_beside_leaf,
    cross_signing_root,
    distant_expiry,
    duplicate_pin,
    ended_authority,
    missing_backup_pin,
    near_miss_pin,
    pins_end_soon,
    pins_ended,
    pins_never_read,
    pins_out_of_step,
    pins_perhaps_never_read,
    plain_http_reports,
    private_suffix,
    private_view,
    public_intermediate,
    release_pins_compromised,
    release_pins_end,
    release_without_common_pin,
    release_without_standby,
    released_host_unpinned,
    removed_root,
    renewal_replaces_key,
    renewal_unclear,
    report_host_pinned,
    report_only_left_out,
    report_only_pins,
    root_ends_before_pins,
    third_party_host,
    vouched_for_compromised,
    vulnerable_client,
    vulnerable_client_unclear,
    weak_key,
)
from pinsmith.rules._files import (
    FilesRead as FilesRead,
    read_files as read_files,
    settle as settle,
)
from pinsmith.rules._lint import lint as lint
from pinsmith.rules._mend import Mended as Mended, mend as mend
from pinsmith.rules._online import compare as compare, targets as targets
from pinsmith.rules._read import (
    may_have_findings as may_have_findings,
    of_reading as of_reading,
    read as read,
    unreadable as unreadable,
)
from pinsmith.rules._rule import AllowTable as AllowTable, Persona as Persona, PinnedFile as PinnedFile
from pinsmith.rules.code import CODE_RULES

if TYPE_CHECKING:
    from pinsmith.rules._rule import Rule

PIN_RULES: Final[tuple[Rule, ...]] = (
    authority_beside_leaf.RULE,
    cross_signing_root.RULE,
    distant_expiry.RULE,
    duplicate_pin.RULE,
    ended_authority.RULE,
    missing_backup_pin.RULE,
    near_miss_pin.RULE,
    pins_end_soon.RULE,
    pins_ended.RULE,
    pins_never_read.RULE,
    pins_out_of_step.RULE,
    pins_perhaps_never_read.RULE,
    plain_http_reports.RULE,
    private_suffix.RULE,
    private_view.RULE,
    public_intermediate.RULE,
    release_pins_compromised.RULE,
    release_pins_end.RULE,
    release_without_common_pin.RULE,
    release_without_standby.RULE,
    released_host_unpinned.RULE,
    removed_root.RULE,
    renewal_replaces_key.RULE,
    renewal_unclear.RULE,
    report_host_pinned.RULE,
    report_only_left_out.RULE,
    report_only_pins.RULE,
    root_ends_before_pins.RULE,
    third_party_host.RULE,
    vouched_for_compromised.RULE,
    vulnerable_client.RULE,
    vulnerable_client_unclear.RULE,
    weak_key.RULE,
)
"""The rules about pins, in the order of their ids."""
RULES: Final = (*PIN_RULES, *CODE_RULES)
"""All rules."""
VOIDING: Final = frozenset(rule.id for rule in RULES if rule.voids)
"""The ids of the rules after whose findings the pins of the same file protect nothing."""
