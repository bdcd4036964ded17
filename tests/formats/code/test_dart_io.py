"""The generated Dart function: its name, and the parts that it omits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from pinsmith.errors import ExportError, ExportRefusedError
from pinsmith.formats import LOSSES, export, find
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import AUTHORITIES, BACKUP, FULL, LEAF, PLAIN

OF = find("dart-io")


@pytest.mark.parametrize("name", ["PinnedClient", "_hidden", "await"])
def test_a_function_begins_in_lower_case(name: str) -> None:
    """Dart names functions in lower case, and an underscore would hide the function from the app."""
    with pytest.raises(ExportError, match="function"):
        export(PLAIN, OF, options={"function": name})


def test_the_name_of_the_function_is_an_option() -> None:
    """The name of the function is an option."""
    assert "\nHttpClient client({\n" in export(PLAIN, OF, options={"function": "client"}).text


def test_authorities_alone_are_refused() -> None:
    """Dart shows only the leaf, so every host would be locked out."""
    with pytest.raises(ExportRefusedError):
        export(AUTHORITIES, OF)


def test_unneeded_parts_are_left_out() -> None:
    """Without expiry, reports or subdomains, no time is compared, and there is one outcome and no search of parents."""
    (host,) = PLAIN.hosts
    plain = export(Policy((HostPins(host.host, host.keys),)), OF).text
    assert not [word for word in ("isBefore", "reportOnly", "indexOf") if word in plain]
    ending = export(Policy((HostPins(host.host, host.keys, expires=date(2031, 5, 1)),)), OF).text
    assert "    expires: DateTime.utc(2031, 5, 1),\n" in ending


def _factory(policy: Policy) -> str:
    text = export(policy, OF, options={"accept-loss": tuple(LOSSES)}).text
    return text[text.index("..connectionFactory") : text.index("final task = ")]


@pytest.mark.parametrize("require_pins", [True, False])
def test_a_report_only_host_is_connected_behind_a_proxy(require_pins: bool) -> None:  # noqa: FBT001 - of the policy
    """Behind a proxy a report-only host is connected and the hook reports it, and other hosts are refused."""
    factory = _factory(replace(FULL, require_pins=require_pins))
    start = factory.index(f"      if ({'' if require_pins else 'entry != null && '}proxyHost != null) {{\n")
    assert (
        factory[start:]
        .split("{\n", 1)[1]
        .startswith("""\
        final mismatch = PinMismatchException(
          host,
          null,
          enforced: !entry.reportOnly,
        );
        _report(onMismatch, mismatch);
        if (mismatch.enforced) {
          throw mismatch;
        }
        return Socket.startConnect(proxyHost, proxyPort ?? uri.port);
      }
""")
    )


@pytest.mark.parametrize("require_pins", [True, False])
@pytest.mark.parametrize("policy", [PLAIN, FULL], ids=["plain", "full"])
def test_the_app_is_notified_of_every_refusal(policy: Policy, require_pins: bool) -> None:  # noqa: FBT001 - of the policy
    """Before a host is refused because of expired pins or a proxy, the app is notified."""
    lines = [line.strip() for line in _factory(replace(policy, require_pins=require_pins)).splitlines()]
    throws = [at for at, line in enumerate(lines) if line.startswith("throw ")]
    assert len(throws) == 1 + require_pins
    for at in throws:
        assert "_report(onMismatch, mismatch);" in lines[at - 2 : at]


def test_exemptions_without_expiry_need_no_clock() -> None:
    """Without expiry, the code only tests whether a host is exempt."""
    hosts = (
        HostPins("example.com", (LEAF, BACKUP), include_subdomains=True),
        HostPins("static.example.com", (), mode="off"),
    )
    assert "\n\nbool _inForce(_Entry entry) => !entry.exempt;\n\nString _pinOf" in export(Policy(hosts), OF).text
