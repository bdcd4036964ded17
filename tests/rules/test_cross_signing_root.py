"""Lint finds roots that are pinned alone although clients may end the chain at roots that they signed."""

from __future__ import annotations

from datetime import date

import pytest

from pinsmith.rules import lint, read
from pinsmith.rules.cross_signing_root import RULE
from tests.formats.policy import pin

ISRG_X1 = "sha256/C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M="  # signed ISRG Root X2
ISRG_X2 = "sha256/diGVwiVYbubAI3RW4hB9xU8e/CH2GnkuvVFZE8zmgzI="
ROOT_YR = "sha256/fk6IOKit1ild5647BH06ujSIq5XbCgqlbYl6ANhhi88="  # signed by ISRG Root X1, and in no store of the tables
AAA = "sha256/vRU+17BDT2iGsXvOi76E7TQMcTLXAqj0+jGPdW7L1vM="  # vouched for compromised authorities
SSL_RSA = "sha256/0cRTd+vc1hjNFlHcLgLCHXUeWqn80bNDH/bs9qMTSPo="  # signed another root until 2027-02-12
OWN = str(pin("own"))


def _found(*pins: str, role: str = "unknown", today: date = date(2027, 1, 1)) -> list[str]:
    keys = "".join(f'[keys.k{number}]\npin = "{text}"\n' for number, text in enumerate(pins))
    names = ", ".join(f'"k{number}"' for number in range(len(pins)))
    own = keys.replace(f'pin = "{OWN}"\n', f'pin = "{OWN}"\nrole = "{role}"\n')
    text = f'version = 1\n{own}[[host]]\nname = "api.example.com"\nkeys = [{names}]\n'
    return [str(finding.pin) for finding in lint([read(text.encode(), "pins.toml", today=today)], [RULE])]


@pytest.mark.parametrize(
    ("pins", "found"),
    [
        ([ISRG_X1], [ISRG_X1]),
        ([ISRG_X1, SSL_RSA], [ISRG_X1, SSL_RSA]),
        ([ISRG_X1, ISRG_X2], []),
        ([ISRG_X1, ROOT_YR], [ISRG_X1]),
        ([ISRG_X2], []),
        ([ISRG_X1, OWN], []),
        ([AAA], []),
    ],
    ids=[
        "alone",
        "two",
        "with the root that it signed",
        "with one that nobody trusts",
        "signed none",
        "with a key of one's own",
        "vouched",
    ],
)
def test_a_root_alone_is_found_if_it_signed_another(pins: list[str], found: list[str]) -> None:
    """A pin of a root that it signed, or of any key that is not a root, makes the host quiet."""
    assert _found(*pins) == found


def test_a_private_root_changes_nothing() -> None:
    """A pin that the file calls that of a root is no way out, because the public chain does not end there."""
    assert _found(ISRG_X1, OWN, role="root") == [ISRG_X1]


def test_a_signature_that_has_ended_does_not_count() -> None:
    """After its last day, no client builds a chain through the certificate."""
    assert _found(SSL_RSA, today=date(2027, 2, 12)) == [SSL_RSA]
    assert _found(SSL_RSA, today=date(2027, 2, 13)) == []
