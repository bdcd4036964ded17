"""What the generated function of Dart may be called, and what is left out of it."""

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


def _factory(policy: Policy) -> str:
    text = export(policy, OF, options={"accept-loss": tuple(LOSSES)}).text
    return text[text.index("..connectionFactory") : text.index("final task = ")]


@pytest.mark.parametrize("require_pins", [True, False])
def test_who_only_reports_goes_on_behind_a_proxy(require_pins: bool) -> None:  # noqa: FBT001 - of the policy
    """The hook is told that nothing was enforced, and the connection is the proxy's; others are refused."""
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
        onMismatch?.call(mismatch);
        if (mismatch.enforced) {
          throw mismatch;
        }
        return Socket.startConnect(proxyHost, proxyPort ?? uri.port);
      }
""")
    )


@pytest.mark.parametrize("require_pins", [True, False])
@pytest.mark.parametrize("policy", [PLAIN, FULL], ids=["plain", "full"])
def test_no_refusal_is_untold(policy: Policy, require_pins: bool) -> None:  # noqa: FBT001 - of the policy
    """Before a host is refused for want of pins, or for a proxy, the app hears of it."""
    lines = [line.strip() for line in _factory(replace(policy, require_pins=require_pins)).splitlines()]
    throws = [at for at, line in enumerate(lines) if line.startswith("throw ")]
    assert len(throws) == 1 + require_pins
    for at in throws:
        assert "onMismatch?.call(mismatch);" in lines[at - 2 : at]


def test_exemptions_alone_ask_no_clock() -> None:
    """Without an end of pins, whether a host is exempt is all there is to ask."""
    hosts = (
        HostPins("example.com", (LEAF, BACKUP), include_subdomains=True),
        HostPins("static.example.com", (), mode="off"),
    )
    assert "\n\nbool _inForce(_Entry entry) => !entry.exempt;\n\nString _pinOf" in export(Policy(hosts), OF).text
