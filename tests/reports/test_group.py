"""Reports of one cause are counted together, whatever format they come in."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from pinsmith.lab.pki.identity import Identity
from pinsmith.reports import Report, group_key, parse_body
from tests.reports import samples


def key(content: bytes) -> bytes:
    """Return the key of the one report of a body."""
    (report,) = parse_body(content)
    return group_key(report)


def test_formats_and_wrapping_do_not_matter() -> None:
    """TrustKit on both platforms and pinsmith's event are one group, in PEM of any width or in DER."""
    chain = samples.chain()
    ders = [base64.b64encode(link.public_bytes(Encoding.DER)).decode() for link in chain]
    noted = {"noted-host": "example.com", "port": 0}
    assert (
        key(samples.trustkit_ios(chain))
        == key(samples.trustkit_android(chain))
        == key(samples.event(chain, **noted))
        == key(samples.event(chain, **noted, **{"validated-chain": ders}))
    )


def test_versions_times_and_installations_are_counted_inside_a_group() -> None:
    """A version, a time, a platform's version and an id of an installation do not split a group."""
    chain = samples.chain()
    other = {"app-version": "9", "date-time": "2020-01-01T00:00:00Z", "app-vendor-id": "x", "app-platform-version": "1"}
    assert key(samples.trustkit_ios(chain)) == key(samples.trustkit_ios(chain, **other))


@pytest.mark.parametrize(
    "changes",
    [
        {"hostname": "www.example.com"},
        {"noted-hostname": "api.example.com"},
        {"port": 8443},
        {"app-bundle-id": "com.example.other"},
        {"validation-result": 2},
        {"enforce-pinning": False},
        {"known-pins": [samples.hpkp(samples.EXPECTED)]},
        {"known-pins": []},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_decides_about_the_cause_splits_a_group(changes: dict[str, object]) -> None:
    """Another host, app, reason or set of expected pins is another group."""
    assert key(samples.trustkit_ios(samples.chain())) != key(samples.trustkit_ios(samples.chain(), **changes))


def test_a_forged_chain_below_a_genuine_leaf_is_another_group() -> None:
    """The whole chain is part of the key, so a forged report cannot stand for genuine ones."""
    leaf, *_ = chain = samples.chain()
    rogue = Identity.self_signed("api.example.com").certificate
    assert key(samples.event(chain)) != key(samples.event([leaf, rogue]))
    assert key(samples.event(chain)) != key(samples.event(chain[:2]))


def test_lists_do_not_run_into_each_other() -> None:
    """A pin that was served is not taken for one that was expected."""
    report = parse_body(samples.rn_ssl_manager(()))[0]
    pins = tuple(sorted(report.served_pins))
    first = Report(format="event", host="a.test", served_pins=pins[:1], known_pins=pins[1:])
    second = Report(format="event", host="a.test", served_pins=pins[:2], known_pins=pins[2:])
    assert group_key(first) != group_key(second)
