"""Make a unary call on a generated channel: VARIANT URL CAFILE PROXY."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

import grpc

SERVING = b"\x08\x01"  # status = SERVING

if __name__ == "__main__":
    variant, url, cafile, proxy = sys.argv[1:]
    asked = urlsplit(url)
    roots = Path(cafile).read_bytes()
    options = [("grpc.http_proxy", proxy)] if proxy else []
    make = import_module(variant).secure_channel
    with make(asked.hostname, asked.port, options=options, root_certificates=roots) as channel:
        check = channel.unary_unary("/grpc.health.v1.Health/Check")
        try:
            answer = check(b"", timeout=5)
        except grpc.RpcError as error:
            sys.exit(error.details())
    sys.exit(None if answer == SERVING else f"{answer!r}")
