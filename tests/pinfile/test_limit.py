"""A pin file has a limit of hosts and bytes, and a larger one is neither read nor written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith import HostPins, Policy
from pinsmith.errors import ParseError, PolicyError
from pinsmith.limit import MAX_BYTES, MAX_HOSTS, MAX_VALUES
from pinsmith.pinfile import Edit, parse, write

if TYPE_CHECKING:
    from pathlib import Path


def _policy(count: int) -> Policy:
    return Policy(tuple(HostPins(f"h{number}.example.com", mode="off") for number in range(count)))


def test_the_limits_are_those_of_the_documentation() -> None:
    """The limits are those of docs/performance.md."""
    assert (MAX_HOSTS, MAX_BYTES, MAX_VALUES) == (10_000, 20_000_000, 500_000)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a pin file contain at most three hosts."""
    for module in ("_read", "_write"):
        monkeypatch.setattr(f"pinsmith.pinfile.{module}.MAX_HOSTS", 3)


@pytest.mark.usefixtures("few")
def test_one_host_more_than_the_limit_is_not_read() -> None:
    """The error names the first host that is too many."""
    text = write(_policy(3))
    assert len(parse(text).hosts) == 3
    with pytest.raises(ParseError, match="more than 3 hosts") as caught:
        parse(text + '\n[[host]]\nname = "h3.example.com"\nmode = "off"\n')
    assert caught.value.line == text.count("\n") + 2
    assert "two pin files" in (caught.value.hint or "")


@pytest.mark.usefixtures("few")
def test_one_host_more_than_the_limit_is_not_written(tmp_path: Path) -> None:
    """A file above the limit is not written, whether new or edited."""
    with pytest.raises(PolicyError, match="at most 3 hosts, not 4"):
        write(_policy(4))
    path = tmp_path / "pins.toml"
    path.write_text(write(_policy(3)))
    edit = Edit.load(path)
    edit.add_host(HostPins("h3.example.com", mode="off"))
    with pytest.raises(ParseError, match="more than 3 hosts"):
        edit.save()
    assert path.read_text() == write(_policy(3))


def test_more_bytes_than_the_limit_are_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that could not be read again because of its size is not written."""
    path = tmp_path / "pins.toml"
    path.write_text(write(_policy(3)))
    edit = Edit.load(path)
    monkeypatch.setattr("pinsmith.pinfile._write.MAX_BYTES", len(path.read_bytes()))
    edit.save()
    edit.add_host(HostPins("h3.example.com", mode="off"))
    for way in (edit.save, lambda: write(_policy(4))):
        with pytest.raises(PolicyError, match="would be larger than"):
            way()
    assert path.read_text() == write(_policy(3))
