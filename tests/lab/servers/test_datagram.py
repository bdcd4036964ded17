"""The UDP port that records who tries it."""

from __future__ import annotations

import socket

import pytest

from pinsmith.lab.servers.datagram import DatagramTrap


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_every_datagram_is_recorded(address: str) -> None:
    """In order, once the trap was asked to settle; none of them discloses anything."""
    with DatagramTrap(address) as trap:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            for number in range(3):
                sender.sendto(bytes([number]), (address, trap.port))
        trap.wait_closed()
        assert trap.connections == (b"\0", b"\1", b"\2")
        assert trap.disclosed == b""


def test_a_trap_can_move_before_it_receives() -> None:
    """The port that it held is free afterwards."""
    trap = DatagramTrap()
    former = trap.port
    trap.move("127.0.0.1")
    with trap, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taker:
        assert trap.port != former
        taker.bind(("127.0.0.1", former))


def test_a_trap_that_cannot_move_stays() -> None:
    """A port that is taken is an error, and the trap still receives where it did."""
    with DatagramTrap() as other:
        trap = DatagramTrap()
        former = trap.port
        with pytest.raises(OSError, match="in use"):
            trap.move("127.0.0.1", other.port)
        with trap:
            trap.wait_closed()
        assert trap.port == former


def test_a_trap_that_has_ended_has_nothing_to_wait_for() -> None:
    """Nor has one that never began."""
    trap = DatagramTrap()
    trap.wait_closed()
    with trap:
        pass
    trap.wait_closed()
    assert trap.connections == ()
