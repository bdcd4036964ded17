"""Clients that are run against test vectors: python-tuf's own, and a web host with the files of a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tuf.api.exceptions import DownloadError, DownloadHTTPError, RepositoryError
from tuf.ngclient import Updater
from tuf.ngclient.fetcher import FetcherInterface

from pinsmith.updates.suspension import POLICY, SUSPENSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


class FromMemory(FetcherInterface):
    """Fetches files by path."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def _fetch(self, url: str) -> Iterator[bytes]:
        path = urlsplit(url).path.lstrip("/")
        if path not in self._files:
            raise DownloadHTTPError(f"{url} is not there", 404)
        return iter((self._files[path],))


class TUFClient:
    """python-tuf's client, which knows nothing of pinsmith. It keeps its files from state to state."""

    def __init__(self, cache: Path, root: bytes) -> None:
        self._cache, self._root = cache, root
        for name in ("metadata", "targets"):
            (cache / name).mkdir(parents=True)

    def refresh(self, state: Mapping[str, bytes]) -> int | None:
        """Return the version of the policy, or None if the state is refused."""
        updater = Updater(
            str(self._cache / "metadata"),
            "https://bundle.test/metadata/",
            str(self._cache / "targets"),
            "https://bundle.test/targets/",
            fetcher=FromMemory(state),
            bootstrap=self._root,
        )
        try:
            updater.refresh()
            for name in (POLICY, SUSPENSIONS):
                info = updater.get_targetinfo(name)
                assert info is not None
                updater.download_target(info)
        except (RepositoryError, DownloadError):
            return None
        return updater._trusted_set.targets.version
