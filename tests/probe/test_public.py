"""Which addresses are public."""

from __future__ import annotations

import pytest

from pinsmith.probe.public import is_public

PUBLIC = ["93.184.215.14", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::5db8:d70e", "::ffff:1.1.1.1"]
INNER = {
    "this machine": ["127.0.0.1", "127.1.2.3", "::1", "::"],
    "private networks": ["10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "fd00::1", "fec0::1"],
    "links, with the metadata of clouds": ["169.254.169.254", "fe80::1", "fe80::1%eth0"],
    "IPv4 addresses inside IPv6": [
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::1",
        "64:ff9b:1::a00:1",
        "2002:101:101::1",
    ],
    "several hosts, and nobody": ["224.0.0.1", "ff02::1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "2001:db8::1"],
}


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    """An address that everybody reaches is public, also where IPv6 carries it."""
    assert is_public(address)


@pytest.mark.parametrize(("kind", "address"), [(kind, one) for kind, some in INNER.items() for one in some])
def test_other_addresses_are_not(kind: str, address: str) -> None:
    """An address that leads into this machine, its networks, or to nobody is not public."""
    assert not is_public(address)
