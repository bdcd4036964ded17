"""The generated .NET class: its name, and the parts that it omits."""

from __future__ import annotations

from datetime import date

import pytest

from pinsmith.errors import ExportError
from pinsmith.formats import export, find
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import PLAIN

OF = find("dotnet")


@pytest.mark.parametrize("name", ["class", "Entry", "SslStream", "a.b"])
def test_a_class_hides_nothing_that_it_needs(name: str) -> None:
    """C# allows no member with the name of its class, and would confuse the class with a type of that name."""
    with pytest.raises(ExportError, match="class"):
        export(PLAIN, OF, options={"class": name})


def test_class_and_namespace_are_options() -> None:
    """Class and namespace are options."""
    options = {"class": "EntryPins", "namespace": "Example.Net", "visibility": "internal"}
    text = export(PLAIN, OF, options=options).text
    assert "\nnamespace Example.Net;\n" in text
    assert "\ninternal static class EntryPins\n" in text


def test_unneeded_parts_are_left_out() -> None:
    """Without expiry, reports or subdomains there is no clock, no second outcome and no search for parents."""
    (host,) = PLAIN.hosts
    plain = export(Policy((HostPins(host.host, host.keys),)), OF).text
    assert not [word for word in ("UtcNow", "ReportOnly", "IndexOf") if word in plain]
    ending = export(Policy((HostPins(host.host, host.keys, expires=date(2031, 5, 1)),)), OF).text
    assert "Expires = new DateTime(2031, 5, 1, 0, 0, 0, DateTimeKind.Utc),\n" in ending
