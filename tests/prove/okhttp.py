"""Prove OkHttp 4, OkHttp 5 and Retrofit: every variant is a package of one program."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from tests.prove import jvm
from tests.prove.subject import PROGRAMS, REQUIRE_PINS, Built, Subject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.prove.variant import Variant

_PROGRAMS: Final = PROGRAMS / "okhttp"
_USED: Final = frozenset({"policy", "url", "cafile", "proxy"})
_JOINED: Final = "OkHttp joins the pins of a host and of its parents, a loss that an export must accept"
EXCUSED: Final = {"own-pins-not-the-parent's": _JOINED, "own-pins-with-subdomains": _JOINED}


def _build_kotlin(folder: Path, variants: Sequence[Variant], *, target: str, libraries: str) -> Built:
    of = jvm.libraries(libraries)
    written = [variant.write(folder, "{name}/Pins.kt", target, {"package": variant.name}) for variant in variants]
    jvm.check_kotlin(written)
    table, library = folder / "Table.kt", target.removesuffix("-kotlin")
    table.write_text(_kotlin_table(variants, {"okhttp": "client"}.get(library, library)))
    sources = [*written, table, _PROGRAMS / "Plain.kt", _PROGRAMS / library / "Main.kt"]
    jar = jvm.compile_kotlin(sources, of, folder / "client.jar")
    return jvm.program(jar, "proof.MainKt", of, variants)


def _kotlin_table(variants: Sequence[Variant], entry: str) -> str:
    cases = "".join(f'    "{variant.name}" -> {variant.name}.Pins::{entry}\n' for variant in variants)
    return f"package proof\n\nfun pinned(variant: String) = when (variant) {{\n{cases}    else -> error(variant)\n}}\n"


def _build_java(folder: Path, variants: Sequence[Variant], *, libraries: str) -> Built:
    of = jvm.libraries(libraries)
    written = [
        variant.write(folder, "{name}/Pins.java", "okhttp-java", {"package": variant.name}) for variant in variants
    ]
    jvm.check_java(written)
    table = folder / "Table.java"
    table.write_text(_java_table(variants))
    sources = [*written, table, _PROGRAMS / "java" / "Main.java"]
    jar = jvm.compile_java(sources, of, folder / "client.jar")
    return jvm.program(jar, "proof.Main", of, variants)


def _java_table(variants: Sequence[Variant]) -> str:
    cases = "".join(
        f'            case "{variant.name}": return {variant.name}.Pins.client(base);\n' for variant in variants
    )
    return (
        "package proof;\n\nimport okhttp3.OkHttpClient;\n\nfinal class Table {\n"
        f"    static OkHttpClient pinned(String variant, OkHttpClient base) {{\n        switch (variant) {{\n{cases}"
        "            default: throw new IllegalArgumentException(variant);\n        }\n    }\n}\n"
    )


def _kotlin(name: str, target: str, title: str, libraries: str) -> Subject:
    unpinned = ("val pinned = certificatePinner", "val pinned = CertificatePinner.DEFAULT")
    build = partial(_build_kotlin, target=target, libraries=libraries)
    return Subject(name, target, title, build, unpinned, jvm.TOOLS, _USED, excused=EXCUSED, early=REQUIRE_PINS)


def _java(name: str, title: str, libraries: str) -> Subject:
    unpinned = ("pinned = certificatePinner();", "pinned = CertificatePinner.DEFAULT;")
    build = partial(_build_java, libraries=libraries)
    return Subject(name, "okhttp-java", title, build, unpinned, jvm.TOOLS, _USED, excused=EXCUSED, early=REQUIRE_PINS)


SUBJECTS: Final = (
    _java("okhttp-java-4", "OkHttp 4", "okhttp4"),
    _java("okhttp-java-5", "OkHttp 5", "okhttp5"),
    _kotlin("okhttp-kotlin-4", "okhttp-kotlin", "OkHttp 4", "okhttp4"),
    _kotlin("okhttp-kotlin-5", "okhttp-kotlin", "OkHttp 5", "okhttp5"),
    _kotlin("retrofit-kotlin", "retrofit-kotlin", "Retrofit 3", "retrofit"),
)
