"""What makes a policy valid, and which entry covers a host."""

from __future__ import annotations

import datetime as dt
import hashlib
import pickle
from typing import Any

import pytest
from hypothesis import given, strategies as st

from pinsmith.errors import KnownBadPinError, PolicyError
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Key, Policy, TrustAnchor


def key(name: str, **fields: Any) -> Key:  # noqa: ANN401 - fields of Key
    """Make a key whose pin follows from its name."""
    return Key(name, Pin(hashlib.sha256(name.encode()).digest()), **fields)


A, B = key("a"), key("b")
ANCHOR = TrustAnchor("root.pem", A.pin)


def entry(host: str, **fields: Any) -> HostPins:  # noqa: ANN401 - fields of HostPins
    """Make an entry with one key."""
    return HostPins(host, **{"keys": (A,), **fields})


FOUND = {
    "the host itself": ("example.com", "example.com"),
    "another host": ("example.org", None),
    "a subdomain of an entry that includes them": ("a.wide.example.com", "wide.example.com"),
    "a subdomain three deep": ("c.b.a.wide.example.com", "wide.example.com"),
    "a subdomain of an entry that does not": ("a.example.com", None),
    "the more specific of two": ("b.a.deep.wide.example.com", "deep.wide.example.com"),
    "an exact entry below an including one": ("exact.wide.example.com", "exact.wide.example.com"),
    "below an exact entry the including ancestor": ("x.exact.wide.example.com", "wide.example.com"),
    "a name that only ends alike": ("badwide.example.com", None),
    "a name that only begins alike": ("wide.example.com.evil.test", None),
    "the parent of an entry": ("com", None),
    "an address": ("192.0.2.1", "192.0.2.1"),
    "an address that only ends alike": ("10.192.0.2", None),
    "a name below one that ends in a digit": ("db.node1", "node1"),
    "an expired entry does not give way": ("a.old.wide.example.com", "old.wide.example.com"),
    "an entry that is off does not give way": ("a.off.wide.example.com", "off.wide.example.com"),
}
POLICY = Policy(
    (
        entry("example.com"),
        entry("wide.example.com", include_subdomains=True),
        entry("deep.wide.example.com", include_subdomains=True),
        entry("exact.wide.example.com"),
        entry("old.wide.example.com", include_subdomains=True, expires=dt.date(2020, 1, 1)),
        entry("off.wide.example.com", include_subdomains=True, keys=(), mode="off"),
        entry("192.0.2.1"),
        entry("node1", include_subdomains=True),
    )
)


@pytest.mark.parametrize("case", FOUND)
def test_find(case: str) -> None:
    """The exact entry wins, then the longest ancestor that includes subdomains, cut at label boundaries."""
    host, expected = FOUND[case]
    found = POLICY.find(host)
    assert (found.host if found else None) == expected


LABELS = st.lists(st.sampled_from(["a", "b", "ab", "c1", "x"]), min_size=1, max_size=4).map(tuple)


@given(st.dictionaries(LABELS, st.booleans(), max_size=8), LABELS)
def test_find_agrees_with_a_naive_model(entries: dict[tuple[str, ...], bool], labels: tuple[str, ...]) -> None:
    """For any entries, `find` agrees with a model that compares lists of labels instead of text."""
    policy = Policy(tuple(entry(".".join(parts), include_subdomains=wide) for parts, wide in entries.items()))
    candidates = [
        parts
        for parts, wide in entries.items()
        if parts == labels or (wide and len(parts) < len(labels) and labels[-len(parts) :] == parts)
    ]
    expected = max(candidates, key=len, default=None)
    found = policy.find(".".join(labels))
    assert (tuple(found.host.split(".")) if found else None) == expected


WRONG_ENTRY: dict[str, tuple[dict[str, Any], str]] = {
    "a host in capitals": ({"host": "Example.com"}, "expected 'example.com'"),
    "a host with a final dot": ({"host": "example.com."}, "expected 'example.com'"),
    "no keys": ({"keys": ()}, "no keys"),
    "an unknown mode": ({"mode": "enforced"}, "mode 'enforced'"),
    "a mode with an underscore": ({"mode": "report_only"}, "mode 'report_only'"),
    "an unknown trust": ({"trust": "none"}, "trust 'none'"),
    "a moment of expiry": ({"expires": dt.datetime(2030, 1, 1, tzinfo=dt.UTC)}, "a date"),
    "expiry as text": ({"expires": "2030-01-01"}, "a date"),
    "port 0": ({"port": 0}, "port is 0"),
    "port 65536": ({"port": 65536}, "port is 65536"),
    "subdomains of an address": ({"host": "::1", "include_subdomains": True}, "no subdomains"),
    "no host name check with verification": ({"check_host_name": False}, "check-host-name"),
    "pins-only with trust anchors": ({"trust": "pins-only", "trust_anchors": (ANCHOR,)}, "exclude each other"),
    "pins-only with an intermediate": ({"trust": "pins-only", "keys": (key("i", role="intermediate"),)}, "leaf keys"),
    "pins-only with a root": ({"trust": "pins-only", "keys": (A, key("r", role="root"))}, "r has role = "),
}


