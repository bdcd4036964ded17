"""What the generated class of .NET may be called, and what is left out of it."""

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
    """C# has no member called as its class, and would take the class for the type of that name."""
    with pytest.raises(ExportError, match="class"):
        export(PLAIN, OF, options={"class": name})


def test_a_class_may_be_called_otherwise() -> None:
    """Apps have a namespace and a taste of their own."""
    options = {"class": "EntryPins", "namespace": "Example.Net", "visibility": "internal"}
    text = export(PLAIN, OF, options=options).text
    assert "\nnamespace Example.Net;\n" in text
    assert "\ninternal static class EntryPins\n" in text


def test_what_no_host_needs_is_left_out() -> None:
    """Without an end, a report or subdomains there is no clock, no second outcome and no walk up the labels."""
    (host,) = PLAIN.hosts
    plain = export(Policy((HostPins(host.host, host.keys),)), OF).text
    assert not [word for word in ("UtcNow", "ReportOnly", "IndexOf") if word in plain]
    ending = export(Policy((HostPins(host.host, host.keys, expires=date(2031, 5, 1)),)), OF).text
    assert "Expires = new DateTime(2031, 5, 1, 0, 0, 0, DateTimeKind.Utc),\n" in ending
