"""Print the pins of the leaf that each name of a list presents, with asyncio and ssl alone; nothing is verified."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import ssl
from base64 import b64encode
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_der_x509_certificate


async def ask(name: str, port: int, context: ssl.SSLContext) -> str:
    """Return the name and the pin of its leaf."""
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=name)
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.transport.abort()
    key = load_der_x509_certificate(der).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"{name}\tsha256/{b64encode(hashlib.sha256(spki).digest()).decode()}\t"


async def main() -> None:
    """Ask all names, with as many connections at once as the option allows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--names", type=Path, required=True)
    parser.add_argument("--concurrency", type=int, default=100)
    options = parser.parse_args()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    names = iter(options.names.read_text("utf-8").split())

    async def work() -> None:
        for name in names:
            print(await ask(name, options.port, context))

    await asyncio.gather(*(work() for _ in range(options.concurrency)))


if __name__ == "__main__":
    asyncio.run(main())
