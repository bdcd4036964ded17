"""
The rules about code, one file each: mistakes that make pins void, and code that trusts everybody.

A rule of this kind has `Rule.inspect`. Its wrong and right code in all languages stands in ``tests/rules/code``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.rules.code import (
    bad_certificate_callback_only,
    certificate_check_off,
    certificate_digest_as_pin,
    key_without_header,
    pins_checked_after_request,
    pins_without_chain_check,
    pins_without_name_check,
)

if TYPE_CHECKING:
    from pinsmith.rules._rule import Rule

CODE_RULES: Final[tuple[Rule, ...]] = (
    bad_certificate_callback_only.RULE,
    certificate_check_off.RULE,
    certificate_digest_as_pin.RULE,
    key_without_header.RULE,
    pins_checked_after_request.RULE,
    pins_without_chain_check.RULE,
    pins_without_name_check.RULE,
)
"""The rules about code, in the order of their ids."""
