"""The way from a file to a policy: names of keys, duplicate hosts, roles."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, strategies as st

from pinsmith.errors import FormatError, HostError, NothingPinnedError, PolicyError
from pinsmith.formats import policy_of
from pinsmith.formats._format import Found, FoundPin, Reading
from pinsmith.host import canonical_host
from pinsmith.pin import Pin
from pinsmith.pinfile import parse, write
from pinsmith.pinfile._write import write_proven
from tests.formats.note import in_line
from tests.formats.policy import pin

A, B, C = (FoundPin(pin(seed)) for seed in "abc")
ISRG = FoundPin(Pin.parse("sha256/C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M="))


def test_keys_are_named_after_the_first_host_that_has_them() -> None:
    """A key that two hosts share is one key."""
    policy, _ = policy_of(Reading((Found("api.example.com", (A, B)), Found("www.example.com", (B, C)))), file="f")
    assert [key.name for key in policy.keys] == ["api-example-com-1", "api-example-com-2", "www-example-com-2"]


def test_names_of_long_hosts_are_cut_and_stay_apart() -> None:
    """For any hosts, the result is a pin file that can be read."""
    long = ".".join(["a" * 60] * 3)
    found = [Found(f"{long}.{end}.example.com", (FoundPin(pin(end)),)) for end in ("x", "y", "z")]
    policy, _ = policy_of(Reading((*found, Found("2001:db8::1", (A,)))), file="f")
    assert len({key.name for key in policy.keys}) == 4
    assert parse(write(policy)) == policy


def test_a_duplicate_host_is_joined_with_a_note() -> None:
    """The pins of both places are taken, as in syntaxes that join them."""
    policy, notes = policy_of(Reading((Found("a.example", (A,), line=3), Found("a.example", (B,), line=9))), file="f")
    assert [str(key.pin) for key in policy.hosts[0].keys] == [str(A.pin), str(B.pin)]
    assert in_line(notes[0]) == "line 9: a.example has two entries, whose pins are joined"


def test_a_duplicate_host_with_other_settings_is_refused() -> None:
    """It is unknown which of the two settings applies."""
    found = (Found("a.example", (A,), line=3), Found("a.example", (B,), expires=date(2030, 1, 1), line=9))
    with pytest.raises(
        FormatError, match=r"f:9: a\.example has two entries with different settings \(the first entry is in line 3"
    ):
        policy_of(Reading(found), file="f")


def test_pins_without_a_host_need_one() -> None:
    """The pins of a bare list are for the hosts that the user names."""
    with pytest.raises(FormatError) as caught:
        policy_of(Reading(pins=(A,)), file="f")
    assert caught.value.hint == "name the host that the pins are for with --host"
    policy, _ = policy_of(Reading(pins=(A,)), file="f", hosts=["a.example", "b.example"])
    assert [entry.host for entry in policy.hosts] == ["a.example", "b.example"]


def test_an_invalid_entry_is_reported_with_its_line() -> None:
    """A pinned host without pins is not valid in a policy."""
    with pytest.raises(FormatError, match=r"f:4: a\.example: the host has no keys"):
        policy_of(Reading((Found("a.example", (), line=4),)), file="f")


def test_unknown_roles_are_reported_once() -> None:
    """The note names the unknown keys, and the ways to learn their roles."""
    found = (Found("a.example", (A, ISRG)), Found("b.example", (C,)))
    _, (note,) = policy_of(Reading(found), file="f")
    assert "a-example-1, b-example-1: use --online or --role" in note.text


def _is_host(name: str) -> bool:
    try:
        return bool(canonical_host(name))
    except HostError:
        return False


_labels = st.from_regex(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", fullmatch=True)
_names = st.lists(_labels, min_size=1, max_size=4).map(".".join)
_hosts = (
    _names | st.ip_addresses().map(str) | st.sampled_from(("xn--bcher-kva.example", "co.uk", "github.io"))
).filter(_is_host)
_pins = st.builds(
    FoundPin, st.integers(0, 99).map(lambda number: pin(f"key {number}")), st.sampled_from((None, "leaf", "root"))
)
_found = st.builds(
    Found,
    _hosts.map(canonical_host),
    st.lists(_pins | st.sampled_from((A, B, ISRG)), min_size=1, max_size=3, unique_by=lambda one: one.pin).map(tuple),
    include_subdomains=st.booleans(),
    expires=st.none() | st.dates(),
    report_only=st.booleans(),
    report_uris=st.sampled_from(((), ("https://reports.example.net/a?b=%22",))),
    line=st.none() | st.integers(1, 9),
)


@given(found=st.lists(_found, min_size=1, max_size=4))
def test_an_imported_pin_file_can_be_loaded(found: list[Found]) -> None:
    """For any hosts and pins, the pin file that `import` prints is read back as the same policy."""
    try:
        policy, _ = policy_of(Reading(tuple(found)), file="f", skip_bad=True)
    except NothingPinnedError:
        assert any(entry.include_subdomains for entry in found)  # of a public suffix
        return
    assert parse(write_proven(policy)) == policy


def test_a_pin_file_that_would_not_load_is_never_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of the writer causes an error that asks for a bug report, and not a broken file."""
    policy, _ = policy_of(Reading((Found("a.example", (A,)),)), file="f")
    monkeypatch.setattr("pinsmith.pinfile._write.host_lines", lambda _: ["[[host]]", 'name = "*"'])
    with pytest.raises(PolicyError, match="cannot be read back") as caught:
        write_proven(policy)
    assert "report" in (caught.value.hint or "")
    monkeypatch.setattr(
        "pinsmith.pinfile._write.host_lines", lambda _: ["[[host]]", 'name = "b.example"', "mode='off'"]
    )
    with pytest.raises(PolicyError, match="would differ from what was imported"):
        write_proven(policy)


