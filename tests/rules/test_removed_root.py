"""Lint finds pinned roots that the trust stores of a platform have removed."""

from __future__ import annotations

from datetime import date

import pytest

from pinsmith.rules import lint, read
from pinsmith.rules.removed_root import RULE
from tests.formats.policy import pin

DIGICERT_GLOBAL = "sha256/r/mIkG3eEpVdm+u/ko/cwxzOMo1bk4TyHIlByibiA5E="  # Mozilla removed it, Android did not
GLOBALSIGN_R1 = "sha256/K87oWBWM9UZfyddvDfoxL+8lpNyoUB2ptGtn0fv6G2Q="  # Android removed it, Apple did not
STARTCOM = "sha256/5C8kvU039KouVrl52D0eZSGf4Onjo4Khs8tmyTlV3nU="  # everybody removed it
ISRG_ROOT_X1 = "sha256/C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M="
NSC = """<network-security-config><domain-config>
<domain>api.example.com</domain>
<pin-set><pin digest="SHA-256">{}</pin><pin digest="SHA-256">{}</pin></pin-set>
</domain-config></network-security-config>
"""


def _messages(text: str, file: str, *, today: date = date(2027, 1, 1)) -> list[str]:
    return [finding.message for finding in lint([read(text.encode(), file, today=today)], [RULE])]


def _pin_file(root: str) -> str:
    keys = f'[keys.root]\npin = "{root}"\nrole = "root"\n[keys.standby]\npin = "{pin("standby")}"\n'
    return f'version = 1\n{keys}[[host]]\nname = "api.example.com"\nkeys = ["root", "standby"]\n'


@pytest.mark.parametrize(
    ("root", "fact"),
    [
        (ISRG_ROOT_X1, None),
        (
            DIGICERT_GLOBAL,
            "which Mozilla removed between 2026-03-28 and 2026-04-19; Android, Apple, Windows still",
        ),
        (STARTCOM, "no current trust store contains; "),
    ],
    ids=["kept", "removed from one", "removed from all"],
)
def test_a_pin_file_is_compared_with_every_store(root: str, fact: str | None) -> None:
    """The keys of a pin file are for all platforms, so a removal by any of the stores counts, and is dated."""
    found = _messages(_pin_file(root), "pins.toml")
    assert [fact in message for message in found if fact] == [True] * bool(fact)
    assert bool(found) == bool(fact)


def test_a_file_of_a_platform_is_compared_with_its_own_store() -> None:
    """A removal by Mozilla does not matter to an Android app; a removal by Android does."""
    removed, kept = (
        NSC.format(root.removeprefix("sha256/"), pin("standby").base64) for root in (GLOBALSIGN_R1, DIGICERT_GLOBAL)
    )
    assert "Android removed between 2025-05-11 and 2025-12-07" in _messages(removed, "network_security_config.xml")[0]
    assert _messages(kept, "network_security_config.xml") == []


def test_a_root_beside_one_that_all_stores_contain_is_fine() -> None:
    """A list of roots locks nobody out while one is in every store, so only a root that no store contains is found."""
    beside = f'[keys.isrg]\npin = "{ISRG_ROOT_X1}"\n[[host]]'
    for root, count in ((DIGICERT_GLOBAL, 0), (STARTCOM, 1)):
        text = _pin_file(root).replace("[[host]]", beside).replace('["root", ', '["root", "isrg", ')
        assert len(_messages(text, "pins.toml")) == count


def test_a_root_that_has_ended_is_left_to_another_rule() -> None:
    """Stores remove roots that end, so such a root is a finding of `ended-authority` alone."""
    assert _messages(_pin_file(GLOBALSIGN_R1), "pins.toml", today=date(2029, 1, 1)) == []
