"""A mismatch as JSON and as a line of the log: the same for equal events, bounded, and without certificates."""

from __future__ import annotations

import json
import logging
import os
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from pinsmith.certificate import Chain
from pinsmith.lab.pki.authority import Authority
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.tls.event import MismatchEvent, Reporter
from pinsmith.verdict import Mismatched
from tests.meta.source import ROOT

if TYPE_CHECKING:
    import pytest

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
ENTRY = HostPins("example.com", (Key("api", Pin.of_spki(b"pinned")),), include_subdomains=True)


def _event(presented: Chain, *, time: datetime = NOON) -> MismatchEvent:
    return MismatchEvent(time, "api.example.com", None, ENTRY, "no-pinned-key", presented, None, 3, enforced=True)


def test_all_fields_are_there() -> None:
    """Every field has the promised name and form; an unreadable certificate is null."""
    leaf = Authority.root().issue("api.example.com")
    assert json.loads(_event(Chain.of_der([leaf.der, b"not a certificate"])).to_json()) == {
        "version": 1,
        "time": "2026-06-01T12:00:00Z",
        "host": "api.example.com",
        "port": None,
        "entry": "example.com",
        "reason": "no-pinned-key",
        "enforced": True,
        "known_pins": [str(Pin.of_spki(b"pinned"))],
        "presented_pins": [leaf.pin, None],
        "verified_pins": None,
        "suppressed": 3,
    }


def test_equal_events_are_equal_lines() -> None:
    """The text is one line and depends only on the event, also if the clock has another time zone."""
    chain = Chain.of_der([os.urandom(100)])
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5)))
    assert _event(chain).to_json() == _event(chain, time=elsewhere).to_json()
    assert "\n" not in _event(chain).to_json()


def test_a_host_without_an_entry_has_no_known_pins() -> None:
    """A chain can be refused for a compromised key although no entry covers the host."""
    event = MismatchEvent(NOON, "a.test", 443, None, "compromised-authority", Chain(()), Chain(()), 0, enforced=True)
    document = json.loads(event.to_json())
    assert (document["entry"], document["known_pins"], document["verified_pins"]) == (None, [], [])


def test_every_field_is_documented() -> None:
    """The page of clients describes each field of the document."""
    page = (ROOT / "docs" / "clients.md").read_text("utf-8")
    fields = json.loads(_event(Chain(())).to_json())
    assert [name for name in fields if f"| `{name}` |" not in page] == []


def test_a_line_of_the_log_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    """A rogue that presents hundreds of certificates cannot make the log line longer than a few pins."""
    verdict = Mismatched("api.example.com", ENTRY, None, "no-pinned-key")
    with caplog.at_level(logging.WARNING):
        Reporter().tell(
            verdict, policy=Policy(), time=NOON, port=443, presented=Chain.of_der([os.urandom(9)] * 300), verified=None
        )
    (line,) = caplog.messages
    assert line == (
        "api.example.com presented no pinned key (refused); "
        f"presented: {', '.join(['unreadable'] * 8)}, 292 more; pinned: {ENTRY.keys[0].pin}"
    )
