"""Bundles for tests: keys made here, a policy of two hosts, and a client that reads the published files."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient.fetcher import FetcherInterface
from tuf.ngclient.updater import Updater

from pinsmith import formats
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.updates.directory import Directory
from pinsmith.updates.proposal import propose_targets, sign
from pinsmith.updates.publication import publish
from pinsmith.updates.root import propose_first_root
from pinsmith.updates.signing import named
from pinsmith.updates.suspension import POLICY, SUSPENSIONS, write_suspensions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinsmith.updates.suspension import Suspension

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
HOST, OTHER = "api.example.test", "cdn.example.test"


def key(name: str) -> Key:
    """Return the key of that name, always the same."""
    return Key(name, Pin.of_spki(name.encode()), "leaf")


def entry(host: str, *names: str, **options: object) -> HostPins:
    """Pin keys for a host."""
    return HostPins(host, tuple(map(key, names)), **options)  # type: ignore[arg-type]


def policy(*entries: HostPins) -> Policy:
    """Return the usual policy, or one of *entries*."""
    return Policy(entries or (entry(HOST, "live", "standby"), entry(OTHER, "cdn", "cdn-standby")))


def policy_json(content: Policy) -> bytes:
    """Write a policy as bundles contain it."""
    return formats.export(content, formats.find("policy-json")).text.encode()


@dataclass
class Team:
    """The owners of a bundle: three offline keys, of which two must sign, and the online key."""

    offline: dict[str, CryptoSigner] = field(default_factory=lambda: {name: make(name) for name in ("ada", "bo", "cy")})
    online: CryptoSigner = field(default_factory=lambda: make("online"))
    threshold: int = 2

    def begin(self, path: Path, **options: int) -> Directory:
        """Propose the first root."""
        directory = Directory(path)
        keys = [signer.public_key for signer in self.offline.values()]
        propose_first_root(directory, keys, self.online.public_key, threshold=self.threshold, now=NOW, **options)
        return directory

    def propose(self, directory: Directory, content: Policy, *suspensions: Suspension, **options: int) -> None:
        """Propose a policy."""
        contents = {POLICY: policy_json(content), SUSPENSIONS: write_suspensions(suspensions)}
        propose_targets(directory, contents, now=NOW, **options)

    def sign(self, directory: Directory, *names: str) -> None:
        """Sign what is proposed, by default as two."""
        for name in names or ("ada", "bo"):
            sign(directory, self.offline[name])

    def publish(self, directory: Directory, **options: int) -> list[Path]:
        """Publish it."""
        return publish(directory, self.online, now=NOW, **options)

    def published(self, path: Path, content: Policy | None = None, *suspensions: Suspension) -> Directory:
        """Make a bundle and publish a policy."""
        directory = self.begin(path)
        self.propose(directory, content or policy(), *suspensions)
        self.sign(directory)
        self.publish(directory)
        return directory


def make(name: str) -> CryptoSigner:
    """Make a key."""
    signer = CryptoSigner(Ed25519PrivateKey.generate())
    named(signer.public_key, name)
    return signer


class FromDirectory(FetcherInterface):
    """Fetches the files of a directory, as if a web host served them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def _fetch(self, url: str) -> Iterator[bytes]:
        path = self.path / urlsplit(url).path.lstrip("/")
        if not path.is_file():
            raise DownloadHTTPError(f"{url} is not there", 404)
        return iter((path.read_bytes(),))


def client_of(directory: Directory, cache: Path) -> Updater:
    """Return a client of TUF that trusts the first root."""
    for name in ("metadata", "targets"):
        (cache / name).mkdir(parents=True, exist_ok=True)
    return Updater(
        str(cache / "metadata"),
        "http://bundle.test/metadata/",
        str(cache / "targets"),
        "http://bundle.test/targets/",
        fetcher=FromDirectory(directory.path),
        bootstrap=(directory.metadata / "1.root.json").read_bytes(),
    )
