"""How far hosts of strangers lead: to public addresses, and to what the operator allows."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.errors.reach import OutOfReachError
from pinsmith.probe import Target
from pinsmith.probe.reach import MAX_ADDRESSES, parse_reach

if TYPE_CHECKING:
    from collections.abc import Callable

PUBLIC = "93.184.215.14"
METADATA = "169.254.169.254"


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Return a function that sets the addresses of every name, and returns the names that will be looked up."""

    def give(*addresses: str) -> list[str]:
        asked: list[str] = []

        def answer(host: str, port: int, *_args: object, **_options: object) -> list[Any]:
            asked.append(host)
            kinds = {True: socket.AF_INET6, False: socket.AF_INET}
            return [(kinds[":" in address], socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

        monkeypatch.setattr(socket, "getaddrinfo", answer)
        return asked

    return give


def _dialled(host: str, allowed: list[str], port: int = 443) -> list[str | None]:
    places = parse_reach(allowed, [443, 8443]).targets(Target(host, port), hint="ask", timeout_seconds=30)
    return [place.address for place in places]


@pytest.mark.parametrize(
    ("allowed", "host", "addresses"),
    [
        ([], "www.example.com", ["127.0.0.1"]),
        ([], "www.example.com", [PUBLIC, "10.0.0.1"]),
        ([], "www.example.com", ["::ffff:10.0.0.1"]),
        ([], "www.example.com", [METADATA]),
        ([], "www.example.com", ["0.0.0.0"]),  # noqa: S104 - it leads to this machine
        (["10.0.0.0/8"], "www.example.com", ["10.0.0.1", "192.168.0.1"]),
        (["*.corp.test"], "corp.test", ["10.0.0.1"]),
        (["*.corp.test"], "evilcorp.test", ["10.0.0.1"]),
        (["*.corp.test", "corp.test"], "a.corp.test", ["127.0.0.1"]),
        (["*.corp.test", "corp.test"], "a.corp.test", [METADATA]),
        (["*.corp.test"], "a.corp.test", ["::ffff:169.254.169.254"]),
        (["*.corp.test"], "a.corp.test", ["::"]),
    ],
)
def test_an_address_that_is_not_allowed_stops_the_host(
    allowed: list[str], host: str, addresses: list[str], resolve: Callable[..., list[str]]
) -> None:
    """One such address among others is enough, and a name that is allowed leads to no loopback and no metadata."""
    resolve(*addresses)
    with pytest.raises(OutOfReachError, match="which is not public, so it was not contacted"):
        _dialled(host, allowed)


@pytest.mark.parametrize(
    ("allowed", "host", "address"),
    [
        ([], "www.example.com", PUBLIC),
        (["10.0.0.0/8"], "www.example.com", "10.1.2.3"),
        (["10.0.0.0/8"], "www.example.com", "::ffff:10.1.2.3"),
        (["127.0.0.1"], "localhost", "127.0.0.1"),
        (["*.corp.test"], "a.b.corp.test", "192.168.0.1"),
        (["Intern.Corp.test."], "intern.corp.test", "fd00::1"),
    ],
)
def test_what_is_allowed_is_dialled(
    allowed: list[str], host: str, address: str, resolve: Callable[..., list[str]]
) -> None:
    """Networks and names open what they contain, however an address is written."""
    resolve(address)
    assert _dialled(host, allowed) == [address]


def test_a_name_is_looked_up_once_and_then_stands_for_addresses(resolve: Callable[..., list[str]]) -> None:
    """All addresses are judged, and what is dialled are numbers: another answer later changes nothing."""
    asked = resolve(*(f"93.184.215.{number}" for number in range(1, 20)))
    dialled = _dialled("www.example.com", [])
    assert asked == ["www.example.com"]
    assert dialled == [f"93.184.215.{number}" for number in range(1, MAX_ADDRESSES + 1)]


def test_a_port_that_is_not_allowed_is_refused_before_the_name_is_looked_up(
    resolve: Callable[..., list[str]],
) -> None:
    """Nobody scans ports through the service."""
    asked = resolve(PUBLIC)
    with pytest.raises(OutOfReachError, match="port 22 is not allowed"):
        _dialled("www.example.com", [], port=22)
    assert not asked


@pytest.mark.parametrize("text", ["10.0.0.1/8", "10.0.0.0/40", "*", "*.", "https://corp.test", "", "a b"])
def test_a_setting_that_is_not_understood_is_refused(text: str) -> None:
    """A mistake in the setting does not open more than was meant."""
    with pytest.raises(ValueError, match="is not a network"):
        parse_reach([text], None)
