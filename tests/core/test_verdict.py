"""Whether a chain satisfies the pins of a host: the table of semantics, sentence by sentence."""

from __future__ import annotations

import datetime as dt
import pickle
from typing import Any

import pytest
from hypothesis import given, strategies as st

from pinsmith.certificate import Chain
from pinsmith.errors import HostError, HostNotPinnedError, PinMismatchError
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.verdict import Matched, Mismatched, NotPinned, Verdict, decide, require
from tests.core.named_chain import anchor, chain, entry, key

NOW = dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)


def say(verdict: Verdict) -> str:
    """Put a verdict in one line."""
    if isinstance(verdict, Matched):
        return f"matched {verdict.key.name} at {verdict.depth} by {verdict.entry.host}"
    if isinstance(verdict, Mismatched):
        return f"mismatched {verdict.reason} by {verdict.entry.host if verdict.entry else 'nobody'}"
    return f"not pinned {verdict.reason}"


PINNED, WIDE = "a.test", {"include_subdomains": True}
PAST, TODAY, TOMORROW = dt.date(2020, 1, 1), NOW.date(), NOW.date() + dt.timedelta(days=1)
# Sentence: entries, host asked for, verified chain, verdict.
TABLE: dict[str, tuple[tuple[HostPins, ...], str, Chain | None, str]] = {
    "a pinned leaf matches": (
        (entry(PINNED, "site leaf"),),
        PINNED,
        chain(),
        "matched site leaf at 0 by a.test",
    ),
    "a pinned intermediate matches": (
        (entry(PINNED, "site intermediate"),),
        PINNED,
        chain(),
        "matched site intermediate at 1 by a.test",
    ),
    "a pinned root matches": (
        (entry(PINNED, "site root"),),
        PINNED,
        chain(),
        "matched site root at 2 by a.test",
    ),
    "a backup key that is not served does no harm": (
        (entry(PINNED, "spare leaf", "site leaf"),),
        PINNED,
        chain(),
        "matched site leaf at 0 by a.test",
    ),
    "of several the one nearest the leaf is reported": (
        (entry(PINNED, "site root", "site leaf"),),
        PINNED,
        chain(),
        "matched site leaf at 0 by a.test",
    ),
    "another chain does not match": (
        (entry(PINNED, "site leaf", "site intermediate", "site root"),),
        PINNED,
        chain("rogue leaf", "rogue root"),
        "mismatched no-pinned-key by a.test",
    ),
    "an unreadable certificate hides no other": (
        (entry(PINNED, "site root"),),
        PINNED,
        chain("junk", "site root"),
        "matched site root at 1 by a.test",
    ),
    "an unreadable certificate matches nothing": (
        (entry(PINNED, "site leaf"),),
        PINNED,
        chain("junk"),
        "mismatched no-pinned-key by a.test",
    ),
    "no verified chain is a mismatch": (
        (entry(PINNED, "site leaf"),),
        PINNED,
        None,
        "mismatched no-verified-chain by a.test",
    ),
    "an empty chain is a mismatch": (
        (entry(PINNED, "site leaf"),),
        PINNED,
        Chain(()),
        "mismatched no-verified-chain by a.test",
    ),
    "an unpinned host needs no verified chain": (
        (entry(PINNED, "site leaf"),),
        "b.test",
        None,
        "not pinned no-entry",
    ),
    "the host may be asked for in any spelling": (
        (entry("xn--fa-hia.test", "site leaf"),),
        "FAß.test.",
        chain(),
        "matched site leaf at 0 by xn--fa-hia.test",
    ),
    "subdomains are not covered by default": (
        (entry(PINNED, "site leaf"),),
        "x.a.test",
        chain(),
        "not pinned no-entry",
    ),
    "subdomains are covered at any depth if included": (
        (entry(PINNED, "site leaf", **WIDE),),
        "x.y.z.a.test",
        chain(),
        "matched site leaf at 0 by a.test",
    ),
    "a name that only ends alike is not covered": (
        (entry(PINNED, "site leaf", **WIDE),),
        "bada.test",
        chain(),
        "not pinned no-entry",
    ),
    "the exact entry wins over the ancestor": (
        (entry(PINNED, "site leaf", **WIDE), entry("x.a.test", "spare leaf")),
        "x.a.test",
        chain(),
        "mismatched no-pinned-key by x.a.test",
    ),
    "the longest ancestor wins": (
        (entry("test", "site leaf", **WIDE), entry(PINNED, "spare leaf", **WIDE)),
        "x.a.test",
        chain(),
        "mismatched no-pinned-key by a.test",
    ),
    "the order of entries does not matter": (
        (entry(PINNED, "spare leaf", **WIDE), entry("test", "site leaf", **WIDE)),
        "x.a.test",
        chain(),
        "mismatched no-pinned-key by a.test",
    ),
    "pins of two entries are never joined": (
        (entry(PINNED, "site leaf", **WIDE), entry("x.a.test", "spare leaf")),
        "x.a.test",
        chain("spare leaf"),
        "matched spare leaf at 0 by x.a.test",
    ),
    "off exempts a subdomain": (
        (entry(PINNED, "spare leaf", **WIDE), HostPins("x.a.test", mode="off")),
        "x.a.test",
        chain(),
        "not pinned off",
    ),
    "off exempts only where it covers": (
        (entry(PINNED, "spare leaf", **WIDE), HostPins("x.a.test", mode="off")),
        "y.x.a.test",
        chain(),
        "mismatched no-pinned-key by a.test",
    ),
    "off with subdomains exempts below too": (
        (entry(PINNED, "spare leaf", **WIDE), HostPins("x.a.test", mode="off", include_subdomains=True)),
        "y.x.a.test",
        chain(),
        "not pinned off",
    ),
    "off is reported before expired": (
        (entry(PINNED, "site leaf", mode="off", expires=PAST),),
        PINNED,
        chain(),
        "not pinned off",
    ),
    "from the day of expiry on nothing is pinned": (
        (entry(PINNED, "spare leaf", expires=TODAY),),
        PINNED,
        chain(),
        "not pinned expired",
    ),
    "the day before, all is pinned": (
        (entry(PINNED, "spare leaf", expires=TOMORROW),),
        PINNED,
        chain(),
        "mismatched no-pinned-key by a.test",
    ),
    "an expired entry does not fall back to its ancestor": (
        (entry(PINNED, "site leaf", **WIDE), entry("x.a.test", "spare leaf", expires=PAST)),
        "x.a.test",
        chain(),
        "not pinned expired",
    ),
    "expiry needs no chain": (
        (entry(PINNED, "site leaf", expires=PAST),),
        PINNED,
        None,
        "not pinned expired",
    ),
    "report-only decides like enforce": (
        (entry(PINNED, "spare leaf", mode="report-only"),),
        PINNED,
        chain(),
        "mismatched no-pinned-key by a.test",
    ),
    "pins-only matches the leaf": (
        (entry(PINNED, "site leaf", trust="pins-only"),),
        PINNED,
        chain("site leaf"),
        "matched site leaf at 0 by a.test",
    ),
    "pins-only matches nothing but the leaf": (
        (entry(PINNED, "site leaf", trust="pins-only"),),
        PINNED,
        chain("rogue leaf", "site leaf"),
        "mismatched no-pinned-key by a.test",
    ),
    "pins-only with an unreadable leaf does not look further": (
        (entry(PINNED, "site leaf", trust="pins-only"),),
        PINNED,
        chain("junk", "site leaf"),
        "mismatched no-pinned-key by a.test",
    ),
    "pins-only without a chain is a mismatch": (
        (entry(PINNED, "site leaf", trust="pins-only"),),
        PINNED,
        None,
        "mismatched no-verified-chain by a.test",
    ),
    "the demanded trust anchor is there": (
        (entry(PINNED, "site leaf", trust_anchors=(anchor("other root"), anchor("site root"))),),
        PINNED,
        chain(),
        "matched site leaf at 0 by a.test",
    ),
    "a pinned key under another trust anchor": (
        (entry(PINNED, "site leaf", trust_anchors=(anchor("other root"),)),),
        PINNED,
        chain(),
        "mismatched wrong-trust-anchor by a.test",
    ),
    "the demanded anchor must not be in the middle": (
        (entry(PINNED, "site leaf", trust_anchors=(anchor("site intermediate"),)),),
        PINNED,
        chain(),
        "mismatched wrong-trust-anchor by a.test",
    ),
    "the demanded anchor is not itself a pin": (
        (entry(PINNED, "spare leaf", trust_anchors=(anchor("site root"),)),),
        PINNED,
        chain(),
        "mismatched no-pinned-key by a.test",
    ),
    "an unreadable anchor does not count": (
        (entry(PINNED, "site leaf", trust_anchors=(anchor("site root"),)),),
        PINNED,
        chain("site leaf", "junk"),
        "mismatched wrong-trust-anchor by a.test",
    ),
}


