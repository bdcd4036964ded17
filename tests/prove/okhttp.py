"""OkHttp and Retrofit: each variant a package of one program, for OkHttp 4 and 5."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from tests.prove import jvm
from tests.prove.subject import PROGRAMS, Built, Subject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.prove.variant import Variant

_PROGRAMS: Final = PROGRAMS / "okhttp"
_USED: Final = frozenset({"policy", "url", "cafile", "proxy"})


def _build_kotlin(
    folder: Path, variants: Sequence[Variant], *, target: str, libraries: str, driver: str, entry: str
) -> Built:
    of = jvm.libraries(libraries)
    written = [each.write(folder, "{name}/Pins.kt", target, {"package": each.name}) for each in variants]
    jvm.check_kotlin(written)
    table = folder / "Table.kt"
    table.write_text(_kotlin_table(variants, entry))
    sources = [*written, table, _PROGRAMS / "Plain.kt", _PROGRAMS / driver]
    jar = jvm.compile_kotlin(sources, of, folder / "client.jar")
    return jvm.program(jar, "proof.MainKt", of, variants)


def _kotlin_table(variants: Sequence[Variant], entry: str) -> str:
    cases = "".join(f'    "{each.name}" -> {each.name}.Pins::{entry}\n' for each in variants)
    return f"package proof\n\nfun pinned(variant: String) = when (variant) {{\n{cases}    else -> error(variant)\n}}\n"


def _kotlin(of: str, title: str, libraries: str) -> Subject:
    build = partial(_build_kotlin, target="okhttp-kotlin", libraries=libraries, driver="kotlin/Main.kt", entry="client")
    unpinned = ("val pinned = certificatePinner", "val pinned = CertificatePinner.DEFAULT")
    return Subject(of, "okhttp-kotlin", title, build, unpinned, jvm.TOOLS, _USED)


SUBJECTS: Final = (
    _kotlin("okhttp-kotlin-4", "OkHttp 4", "okhttp4"),
    _kotlin("okhttp-kotlin-5", "OkHttp 5", "okhttp5"),
)
