"""Prove Ktor with the engines OkHttp and CIO: every variant is a package of one program."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from tests.prove import jvm
from tests.prove.claims import CLAIMS
from tests.prove.okhttp import EXCUSED
from tests.prove.paths import PATHS
from tests.prove.subject import PROGRAMS, REQUIRE_PINS, Built, Subject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.prove.variant import Variant

COMMON: Final = "(io.ktor.client.HttpClientConfig<*>.() -> Unit) -> io.ktor.client.HttpClient"
"""The type by which common code of a multiplatform project takes ``Pins::httpClient`` of any target."""

_REPORT: Final = """\
fun report(host: String, enforced: Boolean) {
    System.err.println("reported: $host, ${if (enforced) "refused" else "let pass"}")
    error("a hook changes nothing")
}
"""


def _build(
    folder: Path, variants: Sequence[Variant], *, target: str, programs: tuple[str, ...], entrance: str
) -> Built:
    of = jvm.libraries(target)
    written = [variant.write(folder, "{name}/Pins.kt", target, {"package": variant.name}) for variant in variants]
    jvm.check_kotlin(written)
    table = folder / "Table.kt"
    table.write_text(_table(variants, entrance), "utf-8")
    main = programs[-1]
    own = [PROGRAMS / f"{name}.kt" for name in ("ktor/Main", *programs)]
    jar = jvm.compile_kotlin([*written, table, *own], of, folder / "client.jar")
    return jvm.program(jar, f"proof.{main.rpartition('/')[2]}Kt", of, variants)


def _table(variants: Sequence[Variant], entrance: str) -> str:
    cases = "".join(
        f'    "{variant.name}" -> {entrance.replace("Pins", f"{variant.name}.Pins")}\n' for variant in variants
    )
    shared = ", ".join(f"{variant.name}.Pins::httpClient" for variant in variants)
    return (
        f"package proof\n\n{_REPORT}\nfun pinned(variant: String) = when (variant) {{\n{cases}"
        "    else -> error(variant)\n}\n\n"
        f"val inCommonCode: List<{COMMON}> =\n    listOf({shared})\n"
    )


SUBJECTS: Final = (
    Subject(
        "ktor-cio",
        "ktor-cio",
        "Ktor on CIO",
        partial(
            _build,
            target="ktor-cio",
            programs=("ktor/CioMain",),
            entrance="Pins.apply { onMismatch = { report(it.host, it.enforced) } }",
        ),
        ("if (!isMatched(chain)) {", "if (!isMatched(chain) && false) {"),
        jvm.TOOLS,
        frozenset({"policy", "url", "cafile", "proxy"}),
        excused={
            "leaf-pin": "CIO does not support certificates with Ed25519 keys",
            "session-of-another-host": "CIO connects to 127.0.0.1 under the name localhost, by a reverse lookup; it "
            "resumes no session",
            "tls13-good": "CIO has TLS 1.2 alone",
        },
        early=REQUIRE_PINS,
        claims=(*CLAIMS, *PATHS),
    ),
    Subject(
        "ktor",
        "ktor",
        "Ktor on OkHttp",
        partial(
            _build,
            target="ktor",
            programs=("okhttp/Plain", "ktor/OkHttpMain"),
            entrance="{ base: okhttp3.OkHttpClient -> Pins.httpClient(base) }",
        ),
        ("val pinned = certificatePinner", "val pinned = CertificatePinner.DEFAULT"),
        jvm.TOOLS,
        frozenset({"policy", "url", "cafile", "proxy"}),
        excused=EXCUSED,
        early=REQUIRE_PINS,
    ),
)
