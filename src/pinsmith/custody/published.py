"""
Keys whose private half somebody has published: those of Debian's broken generator, of firmware, of examples.

The list is that of badkeys, which its own tool downloads and keeps current: ``badkeys --update-bl``. It has millions of
keys, so it is not part of pinsmith.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from pinsmith import files
from pinsmith.errors import FileError

if TYPE_CHECKING:
    from types import TracebackType

_FORMAT: Final = 0
_ENTRY: Final = 16  # bytes: the hash of a key, and the number of its source
_HASH: Final = 15
_MAX_BYTES: Final = 1024 * 1024
_UPDATE: Final = "download it again: `badkeys --update-bl`"


@dataclass(frozen=True, slots=True)
class PublishedKeys:
    """
    A list of published keys.

    Attributes:
        date: The day of the list, as it says.
        sources: The names of the sources, such as ``debianssl``, by their numbers.
        content: The entries, sorted.
    """

    date: str
    sources: dict[int, str]
    content: mmap.mmap

    @classmethod
    def load(cls, folder: Path | None = None) -> Self | None:
        """
        Open the list in *folder*, by default that of badkeys; None if there is none.

        Raises:
            FileError: If it is there and cannot be used.

        Source:
            https://github.com/badkeys/badkeys/blob/main/docs/BLOCKLISTFORMAT.md
        """
        folder = folder or _default_folder()
        description, entries = folder / "badkeysdata.json", folder / "blocklist.dat"
        if not (description.exists() and entries.exists()):
            return None
        try:
            document = json.loads(files.read(description, most_bytes=_MAX_BYTES))
            date, found = str(document["date"])[:10], document["bkformat"]
            sources = {int(source["id"]): str(source["name"]) for source in document["blocklists"]}
        except (ValueError, KeyError, TypeError) as error:
            raise FileError(f"{description} is not that of badkeys", path=str(description), hint=_UPDATE) from error
        if found != _FORMAT:
            raise FileError(
                f"{description} has the format {found}, but this pinsmith reads the format {_FORMAT}",
                path=str(description),
                hint="use a newer pinsmith",
            )
        size = entries.stat().st_size
        if size == 0 or size % _ENTRY:
            raise FileError(f"{entries} was not downloaded completely", path=str(entries), hint=_UPDATE)
        with files.explained(str(entries), "cannot be read"), entries.open("rb") as file:
            return cls(date, sources, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.content.close()

    def source_of(self, spki: bytes) -> str | None:
        """Return the source that has published the private key of a DER SubjectPublicKeyInfo; None if none has."""
        if (number := _number_of(spki)) is None:
            return None
        digest = hashlib.sha256(number).digest()[:_HASH]
        at = bisect_left(range(len(self.content) // _ENTRY), digest, key=self._hash)
        if at * _ENTRY >= len(self.content) or self._hash(at) != digest:
            return None
        source = self.content[at * _ENTRY + _HASH]
        return self.sources.get(source, f"source {source}")

    def _hash(self, at: int) -> bytes:
        return self.content[at * _ENTRY : at * _ENTRY + _HASH]


def _default_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "badkeys"


def _number_of(spki: bytes) -> bytes | None:
    """Return the number of a public key that is hashed, without leading zeros: the modulus, x, or the whole key."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        public = load_der_public_key(spki)
    except (ValueError, UnsupportedAlgorithm):
        return None
    if isinstance(public, (ed25519.Ed25519PublicKey, ed448.Ed448PublicKey)):
        return public.public_bytes_raw().lstrip(b"\0")
    if isinstance(public, rsa.RSAPublicKey):
        number = public.public_numbers().n
    elif isinstance(public, ec.EllipticCurvePublicKey):
        number = public.public_numbers().x
    else:
        return None
    return number.to_bytes((number.bit_length() + 7) // 8)
