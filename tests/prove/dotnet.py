"""
Prove .NET with its real runtime and compiler, although no registry of these tests has its SDK.

Two programs of Microsoft contain the parts: one has the complete runtime of .NET in its file (`tests.prove.bundle`),
the other has Roslyn, the compiler and formatter, as a library. Mono's compiler makes a first program that calls Roslyn.
That program makes the tool ``Sdk``, which compiles and formats the proven code.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.prove import bundle
from tests.prove.npm import NODE, NPM, installed
from tests.prove.subject import CACHE, PROGRAMS, Built, Subject, Tool, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.prove.variant import Variant

MONO: Final = Tool("Mono's compiler", "mcs", "mono-mcs", r"\d[\d.]+")
_SOURCES: Final = PROGRAMS / "dotnet"
_BUNDLE: Final = Path("@microsoft", "sarif-multitool-linux", "Sarif.Multitool")
_CASE: Final = """\
        ["{name}"] = handler =>
        {{
            {name}.PinnedHttp.Mismatched += (_, found) => Client.Report(found.Host, found.Presented, found.Enforced);
            return {name}.PinnedHttp.Pin(handler);
        }},
"""
_ROSLYN: Final = Path("@typespec", "http-client-csharp", "dist", "generator")


def _build(folder: Path, variants: Sequence[Variant]) -> Built:
    packages = installed("dotnet")
    sdk, roslyn = _sdk(packages), _roslyn(packages)
    written = [variant.write(folder, "{name}.cs", "dotnet", {"namespace": variant.name}) for variant in variants]
    (folder / "Variants.cs").write_text(_table(variants))
    sources = [folder / "Variants.cs", _SOURCES / "Client.cs", *written]
    run([sdk / "Sdk", "format", *sources, _SOURCES / "Sdk.cs", _SOURCES / "Bootstrap.cs"], folder, **roslyn)
    program = compiled(sources, folder)
    version = (sdk / "version").read_text()
    compiler = re.search(r"\d[\d.]+", run([sdk / "Sdk", "version"], folder, **roslyn))
    assert compiler is not None
    return Built(
        (f"{sdk}/Sdk", "run", str(program), "{variant}", "{url}", "{cafile}", "{proxy}"),
        {".NET": version, "Roslyn": compiler[0]},
    )


def compiled(sources: Sequence[Path], folder: Path) -> Path:
    """Compile *sources* to a program in *folder*; a warning is an error."""
    packages, program = installed("dotnet"), folder / "client.dll"
    sdk = _sdk(packages)
    run([sdk / "Sdk", "compile", program, sdk / "framework", *sources], folder, **_roslyn(packages))
    return program


def _roslyn(packages: Path) -> dict[str, str]:
    return {"PINSMITH_ROSLYN": str(packages / _ROSLYN)}


def _sdk(packages: Path) -> Path:
    """Make the tool, once for each version of its sources; return its folder."""
    sources = b"".join((_SOURCES / name).read_bytes() for name in ("package-lock.json", "Bootstrap.cs", "Sdk.cs"))
    sources += Path(bundle.__file__).read_bytes()
    made = CACHE / "dotnet" / hashlib.sha256(sources).hexdigest()[:16]
    if made.exists():
        return made
    made.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=made.parent))
    runtime = bundle.Runtime.of_program(packages / _BUNDLE)
    (folder / "version").write_text(runtime.version)
    framework = folder / "framework"
    framework.mkdir()
    for name, assembly in runtime.assemblies.items():
        (framework / name).write_bytes(assembly)
    run([MONO.find(), "-out:Bootstrap.dll", _SOURCES / "Bootstrap.cs"], folder)
    bootstrap = _program(runtime, folder, "Bootstrap")
    run([bootstrap, packages / _ROSLYN, framework, _SOURCES / "Sdk.cs", "Sdk.dll"], folder)
    _program(runtime, folder, "Sdk")
    try:
        folder.rename(made)
    except OSError:  # another run has made it meanwhile
        shutil.rmtree(folder)
    return made


def _program(runtime: bundle.Runtime, folder: Path, name: str) -> Path:
    file = folder / name
    file.write_bytes(runtime.program(name, (folder / f"{name}.dll").read_bytes()))
    file.chmod(0o755)
    return file


def _table(variants: Sequence[Variant]) -> str:
    cases = "".join(_CASE.format(name=variant.name) for variant in variants)
    return (
        "using System;\nusing System.Collections.Generic;\nusing System.Net.Http;\n\n"
        "internal static class Variants\n{\n"
        "    public static readonly Dictionary<string, Func<SocketsHttpHandler, SocketsHttpHandler>> Pin = new()\n"
        f"    {{\n{cases}    }};\n}}\n"
    )


SUBJECTS: Final = (
    Subject(
        "dotnet",
        "dotnet",
        "HttpClient with a handler that the generated class pinned",
        _build,
        ("if (entry.Pins.Contains(pin))", "if (pin.Length > 0)"),
        (MONO, NODE, NPM),
        frozenset({"policy", "url", "cafile", "proxy"}),
    ),
)
