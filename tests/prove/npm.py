"""Install the locked packages of npm, once for each lock."""

from __future__ import annotations

import base64
import hashlib
import shutil
import tarfile
import tempfile
from pathlib import Path
from typing import Final

from tests.prove.subject import CACHE, PROGRAMS, Tool, run

NODE: Final = Tool("Node", "node", "nodejs", r"(?<=v)\d[\d.]+")
NPM: Final = Tool("npm", "npm", "npm", r"\d[\d.]+")
_KEPT: Final = CACHE / "npm"
_FILES: Final = ("package.json", "package-lock.json", ".npmrc")
_INSTALL: Final = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error")


def installed(name: str) -> Path:
    """
    Return the ``node_modules`` of ``programs/NAME``.

    Raises:
        AssertionError: if npm cannot install the packages.
    """
    locked = b"".join((PROGRAMS / name / file).read_bytes() for file in _FILES)
    folder = _KEPT / f"{name}-{hashlib.sha256(locked).hexdigest()[:16]}"
    if not folder.exists():
        _KEPT.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=_KEPT))
        for file in _FILES:
            shutil.copy(PROGRAMS / name / file, made)
        run([NPM.find(), *_INSTALL], made)
        try:
            made.rename(folder)
        except OSError:  # another run has made it meanwhile
            shutil.rmtree(made)
    return folder / "node_modules"


def packed(name: str, integrity: str) -> Path:
    """
    Return the folder of one package without its dependencies, for tests that read or compile its source.

    Args:
        name: The name with the version, as in ``expo@58.0.26``.

        integrity: The ``dist.integrity`` of the registry; another archive is refused.

    Raises:
        AssertionError: if npm cannot download the package, or if the archive is a different one.
    """
    folder = _KEPT / f"{name.replace('/', '-')}-{hashlib.sha256(integrity.encode()).hexdigest()[:16]}"
    if not folder.exists():
        _KEPT.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=_KEPT))
        run([NPM.find(), "pack", name, "--ignore-scripts", "--loglevel=error"], made)
        (archive,) = made.glob("*.tgz")
        found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        assert f"sha512-{found}" == integrity, f"{name} is another archive"
        with tarfile.open(archive) as tar:
            tar.extractall(made, filter="data")
        try:
            made.rename(folder)
        except OSError:  # another run has made it meanwhile
            shutil.rmtree(made)
    return folder / "package"
