"""Packages of npm, installed as they are locked, once for each lock."""

from __future__ import annotations

import hashlib
import shutil
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
        AssertionError: npm cannot install it.
    """
    told = b"".join((PROGRAMS / name / file).read_bytes() for file in _FILES)
    folder = _KEPT / f"{name}-{hashlib.sha256(told).hexdigest()[:16]}"
    if not folder.exists():
        _KEPT.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=_KEPT))
        for file in _FILES:
            shutil.copy(PROGRAMS / name / file, made)
        run([NPM.find(), *_INSTALL], made)
        try:
            made.rename(folder)
        except OSError:  # another run was quicker
            shutil.rmtree(made)
    return folder / "node_modules"
