"""
Prove Dart: every variant is a library of one program, which the virtual machine in a package of npm compiles and runs.

The package is Dart Sass for 32-bit Linux, the only one of its family that contains a complete virtual machine and not
a compiled program. Every good server of the lab tests the replacement of package:crypto against Python's SHA-256.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.prove.npm import NPM, packed
from tests.prove.subject import PROGRAMS, REQUIRE_PINS, Built, Subject, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.prove.variant import Variant

_SASS: Final = (
    "sass-embedded-linux-ia32@1.89.0",
    "sha512-5fxBeXyvBr3pb+vyrx9V6yd7QDRXkAPbwmFVVhjqshBABOXelLysEFea7xokh/tM8JAAQ4O8Ls3eW3Eojb477g==",
)
_LOADER: Final = Path("/lib/ld-linux.so.2")
_PROGRAMS: Final = PROGRAMS / "dart"
_MAIN: Final = """\
import 'client.dart';
{imports}
final _clients = <String, Make>{{
{clients}}};

Future<void> main(List<String> arguments) =>
    ask(arguments[1], arguments[2], _clients[arguments[0]]!);
"""


def find() -> Path:
    """Return the path of the virtual machine; fail if the loader of 32-bit programs is missing."""
    NPM.find()
    if not _LOADER.exists():
        pytest.fail(f"{_LOADER} is not installed: apt-get install libc6-i386")
    return packed(*_SASS) / "dart-sass" / "src" / "dart"


def compile_dart(main: Path, **others: Path) -> Path:
    """Compile *main* and its imports, also of *others*; return a file that the virtual machine runs."""
    used = [
        {"name": name, "rootUri": folder.as_uri(), "packageUri": "./", "languageVersion": "3.5"}
        for name, folder in {"crypto": _PROGRAMS / "crypto", **others}.items()
    ]
    packages = main.with_suffix(".json")
    packages.write_text(json.dumps({"configVersion": 2, "packages": used}), "utf-8")
    made = main.with_suffix(".dill")
    run([find(), f"--packages={packages}", f"--snapshot={made}", "--snapshot-kind=kernel", main], main.parent)
    return made


def _build(folder: Path, variants: Sequence[Variant]) -> Built:
    for variant in variants:
        variant.write(folder, "{name}.dart", "dart-io")
    shutil.copy(_PROGRAMS / "client.dart", folder)
    names = [variant.name for variant in variants]
    imports = "".join(f"import '{name}.dart' as {name};\n" for name in names)
    clients = "".join(f"  '{name}': {name}.pinnedHttpClient,\n" for name in names)
    (folder / "main.dart").write_text(_MAIN.format(imports=imports, clients=clients), "utf-8")
    made = compile_dart(folder / "main.dart")
    version = re.search(r"\d+\.\d+\.\d+", run([find(), "--version"], folder))
    assert version is not None
    return Built((str(find()), str(made), "{variant}", "{url}", "{cafile}"), {"Dart": version[0]})


SUBJECTS: Final = (
    Subject(
        "dart-io",
        "dart-io",
        "the generated HttpClient",
        _build,
        ("if (!entry.pins.contains(presented)) {", "if (presented == null) {"),
        (NPM,),
        frozenset({"policy", "url", "cafile"}),
        "leaf",
        early=REQUIRE_PINS,
        excused={
            "leaf-pin": "Dart's library of TLS offers no Ed25519, so it refuses such a server before its key is seen"
        },
    ),
)
