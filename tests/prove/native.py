"""Compile libraries for iOS with Kotlin/Native, which can also do so on Linux, where they cannot be run."""

from __future__ import annotations

import platform
import shutil
import tarfile
from functools import cache
from typing import TYPE_CHECKING, Final

import pytest

from tests.prove import jvm
from tests.prove.subject import run

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_LIBRARIES: Final = "ktor-darwin"
_TARGET: Final = "ios_arm64"
# The files of the archive that are needed to make a library for that target.
_NEEDED: Final = ("bin/", "konan/", "klib/common/", f"klib/platform/{_TARGET}/")


def compile_library(sources: Iterable[Path], made: Path) -> None:
    """
    Compile for iOS against Ktor's engine and the declarations of Apple's frameworks; a warning is an error.

    Raises:
        AssertionError: if the code does not compile.
    """
    used = [part for jar in jvm.libraries(_LIBRARIES).jars if jar.suffix == ".klib" for part in ("-l", jar)]
    options = ("-target", _TARGET, "-produce", "library", "-Werror", *used, "-o", made)
    run([_compiler() / "bin" / "kotlinc-native", *options, *sources], made.parent)


@cache
def _compiler() -> Path:
    """Unpack the compiler once for each version; return its path."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        pytest.skip("the Kotlin/Native of these tests runs only on Linux on x86-64")
    archive = next(jar for jar in jvm.libraries(_LIBRARIES).jars if jar.name.endswith(".tar.gz"))
    unpacked = jvm.KEPT / archive.name.removesuffix(".tar.gz")
    if not unpacked.exists():
        made = unpacked.with_suffix(".part")
        shutil.rmtree(made, ignore_errors=True)
        with tarfile.open(archive) as packed:
            chosen = [member for member in packed if member.name.partition("/")[2].startswith(_NEEDED)]
            packed.extractall(made, chosen, filter="tar")
        (inner,) = made.iterdir()
        inner.replace(unpacked)
        made.rmdir()
    return unpacked
