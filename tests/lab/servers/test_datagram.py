"""The UDP port that records every client that tries it."""

from __future__ import annotations

import socket

import pytest

from pinsmith.lab.servers.datagram import DatagramTrap


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_every_datagram_is_recorded(address: str) -> None:
    """After `wait_closed`, the datagrams are listed in order, and none of them counts as disclosed."""
    with DatagramTrap(address) as trap:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            for number in range(3):
                sender.sendto(bytes([number]), (address, trap.port))
        trap.wait_closed()
        assert trap.connections == (b"\0", b"\1", b"\2")
        assert trap.disclosed == b""


def test_a_trap_can_move_before_it_receives() -> None:
    """The former port is free after the move."""
    trap = DatagramTrap()
    former = trap.port
    trap.move("127.0.0.1")
    with trap, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taker:
        assert trap.port != former
        taker.bind(("127.0.0.1", former))


def test_a_trap_that_cannot_move_stays() -> None:
    """A port that is taken raises an error, and the trap still receives at its former port."""
    with DatagramTrap() as other:
        trap = DatagramTrap()
        former = trap.port
        with pytest.raises(OSError, match="in use"):
            trap.move("127.0.0.1", other.port)
        with trap:
            trap.wait_closed()
        assert trap.port == former


def test_a_trap_that_does_not_run_has_nothing_to_wait_for() -> None:
    """`wait_closed` returns at once before the trap starts and after it has ended."""
    trap = DatagramTrap()
    trap.wait_closed()
    with trap:
        pass
    trap.wait_closed()
    assert trap.connections == ()
