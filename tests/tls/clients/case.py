"""The cases that each client goes through: which chain is served, which keys are pinned, and what must happen."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import pytest

from pinsmith.errors import find
from pinsmith.errors.cause import causes
from pinsmith.policy import Policy
from tests.tls.pki import entry_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _pytest.mark import ParameterSet

    from tests.tls.pki import PKI

PROXIED_HOST = "api.example.com"  # no resolver knows it, so only the proxy can reach it
LONG_AGO = date(2020, 1, 1)

Outcome = Literal["passes", "wrong-pin", "not-verified"]


@dataclass(frozen=True)
class Case:
    """
    One server and one policy.

    Attributes:
        id: A short name.
        served: The attribute of `PKI` that the server presents.
        pinned: The attributes of `PKI` whose keys are pinned; empty for a host without pins.
        outcome: Whether the request arrives, or which check refuses the server.
        stuffed: Whether the server appends the genuine chain to its own.
        expires: The expiry day of the host's entry.
    """

    id: str
    served: str
    pinned: tuple[str, ...]
    outcome: Outcome
    stuffed: bool = False
    expires: date | None = None

    def policy(self, pki: PKI, host: str) -> Policy:
        """Return the policy for *host*."""
        pinned = [getattr(pki, name) for name in self.pinned]
        return Policy((entry_of(*pinned, host=host, expires=self.expires),)) if pinned else Policy()

    def presented(self, pki: PKI) -> dict[str, Any]:
        """Return the server's options."""
        return {"presented": pki.stuffed} if self.stuffed else {}


CASES = (
    Case("right-pin", "leaf", ("leaf", "backup"), "passes"),
    Case("backup-pin", "backup", ("leaf", "backup"), "passes"),
    Case("intermediate-pin", "sibling", ("intermediate",), "passes"),
    Case("root-pin", "sibling", ("root",), "passes"),
    Case("wrong-pin-same-authority", "sibling", ("leaf", "backup"), "wrong-pin"),
    Case("wrong-pin-rogue", "rogue", ("leaf", "backup"), "wrong-pin"),
    Case("intermediate-pin-rogue", "rogue", ("intermediate",), "wrong-pin"),
    Case("root-pin-rogue", "rogue", ("root",), "wrong-pin"),
    Case("genuine-chain-appended", "rogue", ("leaf", "intermediate", "root"), "wrong-pin", stuffed=True),
    Case("wrong-host-name", "wrong_name", ("leaf", "intermediate"), "not-verified"),
    Case("untrusted", "untrusted", ("leaf",), "not-verified"),
    # The last two are also controls: they show that a leak to the rogue server would be seen.
    Case("expired-pins-rogue", "rogue", ("leaf", "backup"), "passes", expires=LONG_AGO),
    Case("no-pins-rogue", "rogue", (), "passes"),
)
# Cases in which a client itself could be at fault. In the others only `decide` matters, so `make test` tries those
# with one client of each machinery, and CI tries them with all clients.
ESSENTIAL = {
    "right-pin",
    "wrong-pin-rogue",
    "genuine-chain-appended",
    "wrong-host-name",
    "untrusted",
    "no-pins-rogue",
}
# Cases that depend on a proxy in between. The decision in all others is the same, and each client goes through them
# directly.
PROXY_CASES = tuple(
    case
    for case in CASES
    if case.id in {"right-pin", "wrong-pin-same-authority", "genuine-chain-appended", "wrong-host-name"}
)


def crossed(
    ways: Iterable[Any], cases: Iterable[Case], *, whole: set[str], essential: set[str] = ESSENTIAL
) -> list[ParameterSet]:
    """Combine each way with each case; a case that is not *essential* is thorough, unless the way is in *whole*."""
    return [
        pytest.param(
            *(way, case),
            id=f"{way.id}-{case.id}",
            marks=() if way.id in whole or case.id in essential else pytest.mark.thorough,
        )
        for way in ways
        for case in cases
    ]


def is_refusal(error: BaseException, outcome: Outcome) -> bool:
    """Return whether *error*, as the client raised it, is the refusal that *outcome* requires."""
    found = find(error)
    if outcome == "wrong-pin":
        return found is not None and found.code == "pin-mismatch"
    return found is None and any(map(_is_failed_verification, causes(error)))


def _is_failed_verification(error: BaseException) -> bool:
    # pyOpenSSL's own error is not one of ssl's.
    return isinstance(error, ssl.SSLCertVerificationError) or "certificate verify failed" in repr(error)
