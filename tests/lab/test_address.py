"""Addresses of this machine are recognised in every spelling."""

from __future__ import annotations

import pytest

from pinsmith.lab.address import is_loopback, is_near

LOOPBACK = {
    "IPv4": "127.0.0.1",
    "IPv4, another one": "127.8.9.10",
    "IPv6": "::1",
    "with a zone": "::1%lo",
    "mapped": "::ffff:127.0.0.1",
}
NEAR = {
    "compatible": "::127.0.0.1",
    "translated": "::ffff:0:127.0.0.1",
    "NAT64": "64:ff9b::127.0.0.1",
    "NAT64 of a local network": "64:ff9b:1::127.0.0.1",
    "6to4": "2002:7f00:1::",
    "Teredo": "2001:0:c000:201:0:0:80ff:fffe",
    "link-local IPv4": "169.254.169.254",
    "link-local IPv6": "fe80::1%eth0",
    "link-local, mapped": "::ffff:169.254.169.254",
    "link-local, NAT64": "64:ff9b::169.254.169.254",
    "link-local, 6to4": "2002:a9fe:a9fe::1",
    "unspecified": "0.0.0.0",  # noqa: S104 - that is what is tested
    "unspecified IPv6": "::",
    "unspecified, mapped": "::ffff:0.0.0.0",
}
ELSEWHERE = {
    "IPv4": "192.0.2.1",
    "private": "10.0.0.1",
    "IPv6": "2001:db8::1",
    "mapped": "::ffff:192.0.2.1",
    "NAT64": "64:ff9b::192.0.2.1",
    "6to4": "2002:c000:201::1",
    "ends like a loopback": "2001:db8::127.0.0.1",
}


@pytest.mark.parametrize("address", LOOPBACK.values(), ids=LOOPBACK)
def test_a_loopback_address_is_recognised(address: str) -> None:
    """An IPv4-mapped loopback address is recognised too, on every Python."""
    assert is_loopback(address)
    assert is_near(address)


@pytest.mark.parametrize("address", NEAR.values(), ids=NEAR)
def test_an_address_that_may_lead_to_this_machine_or_its_link_is_near(address: str) -> None:
    """This includes IPv6 addresses that contain an IPv4 address, and the metadata service of a cloud."""
    assert is_near(address)
    assert not is_loopback(address)


@pytest.mark.parametrize("address", ELSEWHERE.values(), ids=ELSEWHERE)
def test_any_other_address_is_elsewhere(address: str) -> None:
    """All other addresses are allowed."""
    assert not is_near(address)
    assert not is_loopback(address)


def test_a_name_is_not_an_address() -> None:
    """A name raises ValueError, because it must be resolved before it is judged."""
    with pytest.raises(ValueError, match="localhost"):
        is_near("localhost")
