"""
The pinned key is in a certificate that expired yesterday.

::

    Lab Root (trusted)
    └── Lab Intermediate       presented
        └── localhost          presented, expired yesterday   ◀ pinned

Pins are checked in addition to the chain and its dates. A client that accepts this certificate has replaced the
verification by the pin. After the end of a certificate nobody vouches for the key or revokes it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenario import Scenario

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scene
    from pinsmith.lab.stage import Stage


def _set(stage: Stage) -> Scene:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    return stage.refused(stage.serve(stage.pki.genuine(not_after=yesterday)))


SCENARIO: Final = Scenario(
    "expired-certificate",
    "same key, expired certificate",
    expected="refuse",
    lacks="check the expiry date of a certificate whose key is pinned",
    source="RFC 5280 section 6.1.3 (a)(2); aiohttp's Fingerprint switches the verification off",
    set=_set,
)
