"""
Measure what enforcement costs: handshakes, reads and writes, injection.

Every figure is a ratio from one interleaved, shuffled run on the loopback, with the server in a process of its own, so
that a slow machine slows both sides. Run it with ``make bench``.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import socket
import ssl
import statistics
import threading
import time
import timeit
from typing import TYPE_CHECKING

import pinsmith
from pinsmith.lab.pki.authority import Authority

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from pinsmith.lab.pki.key import KeyKind

HOST = "api.example.com"


def serve(pipe: Connection, key: KeyKind) -> None:
    """Serve handshakes of a three-certificate chain until killed; send port, root PEM and pins first."""
    root = Authority.root("Bench Root", key=key)
    first = root.intermediate("Bench Intermediate 1", key=key)
    second = first.intermediate("Bench Intermediate 2", key=key)
    leaf = second.issue(HOST, key=key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.num_tickets = 0
    leaf.load_into(context)
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    # The chain is leaf, 2, 1, root; the pin of 1 is the third that enforcement compares.
    pipe.send((listener.getsockname()[1], root.pem, first.pin, leaf.pin))
    while True:
        raw, _ = listener.accept()
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with context.wrap_socket(raw, server_side=True) as tls:
                tls.recv(1)
        except OSError:
            raw.close()


def shake_hands(context: ssl.SSLContext, port: int) -> tuple[float, float]:
    """Return wall and CPU seconds of one handshake, connecting and closing not counted."""
    raw = socket.create_connection(("127.0.0.1", port))
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    wall, cpu = time.perf_counter(), time.process_time()
    tls = context.wrap_socket(raw, server_hostname=HOST)
    result = time.perf_counter() - wall, time.process_time() - cpu
    tls.close()
    return result


def variants(pem: str, pin: str, version: ssl.TLSVersion) -> dict[str, ssl.SSLContext]:
    """Build the contexts that are compared; the first is the reference, the second repeats it and shows the noise."""
    key = pinsmith.Key("third", pinsmith.Pin.parse(pin), role="intermediate")
    policy = pinsmith.Policy((pinsmith.HostPins(HOST, (key,)),))
    found: dict[str, ssl.SSLContext] = {
        "plain": ssl.create_default_context(cadata=pem),
        "plain again": ssl.create_default_context(cadata=pem),
        "pinned": pinsmith.PinnedSSLContext(policy, cadata=pem),
        "pinned, host unpinned": pinsmith.PinnedSSLContext(pinsmith.Policy(), cadata=pem),
    }
    for context in found.values():
        context.minimum_version = context.maximum_version = version
    return found


def measure_handshakes(key: KeyKind, version: ssl.TLSVersion, rounds: int) -> None:
    """Print medians and ratios for one kind of key and one TLS version."""
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there, key), daemon=True)
    server.start()
    try:
        port, pem, pin, _ = here.recv()
        contexts = variants(pem, pin, version)
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in contexts}
        for name in list(contexts) * 20:
            shake_hands(contexts[name], port)
        for _ in range(rounds):
            for name in random.sample(list(contexts), len(contexts)):
                taken[name].append(shake_hands(contexts[name], port))
    finally:
        server.kill()
        server.join()
    wall = {name: statistics.median(handshake[0] for handshake in values) for name, values in taken.items()}
    cpu = {name: statistics.fmean(handshake[1] for handshake in values) for name, values in taken.items()}
    for name in contexts:
        print(
            f"{key:9} {version.name:8} {name:22} {wall[name] * 1e6:7.0f} us median"
            f"   x{wall[name] / wall['plain']:.3f} wall   x{cpu[name] / cpu['plain']:.3f} client CPU"
        )


def handshaken_pair(client: ssl.SSLContext, server: ssl.SSLContext) -> tuple[ssl.SSLObject, ssl.MemoryBIO]:
    """Shake hands in memory; return the client's object and its outgoing BIO."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    left = client.wrap_bio(to_client, to_server, server_hostname=HOST)
    right = server.wrap_bio(to_server, to_client, server_side=True)
    waiting = [left, right]
    while waiting:
        for tls in tuple(waiting):
            try:
                tls.do_handshake()
                waiting.remove(tls)
            except ssl.SSLWantReadError:
                pass
    return left, to_server


def measure_writes(rounds: int) -> None:
    """Print what one 16-byte write costs after the handshake: plain, pinned, and plain under injection."""
    root = Authority.root("Bench Root")
    leaf = root.issue(HOST)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.load_into(server)
    key = pinsmith.Key("leaf", pinsmith.Pin.parse(leaf.pin))
    policy = pinsmith.Policy((pinsmith.HostPins(HOST, (key,)),))
    plain = ssl.create_default_context(cadata=root.pem)
    writers = {
        "plain": handshaken_pair(plain, server),
        "pinned": handshaken_pair(pinsmith.PinnedSSLContext(policy, cadata=root.pem), server),
    }
    times: dict[str, list[float]] = {}

    def take(name: str, tls: ssl.SSLObject, out: ssl.MemoryBIO) -> None:
        write: Callable[[bytes], int] = tls.write
        times.setdefault(name, []).append(timeit.timeit(lambda: write(b"0123456789abcdef"), number=2000) / 2000)
        out.read()

    for _ in range(rounds):
        for name, (tls, out) in random.sample(list(writers.items()), len(writers)):
            take(name, tls, out)
    # Injection changes what "plain" is, so both are measured again, interleaved by switching it on and off.
    for _ in range(rounds):
        take("plain (2)", *writers["plain"])
        pinsmith.inject(policy)
        if "injected" not in writers:
            writers["injected"] = handshaken_pair(plain, server)
        take("injected", *writers["injected"])
        pinsmith.extract()
    base = statistics.median(times["plain"])
    for name, values in times.items():
        median = statistics.median(values)
        print(f"write 16 bytes, {name:10} {median * 1e9:7.0f} ns median   {(median - base) * 1e9:+6.0f} ns")


def main() -> None:
    """Run all measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000, help="handshakes per variant")
    rounds = parser.parse_args().rounds
    print(f"{ssl.OPENSSL_VERSION}, {os.cpu_count()} CPUs, {threading.active_count()} thread")
    keys: tuple[KeyKind, ...] = ("ec-p256", "rsa-2048")
    for key in keys:
        for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
            measure_handshakes(key, version, rounds)
    measure_writes(max(rounds // 20, 10))


if __name__ == "__main__":
    main()
