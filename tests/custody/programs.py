"""Commands that sign, or do something else: small programs in Python."""

from __future__ import annotations

import shlex
import sys
import textwrap
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

ECDSA = "ec.ECDSA(hashes.SHA256())"
_SIGN = """\
    import base64, sys
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    private = load_pem_private_key(open({key!r}, "rb").read(), None)
    signature = private.sign(sys.stdin.buffer.read(), {how})
    sys.stdout.buffer.write({printed})
"""


class ProgramMaker:
    """Writes programs in Python, and keys for them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, code: str) -> str:
        """Return the command that runs *code*."""
        path = self.folder / "program.py"
        path.write_text(textwrap.dedent(code))
        return shlex.join([sys.executable, str(path)])

    def signs(self, private: PrivateKeyTypes, how: str, printed: str = "signature") -> str:
        """Return the command that signs with *private*."""
        key = self.folder / "a key"
        key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return self.write(_SIGN.format(key=str(key), how=how, printed=printed))


def public_pem(private: PrivateKeyTypes) -> bytes:
    """Return the public key of *private*."""
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
