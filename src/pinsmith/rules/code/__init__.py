"""
The rules about code, one file each: mistakes that make pins void, and code that trusts everybody.

A rule of this kind has `Rule.inspect`. Its wrong and right code in all languages stands in ``tests/rules/code``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.rules.code import (
    any_presented_certificate,
    bad_certificate_callback_only,
    certificate_check_off,
    certificate_digest_as_pin,
    empty_pins_accept,
    key_without_header,
    leaf_only_with_authority_pins,
    mismatch_swallowed,
    one_header_for_all_keys,
    pinning_switched_off,
    pins_checked_after_request,
    pins_checked_elsewhere,
    pins_unused,
    pins_without_chain_check,
    pins_without_name_check,
    placeholder_in_code,
    remote_kill_switch,
    resumed_connections_unchecked,
    thrown_in_check,
    trailing_dot_unpinned,
    unsigned_remote_pins,
)

if TYPE_CHECKING:
    from pinsmith.rules._rule import Rule

CODE_RULES: Final[tuple[Rule, ...]] = (
    any_presented_certificate.RULE,
    bad_certificate_callback_only.RULE,
    certificate_check_off.RULE,
    certificate_digest_as_pin.RULE,
    empty_pins_accept.RULE,
    key_without_header.RULE,
    leaf_only_with_authority_pins.RULE,
    mismatch_swallowed.RULE,
    one_header_for_all_keys.RULE,
    pinning_switched_off.RULE,
    pins_checked_after_request.RULE,
    pins_checked_elsewhere.RULE,
    pins_unused.RULE,
    pins_without_chain_check.RULE,
    pins_without_name_check.RULE,
    placeholder_in_code.RULE,
    remote_kill_switch.RULE,
    resumed_connections_unchecked.RULE,
    thrown_in_check.RULE,
    trailing_dot_unpinned.RULE,
    unsigned_remote_pins.RULE,
)
"""The rules about code, in the order of their ids."""
