"""Contracts of all formats; a new format is tested as soon as it exists."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, note, settings

from pinsmith.errors import ExportRefusedError, FormatError, LossError
from pinsmith.formats import FORMATS, LOSSES, export, needs_consent, policy_of, recognise
from pinsmith.formats._loss import select
from pinsmith.limit import MAX_BYTES
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import (
    BACKUP,
    FULL,
    INTERMEDIATE,
    LEAF,
    PLAIN,
    ROOT,
    certificates,
    certified,
    policies,
    signing,
)

if TYPE_CHECKING:
    from pinsmith.formats import Exported, Format
    from pinsmith.formats._format import Entry, Found

SAMPLES = Path(__file__).parent / "samples"
READERS = [target for target in FORMATS if target.read is not None]
WRITERS = [target for target in FORMATS if target.write is not None]
BOTH = [target for target in READERS if target.write is not None]
ALL_LOSSES = {"accept-loss": tuple(LOSSES)}


def _write(policy: Policy, target: Format, options: dict[str, Any] | None = None, **more: Any) -> str:  # noqa: ANN401 - as in `export`
    """Write a policy with the options that the format requires."""
    return _export(policy, target, options, **more).text


def _export(policy: Policy, target: Format, options: dict[str, Any] | None = None, **more: Any) -> Exported:  # noqa: ANN401 - see above
    settings = dict(target.example_options) | (options or {})
    return export(policy, target, options=settings, certificates=certificates(policy), **signing(target), **more)


def _samples(kind: str) -> list[tuple[Format, Path]]:
    return [(target, path) for target in READERS for path in sorted((SAMPLES / target.id / kind).glob("*"))]


def _ids(pairs: list[tuple[Format, Path]]) -> list[str]:
    return [f"{each.id}-{path.name}" for each, path in pairs]


def _read(target: Format, content: bytes, name: str = "file") -> list[Found]:
    assert target.read is not None
    return list(target.read(content, name).hosts)


def _named(target: Format) -> tuple[str, ...]:
    return ("api.example.com",) if target.can.hosts == "none" else ()


@pytest.mark.parametrize("target", READERS, ids=lambda target: target.id)
def test_it_has_samples(target: Format) -> None:
    """Every format that reads has valid and broken samples."""
    assert list((SAMPLES / target.id / "valid").glob("*"))
    assert list((SAMPLES / target.id / "broken").glob("*"))


@pytest.mark.parametrize(("target", "path"), _samples("valid"), ids=_ids(_samples("valid")))
def test_valid_samples_are_read_and_recognised(target: Format, path: Path) -> None:
    """A file that the platform accepts makes a policy, and its format is recognised without help."""
    content = path.read_bytes()
    assert target.read is not None
    policy, _ = policy_of(target.read(content, path.name), file=path.name, hosts=_named(target))
    assert policy.hosts
    assert recognise(content, path.name).id == target.id


@pytest.mark.parametrize(("target", "path"), _samples("broken"), ids=_ids(_samples("broken")))
def test_broken_samples_are_refused_with_the_place(target: Format, path: Path) -> None:
    """A file that the platform refuses, or that pins nothing, is an error that names the file."""
    assert target.read is not None
    with pytest.raises(FormatError) as caught:
        policy_of(target.read(path.read_bytes(), path.name), file=path.name, hosts=_named(target))
    assert str(caught.value).startswith(path.name)


@pytest.mark.parametrize(("target", "path"), _samples("valid"), ids=_ids(_samples("valid")))
def test_damaged_files_raise_nothing_but_a_format_error(target: Format, path: Path) -> None:
    """For any bytes, the result is a reading or an error with the place, never a crash."""
    rng = random.Random(path.name)  # noqa: S311 - the same damage every time
    content = path.read_bytes()
    for _ in range(4 * settings().max_examples):
        damaged = bytearray(content)
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(damaged) + 1)
            match rng.randrange(4):
                case 0:
                    damaged[at : at + 1] = bytes([rng.randrange(256)])
                case 1:
                    del damaged[at : at + rng.randrange(1, 40)]
                case 2:
                    damaged[at:at] = rng.choice((b"<", b"{", b'"', b"\\", b"\0", b"\xff", b"]]>", b"*/", b"&x;"))
                case _:
                    damaged[at:at] = damaged[at : at + 60]
        assert target.read is not None
        try:
            policy_of(target.read(bytes(damaged), path.name), file=path.name, hosts=_named(target))
        except FormatError:
            continue


@pytest.mark.parametrize("target", READERS, ids=lambda target: target.id)
@pytest.mark.parametrize(
    "content",
    [b"", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xff" * 50, b"{" * 100_000, b"<a>" * 100_000],
    ids=["empty", "nul", "half utf-16", "only a mark", "binary", "deep json", "deep xml"],
)
def test_hostile_files_are_refused(target: Format, content: bytes) -> None:
    """Empty files, binary noise and endless nesting are errors."""
    assert target.read is not None
    with pytest.raises(FormatError):
        policy_of(target.read(content, "file"), file="file")


@pytest.mark.parametrize("target", READERS, ids=lambda target: target.id)
def test_a_file_that_is_too_large_is_refused_unread(target: Format) -> None:
    """The error is about the size, whatever the file contains."""
    assert target.read is not None
    with pytest.raises(FormatError, match="it is larger than"):
        target.read(b" " * (MAX_BYTES + 1), "file")


@pytest.mark.parametrize("target", WRITERS, ids=lambda target: target.id)
def test_losses_are_listed_before_anything_is_written(target: Format) -> None:
    """A policy that a format cannot express is refused, and every loss is listed until all are accepted."""
    policy = _fitting(target, FULL)
    try:
        lost = select(policy, target, accept=tuple(LOSSES)).losses
    except ExportRefusedError:
        return
    serious = {loss.rule for loss in lost if needs_consent(loss)}
    assert serious <= set(LOSSES)
    if serious:
        with pytest.raises(LossError) as caught:
            _write(policy, target)
        assert {loss.rule for loss in caught.value.losses} == serious
        assert all(f"--accept-loss {rule}" in (caught.value.hint or "") for rule in serious)
    assert _write(policy, target, ALL_LOSSES)


@pytest.mark.parametrize("target", WRITERS, ids=lambda target: target.id)
def test_an_impossible_export_is_refused_by_name(target: Format) -> None:
    """No hosts are refused, and so are several hosts for a format of one host, unless the user chooses."""
    hosts = ("api.example.com", "www.example.com")
    several = certified(Policy(tuple(HostPins(host, (LEAF, BACKUP, INTERMEDIATE, ROOT)) for host in hosts)))
    refused = {Policy(): "no host is left to pin"}
    if target.can.hosts != "many":
        refused[several] = f"a file holds one host, but the policy has 2: {', '.join(hosts)}; choose one"
    for policy, reason in refused.items():
        with pytest.raises(ExportRefusedError) as caught:
            select(policy, target, accept=tuple(LOSSES))
        assert reason in [refused.text for refused in caught.value.reasons]


@pytest.mark.parametrize("target", WRITERS, ids=lambda target: target.id)
def test_it_names_its_pin_file(target: Format) -> None:
    """The file names the pin file to edit, if its syntax has comments."""
    text = _write(_fitting(target, PLAIN), target, ALL_LOSSES, source="app/pins.toml")
    assert ("app/pins.toml" in text) is target.marks


@pytest.mark.parametrize("target", WRITERS, ids=lambda target: target.id)
def test_writing_twice_changes_nothing(target: Format) -> None:
    """Writing into its own output changes nothing."""
    policy = _fitting(target, FULL)
    try:
        first = _write(policy, target, ALL_LOSSES)
    except ExportRefusedError:
        first = _write(_fitting(target, PLAIN), target, ALL_LOSSES)
        policy = _fitting(target, PLAIN)
    assert _write(policy, target, ALL_LOSSES, existing=first) == first


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(policy=policies())
def test_a_written_policy_is_read_back(policy: Policy) -> None:
    """Except for declared losses, formats that read and write return what was written."""
    for target in BOTH:  # a policy takes longer to draw than to write
        note(target.id)
        _write_and_read(policy, target)


def _write_and_read(policy: Policy, target: Format) -> None:
    fitting = _fitting(target, policy)
    try:
        entries = select(fitting, target, accept=tuple(LOSSES)).entries
    except ExportRefusedError:
        return
    made = _export(fitting, target, ALL_LOSSES)
    assert target.read is not None
    beside = b"".join(made.attachments.values())  # added in front, for formats that are read from both files
    reading = target.read(beside + made.text.encode("utf-8"), "file")
    if target.can.hosts == "none":
        assert [pin.pin for pin in reading.pins] == [key.pin for key in entries[0].keys]
        return
    assert _as_found(reading.hosts) == _as_written(entries)


def _fitting(target: Format, policy: Policy) -> Policy:
    """Keep one host for formats with one, and give certificates to those that take them."""
    if target.can.takes != "pin":
        policy = certified(policy)
    if target.can.hosts == "many":
        return policy
    enforced = [entry for entry in policy.hosts if entry.mode == "enforce"] or list(PLAIN.hosts)
    return Policy(tuple(enforced[:1]))


def _as_found(hosts: tuple[Found, ...]) -> dict[str, object]:
    return {
        entry.host: (
            {pin.pin for pin in entry.pins},
            entry.include_subdomains,
            entry.expires,
            entry.report_only,
            entry.exempt,
            entry.report_uris,
        )
        for entry in hosts
    }


def _as_written(entries: tuple[Entry, ...]) -> dict[str, object]:
    return {
        entry.host: (
            {key.pin for key in entry.keys},
            entry.include_subdomains,
            entry.expires,
            entry.report_only,
            entry.exempt,
            entry.report_uris,
        )
        for entry in entries
    }


@pytest.mark.parametrize("target", WRITERS, ids=lambda target: target.id)
def test_an_edit_by_hand_is_noticed(target: Format) -> None:
    """After a change of any pin, the file differs from the text that would be written."""
    policy = _fitting(target, PLAIN)
    good = _write(policy, target, ALL_LOSSES)
    keys = [key for entry in policy.hosts for key in entry.keys]
    spellings = {spelled for key in keys for spelled in (key.pin.base64, key.pin.hex, key.pin.hex.upper())}
    present = [spelled for spelled in spellings if spelled in good]
    if not present:  # only certificates or their hashes
        return
    edited = good.replace(present[0], present[0][::-1] if "=" not in present[0] else f"A{present[0][1:]}")
    assert edited != good
    try:
        mended = _write(policy, target, ALL_LOSSES, existing=edited)
    except FormatError:
        return  # noticed too
    assert mended != edited
    assert present[0] in mended
