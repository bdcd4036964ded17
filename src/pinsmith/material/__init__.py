"""Certificates, requests and keys in a file, which are recognised by their content and can be pinned."""

from __future__ import annotations

from typing import Final

from pinsmith.errors import MaterialError
from pinsmith.material import _container, _pem
from pinsmith.material._value import Kind, Material

__all__ = ["MAX_BYTES", "Kind", "Material", "read_material"]

MAX_BYTES: Final = 10 * 1024 * 1024  # a bundle of all public authorities has 250 kB


def read_material(content: bytes, *, password: bytes | None = None) -> list[Material]:
    """
    Find everything that has a pin in *content*, which is the whole content of a file.

    Recognises certificates, PKCS#10 requests, public keys, private keys, PKCS#7 and PKCS#12, in DER or in PEM (with any
    number of blocks, and text around them). A certificate is not verified, only read.

    The pin of a private key is that of its standard SubjectPublicKeyInfo. A key is refused if its certificates would
    contain another one, unless encryption hides that. A file is also refused if its decryption takes more than
    4,000,000 rounds of hashing.

    Args:
        content: At most `MAX_BYTES`.

        password: The password of a PKCS#12 or an encrypted private key, in the encoding of the file, usually UTF-8.

    Returns:
        At least one, in the order of the file. PKCS#12: its certificate, the other certificates, then the private key.

    Raises:
        PasswordError: If something is encrypted, and *password* is missing or wrong.
        MaterialError: If nothing is recognised, or a part is damaged or too large.

    Source:
        :rfc:`5280`, :rfc:`2986`, :rfc:`5958`, :rfc:`8017`, :rfc:`5915`, :rfc:`2315`, :rfc:`7292`, :rfc:`7468`
    """
    if len(content) > MAX_BYTES:
        raise MaterialError(
            f"{len(content)} bytes are more than the {MAX_BYTES} that certificates and keys need",
            hint="pass a file that contains only certificates or keys",
        )
    if not content.strip():
        raise MaterialError("the file is empty", hint="pass a file that contains a certificate, request or key")
    blocks = _pem.parse_blocks(content)
    if not blocks:
        return _container.read_der(content, password)
    found = [item for block in blocks for item in _container.read_block(block, password)]
    if not found:
        labels = ", ".join(dict.fromkeys(block.label for block in blocks))
        raise MaterialError(
            f"none of its PEM blocks is a certificate, request or key: {labels}",
            hint="pass a file that contains one",
        )
    return found
