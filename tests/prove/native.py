"""Kotlin/Native: its compiler makes libraries for iOS on Linux too, of which nothing can be run."""

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
# What is not needed to make a library for that target is left in the archive.
_NEEDED: Final = ("bin/", "konan/", "klib/common/", f"klib/platform/{_TARGET}/")


def compile_library(sources: Iterable[Path], made: Path) -> None:
    """
    Compile for iOS, without a warning, against Ktor's engine and the declarations of Apple's frameworks.

    Raises:
        AssertionError: It does not compile.
    """
    used = [part for each in jvm.libraries(_LIBRARIES).jars if each.suffix == ".klib" for part in ("-l", each)]
    options = ("-target", _TARGET, "-produce", "library", "-Werror", *used, "-o", made)
    run([_compiler() / "bin" / "kotlinc-native", *options, *sources], made.parent)


@cache
def _compiler() -> Path:
    """Unpack the compiler, once for each version."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        pytest.skip("the Kotlin/Native that is fetched is for Linux on x86-64 alone")
    archive = next(each for each in jvm.libraries(_LIBRARIES).jars if each.name.endswith(".tar.gz"))
    unpacked = jvm.KEPT / archive.name.removesuffix(".tar.gz")
    if not unpacked.exists():
        made = unpacked.with_suffix(".part")
        shutil.rmtree(made, ignore_errors=True)
        with tarfile.open(archive) as packed:
            chosen = [each for each in packed if each.name.partition("/")[2].startswith(_NEEDED)]
            packed.extractall(made, chosen, filter="tar")
        (inner,) = made.iterdir()
        inner.replace(unpacked)
        made.rmdir()
    return unpacked
