"""The generated shell function: its name, and the hosts that its patterns match."""

from __future__ import annotations

from datetime import date

import pytest

from pinsmith.errors import ExportError, LossError
from pinsmith.formats import export, find
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import BACKUP, INTERMEDIATE, LEAF, PLAIN

OF = find("curl-shell")
PINS = (LEAF, BACKUP)


@pytest.mark.parametrize("name", ["done", "a-b", "a;b"])
def test_a_function_has_a_name_of_the_shell(name: str) -> None:
    """POSIX allows only letters, digits and underscores."""
    with pytest.raises(ExportError, match="function"):
        export(PLAIN, OF, options={"function": name})


def test_the_longest_name_comes_first() -> None:
    """The first pattern that fits is taken, so an entry comes before those of its parents."""
    hosts = ("example.com", "a.b.example.com", "b.example.com")
    text = export(Policy(tuple(HostPins(host, PINS, include_subdomains=True) for host in hosts)), OF).text
    places = [text.index(f"\t'{host}' | *.'{host}')\n") for host in ("a.b.example.com", "b.example.com", "example.com")]
    assert places == sorted(places)


def test_an_entry_without_subdomains_covers_none() -> None:
    """The pattern of an entry without subdomains is its name."""
    assert "\t'api.example.com')\n" in export(Policy((HostPins("api.example.com", PINS),)), OF).text


def test_a_clock_is_asked_only_if_pins_end() -> None:
    """Without expiry the code needs no program for the date."""
    assert "date" not in export(Policy((HostPins("api.example.com", PINS),)), OF).text
    text = export(Policy((HostPins("api.example.com", PINS, expires=date(2031, 5, 1)),)), OF).text
    assert 'if [ "$(date +%s)" -ge 1935360000 ]; then pins=; fi' in text


def test_authorities_and_reports_are_losses() -> None:
    """The program compares only the leaf's key, and would need a second call to let a mismatch pass."""
    hosts = (HostPins("a.example.com", (LEAF, INTERMEDIATE)), HostPins("b.example.com", PINS, mode="report-only"))
    with pytest.raises(LossError) as caught:
        export(Policy(hosts), OF)
    assert [loss.rule for loss in caught.value.losses] == ["ca-pins-dropped", "report-only-dropped"]
