"""The outputs of a folder of code in C#, PHP and C++."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path, PurePath

from pinsmith.importing.collect import collect
from pinsmith.importing.outputs import outputs_of
from tests.audit import test_cpp, test_csharp, test_php
from tests.formats.policy import PLAIN


def test_code_in_a_folder_is_found_and_gets_outputs(tmp_path: Path) -> None:
    """The new classes have the names that are proven to compile, and libcurl in C++ stays with its owner."""
    samples = {"Client.php": test_php.CURL, "Pinning.cs": test_csharp.HANDLER, "client.cc": test_cpp.CURL}
    for name, text in {**samples, "pins.hpp": test_cpp.QT, "plain.h": "int sha256_pin;\n"}.items():
        (tmp_path / name).write_text(text)
    found = collect([tmp_path], today=date(2030, 1, 1))
    assert [place.target.id for place in found.places if place.target] == ["php-curl", "dotnet", "curl", "qt-cpp"]
    outputs = outputs_of(found.places, PLAIN, tmp_path)
    assert {(output.format, output.path) for output in outputs.new} == {
        ("php-curl", "PinnedCurl.php"),
        ("dotnet", "PinnedHttp.cs"),
        ("qt-cpp", "PinnedNetworkAccessManager.h"),
    }
    assert [place.instead for place in outputs.by_hand if place.name.endswith("client.cc")] == [None]


def test_two_libraries_in_a_folder_get_files_of_their_own(tmp_path: Path) -> None:
    """Outputs of two formats never write the same file, because `sync` would stop."""
    fixtures = Path(__file__).parents[1] / "readers" / "fixtures"
    for name in ("cronet/Engine.kt", "okhttp/Pairs.kt", "trust-manager/Pins.java", "okhttp/Maps.java"):
        shutil.copy(fixtures / f"{name}.txt", tmp_path / PurePath(name).name)
    found = collect([tmp_path], today=date(2030, 1, 1))
    outputs = outputs_of(found.places, PLAIN, tmp_path)
    assert {(output.format, output.path) for output in outputs.new} == {
        ("http-engine-kotlin", "Pins.kt"),
        ("okhttp-java", "PinnedHosts.java"),
        ("okhttp-kotlin", "PinnedHosts.kt"),
        ("jsse-java", "PinsmithPins.java"),
    }
