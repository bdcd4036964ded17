"""JSSE: a generated context in two clients of the JDK; each variant a package."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from tests.prove import jvm
from tests.prove.subject import PROGRAMS, Subject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.prove.subject import Built
    from tests.prove.variant import Variant

_SABOTAGE: Final = ("if (entry != null && !isMatched(", "if (false && !isMatched(")


def _build(main: str, release: int, folder: Path, variants: Sequence[Variant]) -> Built:
    generated = [
        variant.write(folder, "{name}/Pins.java", "jsse-java", {"package": variant.name}) for variant in variants
    ]
    jvm.check_java(generated)
    table = folder / "Variants.java"
    table.write_text(table_of(variants), "utf-8")
    own = [PROGRAMS / "jvm" / "jsse" / f"{name}.java" for name in ("Trial", main)]
    jar = jvm.compile_java([*generated, table, *own], jvm.NOTHING, folder / "client.jar", release=release)
    return jvm.program(jar, main, jvm.NOTHING, variants)


def table_of(variants: Sequence[Variant], entrance: str = "javax.net.ssl.SSLContext sslContext") -> str:
    """Write the class ``Variants``, which calls the entrance of a variant by name."""
    name = entrance.rpartition(" ")[2]
    cases = "".join(
        f'      case "{each.name}":\n        return {each.name}.Pins.{name}(anchors);\n' for each in variants
    )
    return (
        "final class Variants {\n  private Variants() {}\n\n"
        f"  static {entrance}(String variant, java.security.KeyStore anchors)\n"
        "      throws java.security.GeneralSecurityException {\n"
        f"    switch (variant) {{\n{cases}      default:\n        throw new IllegalArgumentException(variant);\n"
        "    }\n  }\n}\n"
    )


SUBJECTS: Final = tuple(
    Subject(
        f"jsse-java-{name}",
        "jsse-java",
        f"{title} with the generated context",
        partial(_build, main, release),
        _SABOTAGE,
        (jvm.JAVA, jvm.JAVAC, jvm.MAVEN),
        frozenset({"policy", "url", "cafile", "proxy"}),
    )
    for name, title, main, release in (
        ("url-connection", "HttpsURLConnection", "UrlConnection", 8),
        ("java-net-http", "java.net.http.HttpClient", "JavaNetHttp", 11),
    )
)
