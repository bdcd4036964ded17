"""The pins that a client gets, as a pin file."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pinsmith
from pinsmith.lab.scenario import Pinning

if TYPE_CHECKING:
    from pathlib import Path

PINS = tuple(f"sha256/{letter}JKpfFdJ1v2bXa7GtDD3JhBSkLXJ1Fb0cVs6rpe0Yfs=" for letter in "ABC")


def test_a_pin_file_of_several_hosts_keeps_their_pins_apart(tmp_path: Path) -> None:
    """Each host has its own pins and settings; a pin that two hosts share is one key."""
    other = Pinning(PINS[1:], "api.localhost", mode="report-only", include_subdomains=True, expires=date(2030, 1, 31))
    path = tmp_path / "pins.toml"
    path.write_text(Pinning(PINS[:2], others=(other,)).pin_file(), encoding="utf-8")
    policy = pinsmith.load(path)
    assert [host.host for host in policy.hosts] == ["localhost", "api.localhost"]
    assert [tuple(str(key.pin) for key in host.keys) for host in policy.hosts] == [PINS[:2], PINS[1:]]
    assert [host.mode for host in policy.hosts] == ["enforce", "report-only"]
    assert [host.include_subdomains for host in policy.hosts] == [False, True]
    assert [host.expires for host in policy.hosts] == [None, date(2030, 1, 31)]
