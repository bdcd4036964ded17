"""The generated Ruby module: its name, and the parts that it omits."""

from __future__ import annotations

from datetime import date

import pytest

from pinsmith.errors import ExportError
from pinsmith.formats import export, find
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import PLAIN

OF = find("ruby-net-http")


@pytest.mark.parametrize("name", ["pinned", "BEGIN", "App::", "App::pins", "App.Pins"])
def test_a_module_is_a_constant(name: str) -> None:
    """Ruby requires a capital letter for the name of a module."""
    with pytest.raises(ExportError, match="module"):
        export(PLAIN, OF, options={"module": name})


def test_a_module_may_be_inside_another() -> None:
    """A module may be nested, as apps do it."""
    assert "\nmodule App::PinnedHTTP\n" in export(PLAIN, OF, options={"module": "App::PinnedHTTP"}).text


def test_unneeded_parts_are_left_out() -> None:
    """Without expiry, reports or subdomains there is no clock, no second attempt and no search for parents."""
    (host,) = PLAIN.hosts
    plain = export(Policy((HostPins(host.host, host.keys),)), OF).text
    assert not [word for word in ("Time.now", "enforced:", "partition") if word in plain]
    ending = export(Policy((HostPins(host.host, host.keys, expires=date(2031, 5, 1)),)), OF).text
    assert "expires: 1_935_360_000 # 2031-05-01" in ending
