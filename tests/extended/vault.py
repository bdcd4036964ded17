"""A PKCS#11 token, that of SoftHSM, with keys that its owner has imported."""

from __future__ import annotations

import subprocess
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.extended.program import Folder, find

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

PIN: Final = "24681357"
_OFFICER, _LABEL = "86427531", "the vault"


@dataclass(frozen=True)
class Vault:
    """
    A token.

    Attributes:
        library: The library that speaks to it.
        folder: The folder with its files.
        configuration: The file that ``SOFTHSM2_CONF`` names.
    """

    library: str
    folder: Folder
    configuration: Path

    def uri(self, key: str) -> str:
        """Return the URI of a key, such as ``object=api``."""
        return f"pkcs11:token=the%20vault;{key}?module-path={self.library}"

    def give(self) -> None:
        """Let the user of the folder use the token, whoever has used it before."""
        for path in self.folder.path.rglob("*"):
            self.folder.give(path)


def private_pem(private: PrivateKeyTypes) -> bytes:
    """Encode a private key."""
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@contextmanager
def opened(keys: Mapping[str, PrivateKeyTypes], user: str = "nobody") -> Iterator[Vault]:
    """Make a token with *keys*, by their labels; their ids are numbers from 1. *user* may use it."""
    with ExitStack() as stack:
        folder = Folder(user)
        stack.callback(folder.remove)
        tokens = folder.path / "tokens"
        tokens.mkdir()
        text = f"directories.tokendir = {tokens}\nobjectstore.backend = file\n"
        configuration = folder.write("softhsm2.conf", text)
        stack.enter_context(pytest.MonkeyPatch.context()).setenv("SOFTHSM2_CONF", str(configuration))
        program = find("softhsm2-util", "softhsm2")
        library = str(next(Path("/usr/lib").glob("**/softhsm/libsofthsm2.so")))
        _call(program, "--init-token", "--free", "--label", _LABEL, "--pin", PIN, "--so-pin", _OFFICER)
        for number, (name, private) in enumerate(keys.items(), 1):
            path = folder.write(name, private_pem(private))
            words = ("--token", _LABEL, "--label", name, "--id", f"{number:02x}", "--pin", PIN)
            _call(program, "--import", str(path), *words)
            path.unlink()
        yield Vault(library, folder, configuration)


def _call(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True, timeout=60)