@pytest.mark.parametrize("case", TABLE)
def test_decide(case: str) -> None:
    """The verdict is the one that the sentence promises."""
    entries, host, verified, expected = TABLE[case]
    assert say(decide(Policy(entries), host, verified, now=NOW)) == expected


MIDNIGHT = dt.datetime(2027, 6, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize("hours", [-12, -5, 0, 5.75, 14])
def test_expiry_begins_at_midnight_utc_in_any_zone(hours: float) -> None:
    """The time zone of *now* does not move the expiry."""
    policy = Policy((entry(PINNED, "site leaf", expires=MIDNIGHT.date()),))
    zone = dt.timezone(dt.timedelta(hours=hours))
    before = (MIDNIGHT - dt.timedelta(microseconds=1)).astimezone(zone)
    assert isinstance(decide(policy, PINNED, chain(), now=before), Matched)
    assert isinstance(decide(policy, PINNED, chain(), now=MIDNIGHT.astimezone(zone)), NotPinned)


class _Nowhere(dt.tzinfo):
    """A zone that does not know its offset; Python regards such a time as naive."""

    def utcoffset(self, moment: dt.datetime | None) -> None:
        return None

    dst = tzname = utcoffset


@pytest.mark.parametrize("zone", [None, _Nowhere()], ids=["no zone", "a zone without offset"])
def test_a_naive_time_is_refused(zone: dt.tzinfo | None) -> None:
    """A time without a zone names no certain day, so it is refused even if no pin expires."""
    with pytest.raises(ValueError, match="must be aware"):
        decide(Policy(), "a.test", None, now=NOW.replace(tzinfo=zone))


def test_a_text_that_is_not_a_host_is_refused() -> None:
    """A text that is not a host has no verdict, because to let it pass as not pinned would be a bypass."""
    with pytest.raises(HostError):
        decide(Policy(), "a.test/path", None, now=NOW)


# Sentence: policy's require_pins, entry or None, host's chain, the error.
REQUIRED: dict[str, tuple[bool, HostPins | None, str, type[Exception] | None]] = {
    "a match may go on": (False, entry(PINNED, "site leaf"), "site leaf", None),
    "a match may go on where pins are required": (True, entry(PINNED, "site leaf"), "site leaf", None),
    "a mismatch may not": (False, entry(PINNED, "site leaf"), "rogue leaf", PinMismatchError),
    "a mismatch in report-only mode may": (False, entry(PINNED, "site leaf", mode="report-only"), "rogue leaf", None),
    "report-only may where pins are required": (
        True,
        entry(PINNED, "site leaf", mode="report-only"),
        "rogue leaf",
        None,
    ),
    "an unpinned host may": (False, None, "site leaf", None),
    "an unpinned host may not where pins are required": (True, None, "site leaf", HostNotPinnedError),
    "expired pins may": (False, entry(PINNED, "site leaf", expires=PAST), "rogue leaf", None),
    "expired pins may not where pins are required": (
        True,
        entry(PINNED, "site leaf", expires=PAST),
        "site leaf",
        HostNotPinnedError,
    ),
    "an exempted host may where pins are required": (True, HostPins(PINNED, mode="off"), "rogue leaf", None),
}


@pytest.mark.parametrize("case", REQUIRED)
def test_require(case: str) -> None:
    """A connection goes on or is refused as the sentence promises."""
    required, pins, presented, error = REQUIRED[case]
    policy = Policy((pins,) if pins else (), require_pins=required)
    verdict = decide(policy, PINNED, chain(presented), now=NOW)
    if error is None:
        require(policy, verdict)
        return
    with pytest.raises(error, match=r"^a\.test "):
        require(policy, verdict)


def test_the_error_of_a_mismatch_has_all_details() -> None:
    """The error has host, chain and pinned keys as attributes, and prints them in the syntax of the pin file."""
    pins = entry(PINNED, "spare leaf")
    verdict = decide(Policy((pins,)), PINNED, chain(), now=NOW)
    assert isinstance(verdict, Mismatched)
    error = pickle.loads(pickle.dumps(verdict.error()))  # noqa: S301 - our own bytes
    assert (error.host, error.presented, error.pinned, error.why) == (PINNED, chain(), pins.keys, verdict.why)
    assert str(error) == "a.test presented no pinned key"
    served = [certificate.pin for certificate in map(key, ("site leaf", "site intermediate", "site root"))]
    assert error.details == (
        "presented, leaf first:",
        f"  {served[0]}  CN=site.test",
        f"  {served[1]}  CN=site intermediate",
        f"  {served[2]}  CN=site root",
        "pinned:",
        f"  {pins.keys[0].pin}  spare leaf",
    )


NAMES = ("site leaf", "site intermediate", "site root", "rogue leaf", "spare leaf", "other root")


@given(
    pinned=st.sets(st.sampled_from(NAMES), min_size=1),
    served=st.lists(st.sampled_from((*NAMES, "junk")), max_size=5),
    seed=st.randoms(use_true_random=False),
)
def test_match_is_an_intersection(pinned: set[str], served: list[str], seed: Any) -> None:  # noqa: ANN401
    """A chain matches exactly if it shares a key with the pins, at the first such place, in any order of the pins."""
    order = sorted(pinned)
    seed.shuffle(order)
    verdict = decide(Policy((entry(PINNED, *order),)), PINNED, chain(*served) if served else None, now=NOW)
    first = next((depth for depth, name in enumerate(served) if name in pinned), None)
    if first is None:
        assert isinstance(verdict, Mismatched)
    else:
        assert say(verdict) == f"matched {served[first]} at {first} by a.test"


@given(st.binary(min_size=32, max_size=32))
def test_no_other_pin_matches(digest: bytes) -> None:
    """A pin that belongs to none of the certificates matches no chain."""
    policy = Policy((HostPins(PINNED, (Key("any", Pin(digest)),)),)) if len(set(digest)) > 8 else Policy()
    assert not isinstance(decide(policy, PINNED, chain(), now=NOW), Matched)