@pytest.mark.parametrize("case", WRONG_ENTRY)
def test_an_entry_that_contradicts_itself_is_refused(case: str) -> None:
    """An entry that exists is valid; above all, a misspelt mode cannot make it enforce nothing."""
    fields, reason = WRONG_ENTRY[case]
    with pytest.raises(PolicyError) as caught:
        entry(**{"host": "example.com", **fields})
    assert reason in str(caught.value)
    assert caught.value.hint


def test_an_entry_at_its_limits_is_accepted() -> None:
    """Negative control of the table above."""
    entry("example.com", port=1, expires=dt.date(2030, 1, 1), mode="report-only", trust_anchors=(ANCHOR,))
    entry("example.com", port=65535, trust="pins-only", check_host_name=False, keys=(key("x", role="leaf"),))
    entry("example.com", keys=(), mode="off")


def test_a_key_has_a_known_role() -> None:
    """A misspelt role is refused, because linting and exports depend on the role."""
    with pytest.raises(PolicyError, match="role 'Leaf'"):
        key("x", role="Leaf")


def test_a_key_cannot_have_a_placeholder_pin() -> None:
    """A pin that no key can have is refused wherever a key is made, and not only when text is read."""
    with pytest.raises(KnownBadPinError):
        Key("placeholder", Pin(b"\0" * 32))


@pytest.mark.parametrize(
    "hosts",
    [(entry("example.com"), entry("example.com", keys=(B,))), (entry("example.com"),) * 2],
    ids=["two entries", "the same entry twice"],
)
def test_a_host_has_one_entry(hosts: tuple[HostPins, ...]) -> None:
    """Two entries for one host are refused, even equal ones."""
    with pytest.raises(PolicyError, match=r"example\.com is listed twice"):
        Policy(hosts)


OTHER_A = Key("a", B.pin)


@pytest.mark.parametrize(
    ("hosts", "keys"),
    [
        ((entry("x.test"), entry("y.test", keys=(OTHER_A,))), ()),
        ((entry("x.test"),), (OTHER_A,)),
        ((), (A, OTHER_A)),
        ((entry("x.test", keys=(A, OTHER_A)),), ()),
    ],
    ids=["in two hosts", "in a host and the list", "in the list", "in one host"],
)
def test_a_key_name_means_one_key(hosts: tuple[HostPins, ...], keys: tuple[Key, ...]) -> None:
    """Two different keys of one name are refused wherever they are listed, because one would silently win."""
    with pytest.raises(PolicyError, match="'a' means two different keys"):
        Policy(hosts, keys)


def test_a_policy_lists_every_key_once() -> None:
    """Keys of hosts are added to the list, and a key that no host uses is kept."""
    assert Policy((entry("x.test", keys=(A, B)),), (B,)).keys == (B, A)
    assert Policy((), (A, A)).keys == (A,)


def test_a_host_below_an_entry_has_no_entry_of_its_own() -> None:
    """Only `Policy.find` returns the entry that covers a host from above."""
    wide = entry("wide.example.com", include_subdomains=True)
    policy = Policy((wide,))
    assert policy.entry_of("wide.example.com") is wide
    assert policy.find("a.wide.example.com") is wide
    assert policy.entry_of("a.wide.example.com") is None


def test_two_names_of_one_pin_answer_to_the_first() -> None:
    """If a host names one pin twice, a match reports the first name."""
    twin = Key("twin", A.pin)
    assert entry("x.test", keys=(A, twin)).by_digest[A.pin.digest] is A


def test_policies_are_values() -> None:
    """Equal policies are equal, hash alike and survive pickling with their look-up tables."""
    again = pickle.loads(pickle.dumps(POLICY))  # noqa: S301 - our own bytes
    assert again == POLICY
    assert hash(again) == hash(POLICY)
    assert again.find("a.wide.example.com") == POLICY.find("a.wide.example.com")
    assert list(POLICY) == list(POLICY.hosts)
