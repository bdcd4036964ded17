"""What a file holds that can be pinned: certificates, requests and keys, recognised by content."""

from __future__ import annotations

from typing import Final

from pinsmith.errors import MaterialError
from pinsmith.material import _container, _pem
from pinsmith.material._value import Kind, Material

__all__ = ["MAX_BYTES", "Kind", "Material", "read_material"]

MAX_BYTES: Final = 10 * 1024 * 1024  # a bundle of every public authority has 250 kB


def read_material(content: bytes, *, password: bytes | None = None) -> list[Material]:
    """
    Find everything that has a pin in *content*, the whole of a file.

    Recognises PEM (any number of blocks, text around them) and DER: certificates, PKCS#10 requests, public keys,
    private keys, PKCS#7 and PKCS#12. It trusts nothing: a certificate is not verified, only read. The pin of a
    private key is that of its standard SubjectPublicKeyInfo; a key whose certificates would carry another is
    refused, as far as its encryption does not hide that. A file that asks for more than 4,000,000 rounds of hashing
    before it opens is refused, too.

    Args:
        content: At most `MAX_BYTES`.

        password: For PKCS#12 and encrypted private keys, in the file's encoding, usually UTF-8. Not needed otherwise.

    Returns:
        At least one, in the order of the file. PKCS#12: its certificate, the other certificates, then the private key.

    Raises:
        PasswordError: something is encrypted, and *password* is missing or wrong.
        MaterialError: nothing is recognised, or something is damaged or too large.

    Source:
        :rfc:`5280`, :rfc:`2986`, :rfc:`5958`, :rfc:`8017`, :rfc:`5915`, :rfc:`2315`, :rfc:`7292`, :rfc:`7468`
    """
    if len(content) > MAX_BYTES:
        raise MaterialError(
            f"{len(content)} bytes are more than the {MAX_BYTES} that certificates and keys need",
            hint="give a file that holds certificates or keys only",
        )
    if not content.strip():
        raise MaterialError("the file is empty", hint="give a file that holds a certificate, request or key")
    blocks = _pem.parse_blocks(content)
    if not blocks:
        return _container.read_der(content, password)
    found = [item for block in blocks for item in _container.read_block(block, password)]
    if not found:
        labels = ", ".join(dict.fromkeys(block.label for block in blocks))
        raise MaterialError(
            f"no certificate, request or key among its PEM blocks: {labels}",
            hint="give a file that holds one",
        )
    return found
