"""
Replace ssl's classes with those of a library, pin localhost and send a secret, as a program in a process of its own.

Arguments: the library; when it replaces: "first", "after-import" or "after-set-up"; "context" or "inject". Standard
input is a JSON object with the ``ports`` to send to, the ``pin`` and what to ``trust``; standard output is a list of
what happened at each port, "sent" or the error.
"""

from __future__ import annotations

import json
import sys
import warnings
from importlib import import_module
from typing import Any


def replace(library: str) -> None:
    """Let *library* replace ssl's classes."""
    warnings.simplefilter("ignore")
    if library == "eventlet":
        import_module("eventlet").monkey_patch()
    elif library == "gevent":
        import_module("gevent.monkey").patch_all()
    elif library == "truststore":
        import_module("truststore").inject_into_ssl()


def main(library: str, when: str, how: str) -> list[str]:
    """Run the program with the arguments above."""
    given: dict[str, Any] = json.load(sys.stdin)
    if when == "first":
        replace(library)
    import socket
    import ssl

    from pinsmith.pin import Pin
    from pinsmith.policy import HostPins, Key, Policy
    from pinsmith.tls.context import PinnedSSLContext
    from pinsmith.tls.inject import inject

    if when == "after-import":
        replace(library)
    policy = Policy((HostPins("localhost", (Key("leaf", Pin.parse(given["pin"])),)),))

    def send(port: int, context: ssl.SSLContext) -> str:
        try:
            with (
                socket.create_connection(("127.0.0.1", port)) as plain,
                context.wrap_socket(plain, server_hostname="localhost") as tls,
            ):
                tls.sendall(b"GET /secret HTTP/1.1\r\n\r\n")
                tls.recv(1)
                return "sent"
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the result
            return f"{type(error).__name__}: {error}"

    try:
        if how == "inject":
            inject(policy)
            before = ssl.create_default_context(cadata=given["trust"])
        else:
            before = PinnedSSLContext(policy, cadata=given["trust"])
        if when == "after-set-up":
            replace(library)
        after = ssl.create_default_context(cadata=given["trust"]) if how == "inject" else before
        return [send(port, context) for port in given["ports"] for context in (before, after)]
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the result
        return [f"{type(error).__name__}: {error}"]


if __name__ == "__main__":
    json.dump(main(*sys.argv[1:]), sys.stdout)
