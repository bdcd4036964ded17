"""The snippets on the pages of the targets compile together with the generated code."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.formats import LOSSES, export, find
from tests.formats.policy import FULL
from tests.prove import jvm, node, qt
from tests.prove.go import GO
from tests.prove.npm import NODE
from tests.prove.php import PHP
from tests.prove.ruby import RUBY
from tests.prove.shell import SHELLCHECK
from tests.prove.subject import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.prove, pytest.mark.timeout(600)]

_APACHE: Final = "org.apache.hc.client5.http"
JAVA: Final = {
    "apache-httpclient": (
        "apache",
        (
            f"{_APACHE}.io",
            f"{_APACHE}.nio",
            *(f"{_APACHE}.impl.{package}" for package in ("async", "classic", "io", "nio")),
        ),
    ),
    "http-engine-java": ("cronet", ("android.content", "android.net.http", "java.util.concurrent")),
    "jsse-java": (None, ("java.net", "java.net.http", "java.security", "javax.net.ssl")),
    "okhttp-java": ("okhttp5", ("okhttp3",)),
}
"""The libraries of a target, and the packages that its snippet imports, by target."""
_KTOR: Final = ("io.ktor.client.plugins", "io.ktor.client.request", "io.ktor.client.statement")
KOTLIN: Final = {
    "http-engine-kotlin": (
        "cronet",
        ("android.content", "android.net.http", "java.util.concurrent"),
        "context: Context, executor: Executor, callback: UrlRequest.Callback",
    ),
    "okhttp-kotlin": ("okhttp5", ("okhttp3",), "base: OkHttpClient"),
    "ktor": ("ktor", (*_KTOR, "io.ktor.client.plugins.websocket", "okhttp3"), "base: OkHttpClient"),
    "ktor-cio": (
        "ktor-cio",
        (*_KTOR, "io.ktor.client", "io.ktor.client.engine", "javax.net.ssl"),
        "yours: X509TrustManager",
    ),
}
"""The libraries of a target, the packages that its snippet imports, and the variables it assumes, by target."""
INTERPRETED: Final[dict[str, tuple[str, str, Callable[[], tuple[str, ...]]]]] = {
    "axios": (".mjs", "", lambda: (NODE.find(), "--check")),
    "curl-shell": (".sh", "#!/bin/sh\n", lambda: (SHELLCHECK.find(), "--norc", "--exclude=SC1091")),
    "grpc-node": (".mjs", "", lambda: (NODE.find(), "--check")),
    "node-https": (".mjs", "", lambda: (NODE.find(), "--check")),
    "node-undici": (".mjs", "", lambda: (NODE.find(), "--check")),
    "php-curl": (".php", "<?php\n", lambda: (PHP.find(), "-l")),
    "ruby-net-http": (".rb", "", lambda: (RUBY.find(), "-c")),
}
"""The suffix of a program, its beginning, and the command that checks its syntax, by target."""


def _code(target: str) -> str:
    return export(FULL, find(target), options={"accept-loss": tuple(LOSSES)}).text


@pytest.mark.parametrize("target", JAVA)
def test_java(target: str, tmp_path: Path) -> None:
    """A Java snippet compiles in a method, with imports."""
    library, packages = JAVA[target]
    for tool in jvm.TOOLS:
        tool.find()
    (tmp_path / "pins").mkdir()
    (tmp_path / "pins" / "Pins.java").write_text(_code(target))
    imports = "".join(f"import {package}.*;\n" for package in ("pins", *packages))
    usage = f"{imports}final class Use {{\nvoid use({_base(target)}) throws Exception {{\n{find(target).usage}}}\n}}\n"
    (tmp_path / "Use.java").write_text(usage)
    of = jvm.libraries(library) if library else jvm.NOTHING
    sources = [tmp_path / "pins" / "Pins.java", tmp_path / "Use.java"]
    run([jvm.JAVAC.find(), "-cp", of.path, "-d", tmp_path / "classes", *sources], tmp_path)


def _base(target: str) -> str:
    return {
        "http-engine-java": "Context context, Executor executor, UrlRequest.Callback callback",
        "okhttp-java": "OkHttpClient base",
    }.get(target, "")


@pytest.mark.parametrize("target", KOTLIN)
def test_kotlin(target: str, tmp_path: Path) -> None:
    """A Kotlin snippet compiles in a function, with imports."""
    library, packages, given = KOTLIN[target]
    for tool in jvm.TOOLS:
        tool.find()
    (tmp_path / "Pins.kt").write_text(_code(target))
    imports = "".join(f"import {package}.*\n" for package in ("pins", *packages))
    (tmp_path / "Use.kt").write_text(f"{imports}\nsuspend fun use({given}) {{\n{find(target).usage}}}\n")
    sources = [tmp_path / "Pins.kt", tmp_path / "Use.kt"]
    jvm.compile_kotlin(sources, jvm.libraries(library), tmp_path / "use.jar", allow_warnings=True)


def test_go(tmp_path: Path) -> None:
    """The Go snippet compiles in a function, with imports, and leaves no import unused."""
    (tmp_path / "pins").mkdir()
    (tmp_path / "pins" / "pins.go").write_text(_code("go"))
    (tmp_path / "go.mod").write_text("module use\n\ngo 1.21\n")
    end = "\t_, _, _ = response, transport, config\n"
    program = f'package main\n\nimport (\n"errors"\n"log"\n"use/pins"\n)\n\nfunc main() {{\n{find("go").usage}{end}}}\n'
    (tmp_path / "main.go").write_text(program)
    run([GO.find(), "vet", "./..."], tmp_path)


def test_cpp(tmp_path: Path) -> None:
    """The C++ snippet compiles in a function, after the header."""
    for tool in (qt.GXX, qt.QMAKE):
        tool.find()
    (tmp_path / "pins.h").write_text(_code("qt-cpp"))
    first, _, rest = find("qt-cpp").usage.strip().partition("\n")
    program = f"{first}\n#include <QDebug>\nint main()\n{{\n{rest}\n    return reply == nullptr;\n}}\n"
    (tmp_path / "main.cpp").write_text(program)
    qt.compiled("main.cpp", tmp_path)


@pytest.mark.parametrize("target", INTERPRETED)
def test_interpreted_languages(target: str, tmp_path: Path) -> None:
    """The interpreter accepts the syntax of the snippet."""
    suffix, begin, check = INTERPRETED[target]
    file = tmp_path / f"use{suffix}"
    file.write_text(f"{begin}{find(target).usage}")
    run([*check(), file], tmp_path)


@pytest.mark.parametrize("target", ["grpc-python", "python", "python-standalone", "qt-pyside"])
def test_python(target: str) -> None:
    """Python accepts the syntax of the snippet."""
    assert ast.parse(find(target).usage).body


def test_types(tmp_path: Path) -> None:
    """TypeScript can parse the snippets of React Native."""
    for number, target in enumerate(("react-native-ssl-pinning", "react-native-ssl-public-key-pinning")):
        (tmp_path / f"use{number}.mts").write_text(find(target).usage)
    tsc = node.packages() / ".bin" / "tsc"
    options = ("--noEmit", "--noResolve", "--skipLibCheck", "--target", "es2022", "--module", "esnext", "--noCheck")
    run([tsc, *options, *tmp_path.glob("*.mts")], tmp_path)


def test_a_snippet_that_does_not_compile_is_noticed(tmp_path: Path) -> None:
    """The control: a misspelt function in a snippet is an error."""
    (tmp_path / "pins").mkdir()
    (tmp_path / "pins" / "pins.go").write_text(_code("go"))
    (tmp_path / "go.mod").write_text("module use\n\ngo 1.21\n")
    (tmp_path / "main.go").write_text('package main\n\nimport "use/pins"\n\nfunc main() { pins.Clients(nil) }\n')
    with pytest.raises(AssertionError, match="undefined: pins"):
        run([GO.find(), "vet", "./..."], tmp_path)
