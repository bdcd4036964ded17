"""Prove JSSE: two clients of the JDK and two of Apache use the generated context; every variant is a package."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from tests.prove import jvm
from tests.prove.claims import CLAIMS, NAME_LEFT_TO_THE_CALLER
from tests.prove.paths import PATHS
from tests.prove.subject import PROGRAMS, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pinsmith.lab.scenario import Scenario
    from tests.prove.subject import Built
    from tests.prove.variant import Variant

_SSL_CONTEXT: Final = "javax.net.ssl.SSLContext sslContext"
_CLAIMS: Final = (*CLAIMS, *PATHS)
_TLS_STRATEGY: Final = "org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy tlsStrategy"


def _jdk(main: str, release: int, folder: Path, variants: Sequence[Variant]) -> Built:
    sources = [
        *_generated("jsse-java", _SSL_CONTEXT, folder, variants),
        *_own("jsse/Trial", f"jsse/{main.partition('$')[0]}"),
    ]
    jar = jvm.compile_java(sources, jvm.NOTHING, folder / "client.jar", release=release)
    return jvm.program(jar, main, jvm.NOTHING, variants)


def _apache(main: str, folder: Path, variants: Sequence[Variant]) -> Built:
    libraries = jvm.libraries("apache")
    sources = [*_generated("apache-httpclient", _TLS_STRATEGY, folder, variants), *_own("jsse/Trial", f"apache/{main}")]
    jar = jvm.compile_java(sources, libraries, folder / "client.jar")
    return jvm.program(jar, main, libraries, variants)


def _own(*names: str) -> Iterator[Path]:
    yield from (PROGRAMS / "jvm" / f"{name}.java" for name in names)


def _generated(target: str, entrance: str, folder: Path, variants: Sequence[Variant]) -> Iterator[Path]:
    """Write every variant, and the class that calls a variant by its name."""
    generated = [variant.write(folder, "{name}/Pins.java", target, {"package": variant.name}) for variant in variants]
    jvm.check_java(generated)
    yield from generated
    table = folder / "Variants.java"
    table.write_text(_table(variants, entrance), "utf-8")
    yield table


def _table(variants: Sequence[Variant], entrance: str) -> str:
    """Return the class ``Variants``, which calls the entrance of a variant by the name of the variant."""
    name = entrance.rpartition(" ")[2]
    cases = "".join(
        f'case "{variant.name}": {variant.name}.Pins.setListener(m -> report(m.host, m.enforced));\n'
        f"return {variant.name}.Pins.{name}(anchors);\n"
        for variant in variants
    )
    return (
        "final class Variants {\nstatic void report(String host, boolean enforced) {\n"
        'System.err.println("reported: " + host + (enforced ? ", refused" : ", let pass"));\n'
        'throw new IllegalStateException("a hook changes nothing");\n}\n'
        f"static {entrance}(String variant, java.security.KeyStore anchors)\n"
        f"throws java.security.GeneralSecurityException {{\nswitch (variant) {{\n{cases}"
        "default: throw new IllegalArgumentException(variant);\n}\n}\n}\n"
    )


def _subject(
    id: str,  # noqa: A002 - as the field
    target: str,
    title: str,
    build: partial[Built],
    *,
    claims: tuple[Scenario, ...] = CLAIMS,
    early: frozenset[str] = frozenset(),
) -> Subject:
    return Subject(
        id,
        target,
        title,
        build,
        ("if (!isMatched(entry.pins, chain))", "if (false && !isMatched(entry.pins, chain))"),
        jvm.TOOLS,
        frozenset({"policy", "url", "cafile", "proxy"}),
        early=early,
        claims=claims,
    )


LAX: Final = _subject(
    "jsse-java-lax",
    "jsse-java",
    "HttpsURLConnection in an app whose verifier accepts every name",
    partial(_jdk, "UrlConnection$Lax", 8),
    claims=(NAME_LEFT_TO_THE_CALLER,),
)
SUBJECTS: Final = (
    _subject(
        "apache-httpclient-async",
        "apache-httpclient",
        "Apache HttpAsyncClient with the generated strategy",
        partial(_apache, "Async"),
    ),
    _subject(
        "apache-httpclient-classic",
        "apache-httpclient",
        "Apache HttpClient, classic, with the generated strategy",
        partial(_apache, "Classic"),
    ),
    _subject(
        "jsse-java-net-http",
        "jsse-java",
        "java.net.http.HttpClient with the generated context",
        partial(_jdk, "JavaNetHttp", 11),
        claims=_CLAIMS,
    ),
    _subject(
        "jsse-java-url-connection",
        "jsse-java",
        "HttpsURLConnection with the generated context",
        partial(_jdk, "UrlConnection", 8),
        claims=_CLAIMS,
    ),
)
