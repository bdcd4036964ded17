"""A suspension has a reason and an end, and changes one host."""

from __future__ import annotations

import datetime as dt
import json
import pickle

import pytest

from pinsmith.errors import CompromisedChainError
from pinsmith.errors.updates import SuspensionError
from pinsmith.policy import CompromisedKey, Policy
from pinsmith.updates.suspension import Suspension, applied, parse_suspensions, write_suspensions
from pinsmith.verdict import Mismatched, decide, require
from tests.core import named_chain
from tests.updates.bundles import HOST, NOW, OTHER, entry, policy

DAY = dt.timedelta(days=1)
THREE_DAYS = Suspension(HOST, NOW, NOW + 3 * DAY, "the key was stolen")


@pytest.mark.parametrize(
    ("at", "mode"),
    [
        (NOW - dt.timedelta(seconds=1), "enforce"),
        (NOW, "report-only"),
        (NOW + 3 * DAY - dt.timedelta(seconds=1), "report-only"),
        (NOW + 3 * DAY, "enforce"),
    ],
    ids=["before", "at the beginning", "just before the end", "at the end"],
)
def test_it_ends_by_itself(at: dt.datetime, mode: str) -> None:
    """The host only reports while it is in force, and enforces again without an update."""
    api, cdn = applied(policy(), [THREE_DAYS], at)
    assert (api.mode, cdn) == (mode, policy().hosts[1])
    assert api.keys == policy().hosts[0].keys


def test_it_changes_nothing_that_it_must_not() -> None:
    """An exempted host stays exempted, and one whose leaves have no authority stays enforced."""
    own = policy(entry(HOST, "live", trust="pins-only"), entry(OTHER, mode="off"))
    both = [THREE_DAYS, replace_host(THREE_DAYS, OTHER)]
    assert applied(own, both, NOW) is own


def test_it_admits_no_compromised_key() -> None:
    """The thief of a key is refused meanwhile, and with any other wrong key the host only reports."""
    stolen = CompromisedKey("stolen", named_chain.key("site leaf").pin)
    own = Policy((entry(HOST, "live", "standby"),), compromised=(stolen,))
    suspended = pickle.loads(pickle.dumps(applied(own, [THREE_DAYS], NOW)))  # noqa: S301 - as workers get it
    verdict = decide(suspended, HOST, named_chain.chain(), now=NOW)
    with pytest.raises(CompromisedChainError):
        require(suspended, verdict)
    without = applied(policy(), [THREE_DAYS], NOW)
    verdict = decide(without, HOST, named_chain.chain(), now=NOW)
    assert isinstance(verdict, Mismatched)
    assert not verdict.enforced
    require(without, verdict)


def replace_host(suspension: Suspension, host: str) -> Suspension:
    """Suspend another host for the same time."""
    return Suspension(host, suspension.since, suspension.until, suspension.reason)


def test_it_is_read_as_it_was_written() -> None:
    """In the order of hosts, with time zone and reason."""
    both = (replace_host(THREE_DAYS, OTHER), THREE_DAYS)
    assert parse_suspensions(write_suspensions(both)) == (THREE_DAYS, both[0])


BAD = {
    "longer than thirty days": {"until": (NOW + 30 * DAY + dt.timedelta(seconds=1)).isoformat()},
    "without an end": {"until": None},
    "ended before it begins": {"until": NOW.isoformat()},
    "without a time zone": {"until": "2026-12-04T00:00:00"},
    "without a reason": {"reason": ""},
    "with blanks as reason": {"reason": "  "},
    "with a reason that draws on terminals": {"reason": "\x1b[2J"},
    "with a reason of many lines": {"reason": "a\nb"},
    "of a host in capitals": {"host": "API.example.test"},
    "of all hosts": {"host": "*"},
    "with an unknown field": {"mode": "off"},
}


@pytest.mark.parametrize("change", BAD.values(), ids=BAD)
def test_what_could_last_or_hide_is_refused(change: dict[str, object]) -> None:
    """Nobody can write a suspension without an end, a reason or a host."""
    document = json.loads(write_suspensions([THREE_DAYS]))
    document["suspensions"][0].update(change)
    with pytest.raises(SuspensionError):
        parse_suspensions(json.dumps(document).encode())


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"\xff", b'{"version":2,"suspensions":[]}', b"[" * 10_000], ids=range(6)
)
def test_what_is_not_the_document_is_refused(content: bytes) -> None:
    """The error is ours, also for bytes that no parser likes."""
    with pytest.raises(SuspensionError):
        parse_suspensions(content)


def test_two_short_ones_do_not_make_a_long_one() -> None:
    """A host is suspended once."""
    document = json.loads(write_suspensions([THREE_DAYS]))
    document["suspensions"] *= 2
    with pytest.raises(SuspensionError, match="is suspended twice"):
        parse_suspensions(json.dumps(document).encode())
