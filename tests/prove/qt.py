"""Prove Qt: every variant is a module of Python, or a header in a namespace of its own."""

from __future__ import annotations

import shutil
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.prove.python import checked
from tests.prove.subject import PROGRAMS, Built, Subject, Tool, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.prove.variant import Variant

PROGRAM: Final = PROGRAMS / "qt"
GXX: Final = Tool("g++", "g++", "g++", r"(?<=\) )\d[\d.]+")
QMAKE: Final = Tool("Qt", "qmake6", "qt6-base-dev", r"(?<=Qt version )\d[\d.]+")
WARNINGS: Final = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror")


def _build_python(folder: Path, variants: Sequence[Variant]) -> Built:
    pytest.importorskip("PySide6.QtNetwork", reason="PySide6-Essentials is not installed: requirements/prove.txt")
    files = [variant.write(folder, "{name}.py", "qt-pyside") for variant in variants]
    versions = {"PySide6": version("PySide6_Essentials"), "Python": sys.version.split()[0]} | checked(folder, files)
    shutil.copy(PROGRAM / "fetch.py", folder)
    return Built((sys.executable, f"{folder}/fetch.py", "{variant}", "{url}", "{cafile}", "{proxy}"), versions)


def compiled(program: str, folder: Path) -> None:
    """Compile a file in *folder* into ``client``; a warning is an error."""
    headers = run([QMAKE.find(), "-query", "QT_INSTALL_HEADERS"], folder).strip()
    qt = [f"-isystem{headers}{part}" for part in ("", "/QtCore", "/QtNetwork")]
    run([GXX.find(), "-std=c++17", "-fPIC", *WARNINGS, *qt, program, "-lQt6Network", "-lQt6Core", "-oclient"], folder)


def _build_cpp(folder: Path, variants: Sequence[Variant]) -> Built:
    pytest.importorskip("clang_format", reason="clang-format is not installed: requirements/prove.txt")
    names = [variant.name for variant in variants]
    files = [variant.write(folder, "{name}.h", "qt-cpp", {"namespace": variant.name}) for variant in variants]
    formatter = Path(sys.executable).with_name("clang-format")
    run([formatter, "--style=WebKit", "--dry-run", "--Werror", *files, *PROGRAM.glob("*.cpp")], folder)
    (folder / "variants.h").write_text(_table(names))
    shutil.copy(PROGRAM / "main.cpp", folder)
    compiled("main.cpp", folder)
    versions = {"Qt": QMAKE.version, "g++": GXX.version, "clang-format": version("clang-format")}
    return Built((f"{folder}/client", "{variant}", "{url}", "{cafile}", "{proxy}"), versions)


def _table(names: Sequence[str]) -> str:
    includes = "".join(f'#include "{name}.h"\n' for name in names)
    made = "QNetworkAccessManager* { return new %s::PinnedNetworkAccessManager; }"
    cases = "".join(f'        {{ "{name}", []() -> {made % name} }},\n' for name in names)
    return (
        f"#pragma once\n\n{includes}\nusing Make = QNetworkAccessManager* (*)();\n\n"
        f"inline QHash<QString, Make> managers()\n{{\n    return {{\n{cases}    }};\n}}\n"
    )


EXCUSED: Final = {
    "renegotiation": "Qt cannot switch it off: it refuses every `Options` of `setBackendConfigurationOption`, and "
    "compares certificates only after it has written a waiting request"
}

SUBJECTS: Final = (
    Subject(
        "qt-cpp",
        "qt-cpp",
        "QNetworkAccessManager, the generated class",
        _build_cpp,
        ("if (host->pins.contains(pin))", "if (!pin.isEmpty())"),
        (GXX, QMAKE),
        frozenset({"policy", "url", "cafile", "proxy"}),
        "leaf",
        EXCUSED,
    ),
    Subject(
        "qt-pyside",
        "qt-pyside",
        "PySide6, the generated QNetworkAccessManager",
        _build_python,
        ("if pin in pinned.pins:", "if pin:"),
        used=frozenset({"policy", "url", "cafile", "proxy"}),
        profile="leaf",
        excused=EXCUSED,
    ),
)
