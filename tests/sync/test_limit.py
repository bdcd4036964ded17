"""At the limit of hosts, sync reads the files that it wrote, and it writes no file that it could not read."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import ExportError
from pinsmith.formats import LOSSES, SYNTAXES, find
from pinsmith.lab.pki.key import generate, private_pem
from pinsmith.limit import MAX_BYTES, MAX_HOSTS, MAX_VALUES
from pinsmith.pin import Pin
from pinsmith.pinfile import Output, PinFile
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.sync import apply, compare
from pinsmith.sync.pinned import read_both
from tests.formats.policy import NOW

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.formats import Format

FEW = 50
# Formats of certificates (a file per key) or of one host are left out. trustkit-swift writes the most of all code.
MANY = [
    target
    for target in (*SYNTAXES, find("trustkit-swift"))
    if target.write and target.can.hosts == "many" and target.can.takes == "pin"
]


def _policy(count: int) -> Policy:
    """Make hosts with long names and all settings, all with their own keys and a common backup."""
    backup = Key("backup-of-all-hosts", Pin.of_spki(b"backup"), "leaf", "EC P-256", standby=True)
    names = [f"host-{number:05}.department.region.example.com" for number in range(count)]
    keys = [
        Key(f"host-{number:05}-2026", Pin.of_spki(b"%d" % number), "leaf", "EC P-256", f"CN={name}", date(2027, 1, 31))
        for number, name in enumerate(names)
    ]
    uris = ("https://reports.example.net/pins",)
    return Policy(
        tuple(
            HostPins(name, (key, backup), include_subdomains=True, expires=date(2027, 6, 30), report_uris=uris)
            for name, key in zip(names, keys, strict=True)
        ),
        (*keys, backup),
    )


def _sync_twice(target: Format, policy: Policy, folder: Path) -> None:
    options = {"accept-loss": tuple(LOSSES), "allow-ending": True, **dict(target.example_options)}
    if target.signature is not None:
        (folder / "signing-for-tests-only.pem").write_bytes(private_pem(generate("ed25519")))
        options["signing-key"] = "signing-for-tests-only.pem"
    output = Output(target.id, f"out{(*target.suffixes, '.txt')[0]}", options)
    pin_file, path = PinFile(policy, (output,)), folder / "pins.toml"
    first = compare(pin_file, path, now=NOW)
    assert first.changes[0].is_needed
    apply(first)
    assert not any(change.is_needed for change in compare(pin_file, path, now=NOW).changes)


@pytest.mark.thorough
def test_sync_reads_its_own_output_at_the_limit(tmp_path: Path) -> None:
    """With the maximum number of hosts, sync reads its own output again."""
    _sync_twice(find("policy-json"), _policy(MAX_HOSTS), tmp_path)


@pytest.mark.parametrize("target", MANY, ids=lambda target: target.id)
def test_no_format_needs_more_for_a_host_than_the_limits_allow(
    target: Format, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every format fits within the limits: tested with fewer hosts and limits reduced in proportion."""
    for module in ("syntax.text", "sync.read", "sync.render"):
        monkeypatch.setattr(f"pinsmith.{module}.MAX_BYTES", MAX_BYTES * FEW // MAX_HOSTS)
    for module in ("json", "xml", "plist"):
        monkeypatch.setattr(f"pinsmith.syntax.{module}.MAX_VALUES", MAX_VALUES * FEW // MAX_HOSTS)
    _sync_twice(target, _policy(FEW), tmp_path)


@pytest.mark.parametrize(
    ("name", "limit", "problem"),
    [
        ("trustkit-ios", "syntax.xml.MAX_VALUES", "too many elements"),
        ("policy-json", "syntax.json.MAX_VALUES", "more than 100 values"),
        ("apple-ats", "syntax.text.MAX_BYTES", "larger than"),
        ("go", "sync.render.MAX_BYTES", "larger than"),
    ],
)
def test_an_output_beyond_the_limits_is_not_written(
    name: str, limit: str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the output, the limit and the remedy, and no file is made."""
    monkeypatch.setattr(f"pinsmith.{limit}", 100)
    with pytest.raises(ExportError, match=problem) as caught:
        _sync_twice(find(name), _policy(20), tmp_path)
    assert str(caught.value).startswith("out")
    assert "hosts = [" in (caught.value.hint or "")
    assert not list(tmp_path.iterdir())


def test_a_file_beyond_the_limits_may_be_replaced_by_one_within(monkeypatch: pytest.MonkeyPatch) -> None:
    """The old file is searched for pins as text, like any other file that cannot be parsed."""
    target = find("policy-json")
    monkeypatch.setattr("pinsmith.syntax.json.MAX_VALUES", 100)
    now, new = read_both(target, [b"[" + b"1," * 200 + b"1]"], [b'{"version": 1, "hosts": []}'])
    assert now == new