@pytest.mark.parametrize(
    ("host", "name"), [("_dmarc.my_host.example", "dmarc-my_host-example-1"), ("_._a", "a-1"), ("_._", "host-1")]
)
def test_hosts_with_underscores_give_valid_names_to_keys(host: str, name: str) -> None:
    """The name of a key cannot begin with an underscore, even if the host does."""
    policy, _ = policy_of(Reading((Found(host, (A,)),)), file="f")
    assert [key.name for key in policy.keys] == [name]
    assert parse(write(policy)) == policy


def test_a_leaf_that_is_an_authority_is_reported() -> None:
    """A pinned root would lock everybody out on a platform that checks the leaf, so it gets a note."""
    policy, notes = policy_of(Reading((Found("a.example", (FoundPin(ISRG.pin, "leaf"), A), line=3),)), file="f")
    assert policy.keys[0].role == "root"
    assert "line 3: a.example pins the key of the authority ISRG Root X1 as a leaf key, which never matches" in [
        in_line(note) for note in notes
    ]


def test_one_key_of_an_authority_has_one_name() -> None:
    """Hosts with the same authority share its key, and two authorities of one name stay distinct."""
    found = (Found("a.example", (ISRG, A)), Found("b.example", (ISRG,)))
    policy, _ = policy_of(Reading(found), file="f")
    assert [key.name for key in policy.keys] == ["isrg-root-x1", "a-example-2"]


def test_a_pin_that_lets_attackers_in_is_noted() -> None:
    """AAA Certificate Services vouched for compromised authorities, so an import of its pin gets a note."""
    aaa = FoundPin(Pin.parse("sha256/vRU+17BDT2iGsXvOi76E7TQMcTLXAqj0+jGPdW7L1vM="))
    _, notes = policy_of(Reading((Found("a.example", (aaa, ISRG)),)), file="f")
    assert [note.text.partition(":")[0] for note in notes] == ["the pin aaa-certificate-services lets attackers in"]
