"""What the generated function of Dart may be called, and what is left out of it."""

from __future__ import annotations

from datetime import date

import pytest

from pinsmith.errors import ExportError, ExportRefusedError
from pinsmith.formats import export, find
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import AUTHORITIES, PLAIN

OF = find("dart-io")


@pytest.mark.parametrize("name", ["PinnedClient", "_hidden", "await"])
def test_a_function_begins_in_lower_case(name: str) -> None:
    """Dart's own style, and a low line would hide it from the app."""
    with pytest.raises(ExportError, match="function"):
        export(PLAIN, OF, options={"function": name})


def test_a_function_may_be_called_otherwise() -> None:
    """Apps have a taste of their own."""
    assert "\nHttpClient client({\n" in export(PLAIN, OF, options={"function": "client"}).text


def test_authorities_alone_are_refused() -> None:
    """Dart shows the leaf; every host would be locked out."""
    with pytest.raises(ExportRefusedError):
        export(AUTHORITIES, OF)


def test_what_no_host_needs_is_left_out() -> None:
    """Without an end, a report or subdomains there is no clock, no second outcome and no walk up the labels."""
    (host,) = PLAIN.hosts
    plain = export(Policy((HostPins(host.host, host.keys),)), OF).text
    assert not [word for word in ("DateTime", "reportOnly", "indexOf") if word in plain]
    ending = export(Policy((HostPins(host.host, host.keys, expires=date(2031, 5, 1)),)), OF).text
    assert "    expires: DateTime.utc(2031, 5, 1),\n" in ending
