"""Properties that hold for every pin file."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, strategies as st

from pinsmith import HostPins, Key, Pin, Policy
from pinsmith.errors import ParseError, PolicyError
from pinsmith.pinfile import Output, parse_file, write
from pinsmith.pinfile._toml import decode
from tests.pinfile.damage import any_text, damaged

if TYPE_CHECKING:
    from pinsmith.policy import Mode

key_names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,10}", fullmatch=True)
hosts = st.from_regex(r"[a-z]([a-z0-9-]{0,5}[a-z0-9])?(\.[a-z]([a-z0-9-]{0,5}[a-z0-9])?){2}\.test", fullmatch=True)
addresses = st.ip_addresses(v=4).map(str)
days = st.none() | st.dates(min_value=date(1900, 1, 1))
free_texts = st.none() | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
paths = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=20)
modes: tuple[Mode, ...] = ("enforce", "report-only", "off")
options = st.one_of(st.text(st.characters(exclude_categories=["Cs"])), st.booleans(), st.integers(), st.dates())


@st.composite
def keys(draw: st.DrawFn, name: str) -> Key:
    """Make a key called *name*."""
    return Key(
        name,
        Pin.of_spki(draw(st.binary(min_size=2, max_size=8))),
        draw(st.sampled_from(["leaf", "intermediate", "root", "unknown"])),
        draw(free_texts),
        draw(free_texts),
        draw(days),
        draw(st.none() | paths),
    )


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Make a policy without trust anchors, because they need files."""
    known = [draw(keys(name)) for name in draw(st.lists(key_names, min_size=1, max_size=5, unique=True))]
    entries = []
    for host in draw(st.lists(hosts | addresses, max_size=5, unique=True)):
        chosen = draw(st.lists(st.sampled_from(known), unique_by=lambda key: key.name))
        mode: Mode = draw(st.sampled_from(modes)) if chosen else "off"
        leaves = all(key.role in ("leaf", "unknown") for key in chosen)
        pins_only = mode != "report-only" and leaves and draw(st.booleans())
        entries.append(
            HostPins(
                host,
                tuple(chosen),
                mode=mode,
                include_subdomains=not host[-1].isdigit() and draw(st.booleans()),
                expires=draw(days),
                port=draw(st.integers(1, 65535)),
                report_uris=tuple(draw(st.lists(hosts.map("https://{}/pins".format), max_size=3))),
                trust="pins-only" if pins_only else "verified",
                check_host_name=not (pins_only and draw(st.booleans())),
                connect=draw(st.sampled_from([None, "192.0.2.7", "192.0.2.7:8443", "[::1]:8443", "staging.test"])),
                cafile=draw(st.none() | paths),
            )
        )
    return Policy(tuple(entries), tuple(known), require_pins=draw(st.booleans()))


outputs = st.builds(
    Output,
    st.text(st.characters(categories=["L"]), min_size=1),
    paths,
    st.dictionaries(key_names.filter(lambda name: name not in ("format", "path")), options, max_size=3),
)


@given(policies(), st.lists(outputs, max_size=2))
def test_a_written_policy_is_read_back(policy: Policy, files: list[Output]) -> None:
    """Parse and write are inverse, and writing again gives the same text."""
    text = write(policy, files)
    read = parse_file(text)
    assert (read.policy, list(read.outputs)) == (policy, files)
    assert write(read.policy, read.outputs) == text


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
@example('"quoted" \\ \b\t\n\f\r\x00\x1b\x7f\u202e\u2028\U000e0001')
def test_any_text_survives_and_is_escaped(text: str) -> None:
    """Quoting loses nothing, and characters that do not print or that reorder text are escaped."""
    key = Key("k", Pin.of_spki(b"k"), subject=text)
    written = write(Policy(keys=(key,)))
    assert all(line.isprintable() for line in written.splitlines())
    assert parse_file(written).policy.keys == (key,)


@pytest.mark.parametrize(
    ("policy", "problem"),
    [
        (Policy(keys=(Key("a b", Pin.of_spki(b"k")),)), "'a b' cannot name a key"),
        (Policy(keys=(Key("k", Pin.of_spki(b"k"), certificate="a\0b"),)), "unprintable"),
        (Policy(keys=(Key("k", Pin.of_spki(b"k"), subject="\ud800"),)), "lone surrogate"),
        (Policy((HostPins("a.test", mode="off", report_uris=("ftp://a",)),)), "not an http or https URL"),
    ],
    ids=["key name", "path", "surrogate", "URL"],
)
def test_a_policy_that_could_not_be_read_back_is_not_written(policy: Policy, problem: str) -> None:
    """A policy that is made in code must follow the rules of files to be written."""
    with pytest.raises(PolicyError, match=problem):
        write(policy)


def _read(text: str) -> str | None:
    try:
        parse_file(text)
    except ParseError as error:
        return str(error)
    return None


@given(any_text)
@example("version = 1\n[[host]]\nname = '1.1'\nkeys = ['a']")
@example("version = 1\na.b = 1\n[a]\nc = 1\n")
@example("version = 1\n[output]\nx = 1\n[[output.y]]\n")
def test_nothing_but_a_parse_error_leaves(text: str) -> None:
    """Any text is either read or refused in one printable line."""
    problem = _read(text)
    assert problem is None or problem.isprintable()


@given(st.binary() | damaged().map(lambda text: text.encode("utf-8", "surrogatepass")) | st.text().map(str.encode))
def test_bytes_are_text_or_a_parse_error(content: bytes) -> None:
    """Decoding raises only the documented error."""
    try:
        text = decode(content, file="pins.toml")
    except ParseError as error:
        text = str(error)
    assert not text.startswith("\ufeff") or content.startswith(b"\xef\xbb\xbf" * 2)
