"""The demonstration of the service plays to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.service import demo

if TYPE_CHECKING:
    from collections.abc import Iterable


@pytest.mark.thorough
def test_every_step_of_the_demonstration_happens(capsys: pytest.CaptureFixture[str]) -> None:
    """A key that changes raises an alert at a webhook and a mail server, and a report of TrustKit gets its class."""
    assert demo.main() == 0
    told = capsys.readouterr().out
    assert _in_order(
        told,
        [
            "presents the pinned key: ok",
            "the webhook gets raised: api.example.com:443: clients are locked out",
            "what to do: ",
            "the mail server gets Subject: [pinsmith] lockout",
            "an app reports that it refused the host: deploy-drift",
            "Every step happened.",
        ],
    )


def _in_order(text: str, parts: Iterable[str]) -> bool:
    at = 0
    for part in parts:
        at = text.find(part, at) + len(part)
        if at < len(part):
            raise AssertionError(f"{part!r} is missing, or too early, in {text}")
    return True
