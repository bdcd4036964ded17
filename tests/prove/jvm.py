"""
Build programs for the JVM: libraries of Maven Central, compilers and formatters of Kotlin and Java, a quick start.

Each folder of ``programs/jvm`` has a ``pom.xml`` with exact versions, and `libraries` returns its class path. The build
of a client calls `check_kotlin` or `check_java` for the generated code, `compile_kotlin` or `compile_java` to make a
jar, and `program`. The class path is cached under the hash of its ``pom.xml``, and Maven itself caches the jars. The
classes of the tools are cached as archives, which a JVM maps into memory instead of loading the classes.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from pinsmith.lab.client import CommandClient
from pinsmith.lab.scenarios import leaf_pin
from pinsmith.lab.trial import try_client
from tests.prove.subject import CACHE, PROGRAMS, Built, Tool, run
from tests.prove.variant import PKIS, variants_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pinsmith.pinfile import Option
    from tests.prove.variant import Variant

JAVA: Final = Tool("Java", "java", "default-jdk-headless", r'(?<=version ")[^"]+', ("-version",))
JAVAC: Final = Tool("javac", "javac", "default-jdk-headless", r"\d[\d.]+", ("-version",))
MAVEN: Final = Tool("Maven", "mvn", "maven", r"\d[\d.]+")
TOOLS: Final = (JAVA, JAVAC, MAVEN)
KEPT: Final = CACHE / "jvm"
ARGUMENTS: Final = ("{variant}", "{url}", "{cafile}", "{proxy}")
"""The default arguments of a client."""

_FOLDER: Final = PROGRAMS / "jvm"
_RESOLVE: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.11.0:build-classpath"
_QUICK: Final = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto")
# ktlint and the embedded compiler use features that newer JDKs warn about.
_QUIET: Final = ("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow")
_FIRST_WITH_UNSAFE: Final = 24
_GOOGLE_JAVA_FORMAT: Final = tuple(
    f"--add-exports=jdk.compiler/com.sun.tools.javac.{package}=ALL-UNNAMED"
    for package in ("api", "code", "file", "parser", "tree", "util")
)
_TRAINING_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Libraries:
    """
    The libraries that a ``pom.xml`` names.

    Attributes:
        name: Its folder.
        versions: The versions of the libraries that it names, by artifact.
        jars: The jars of these libraries and of their dependencies.
    """

    name: str
    versions: dict[str, str]
    jars: tuple[Path, ...]

    @property
    def path(self) -> str:
        """The class path."""
        return os.pathsep.join(map(str, self.jars))


NOTHING: Final = Libraries("nothing", {}, ())
"""For clients that use only the JDK."""
UNPINNED: Final[Mapping[str, Option]] = {"unpinned-debug-builds": "com.example.app.BuildConfig"}
"""The options of an output that leaves debug builds unpinned."""


@cache
def libraries(name: str) -> Libraries:
    """Resolve ``programs/jvm/NAME/pom.xml``; Maven downloads the jars that its local repository lacks."""
    pom = _FOLDER / name / "pom.xml"
    content = pom.read_bytes()
    known = KEPT / f"{name}-{hashlib.sha256(content).hexdigest()[:16]}.path"
    jars = _jars(known)
    if not jars or not all(jar.exists() for jar in jars):
        known.parent.mkdir(parents=True, exist_ok=True)
        made = known.with_suffix(f".{os.getpid()}")
        run([MAVEN.find(), "-q", "-B", "-f", pom, _RESOLVE, f"-Dmdep.outputFile={made}"], known.parent)
        made.replace(known)
        jars = _jars(known)
    asked = ET.fromstring(content).iter("dependency")  # noqa: S314 - our own file
    return Libraries(
        name, {dependency.findtext("artifactId", ""): dependency.findtext("version", "") for dependency in asked}, jars
    )


def compile_kotlin(
    sources: Iterable[Path], of: Libraries, jar: Path, *options: str, allow_warnings: bool = False
) -> Path:
    """Compile into *jar*; a warning is an error unless *allow_warnings*; *sources* are files and folders."""
    strict = () if allow_warnings else ("-Werror", "-Wextra")
    arguments: tuple[str | Path, ...] = (*strict, "-no-stdlib", "-no-reflect", "-cp", of.path, "-d", jar)
    _run_tool(libraries("kotlinc"), "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler", (*arguments, *options, *sources))
    return jar


def compile_java(sources: Iterable[Path], of: Libraries, jar: Path, *, release: int = 8) -> Path:
    """Compile into *jar*; a warning is an error; *sources* are files."""
    classes = jar.with_suffix("")
    options = ("-Xlint:all,-options,-classfile,-processing", "-Werror", "--release", str(release))
    run([JAVAC.find(), *options, "-cp", of.path, "-d", classes, *sources], jar.parent)
    run([Path(JAVAC.find()).resolve().parent / "jar", "--create", "--file", jar, "-C", classes, "."], jar.parent)
    return jar


def build_config(folder: Path, *, is_debug: bool) -> Path:
    """Compile the class that Gradle makes for a build of an app."""
    # In a debug build the value is not a constant, as in Gradle, so that compilers see no unreachable code.
    value = 'Boolean.parseBoolean("true")' if is_debug else "false"
    source = folder / "BuildConfig.java"
    source.write_text(
        f"package com.example.app;\n\npublic final class BuildConfig {{\n"
        f"  public static final boolean DEBUG = {value};\n}}\n"
    )
    return compile_java([source], NOTHING, folder / "build-config.jar")


def check_kotlin(files: Iterable[Path]) -> None:
    """Require that ktlint finds nothing in *files*, with its official style."""
    _run_tool(libraries("ktlint"), "com.pinterest.ktlint.Main", ("--relative", "--log-level=error", *files))


def check_java(files: Iterable[Path]) -> None:
    """Require that google-java-format would not change *files*."""
    formatter = libraries("google-java-format")
    main = "com.google.googlejavaformat.java.Main"
    _run_tool(formatter, main, ("--dry-run", "--set-exit-if-changed", *files), _GOOGLE_JAVA_FORMAT)


def program(
    jar: Path, main: str, of: Libraries, variants: Sequence[Variant], arguments: Sequence[str] = ARGUMENTS
) -> Built:
    """
    Make a compiled client start quickly: the classes that it loads in one trial of the lab become an archive.

    Args:
        jar: The compiled client.

        main: The main class.

        of: The libraries of the client.

        variants: The variants that were compiled into it.

        arguments: The arguments of the client.
    """
    path = os.pathsep.join(map(str, (*of.jars, jar)))
    archive = jar.with_suffix(".jsa")
    (trained,) = variants_of([(leaf_pin.SCENARIO, "ec-p256")])
    if trained in variants:
        words = (argument.replace("{variant}", trained.name) for argument in arguments)
        command = (*_java(), f"-XX:ArchiveClassesAtExit={archive}", "-cp", path, main, *words)
        try_client(CommandClient(command, timeout_seconds=_TRAINING_SECONDS), leaf_pin.SCENARIO, PKIS.of("ec-p256"))
    command = (*_java(), f"-XX:SharedArchiveFile={archive}", "-cp", path, main, *arguments)
    return Built(command, {**of.versions, JAVA.name: JAVA.version})


def _jars(known: Path) -> tuple[Path, ...]:
    return tuple(map(Path, known.read_text("utf-8").strip().split(os.pathsep))) if known.exists() else ()


def _java() -> tuple[str, ...]:
    return (JAVA.find(), *_QUICK)


def _run_tool(of: Libraries, main: str, arguments: Iterable[str | Path], options: Iterable[str] = ()) -> None:
    """Run a program from the libraries *of*; the first run archives its classes."""
    identity = f"{JAVA.version}\n{main}\n{of.path}"
    archive = KEPT / f"{of.name}-{hashlib.sha256(identity.encode()).hexdigest()[:16]}.jsa"
    made = archive.with_suffix(f".{os.getpid()}")
    kept = f"-XX:SharedArchiveFile={archive}" if archive.exists() else f"-XX:ArchiveClassesAtExit={made}"
    try:
        run([*_java(), *_quiet(), kept, *options, "-cp", of.path, main, *arguments], KEPT)
    finally:
        if made.exists():
            made.replace(archive)


def _quiet() -> tuple[str, ...]:
    found = re.match(r"\d+", JAVA.version)
    return _QUIET if found and int(found[0]) >= _FIRST_WITH_UNSAFE else ()
