"""
The JVM: libraries of Maven Central, the compilers and formatters of Kotlin and Java, and programs that start quickly.

Each folder of ``programs/jvm`` has a ``pom.xml`` with exact versions; `libraries` returns the class path that follows
from it. A client's build is: `check_kotlin` or `check_java` on what was generated, `compile_kotlin` or `compile_java`
into a jar, and `program`. How the paths and archives are cached: the class path under the hash of its ``pom.xml``, the
jars by Maven itself, and the classes of the tools as archives that a JVM maps into memory instead of loading them.
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
    from collections.abc import Iterable, Sequence

    from tests.prove.variant import Variant

JAVA: Final = Tool("Java", "java", "default-jdk-headless", r'(?<=version ")[^"]+', ("-version",))
JAVAC: Final = Tool("javac", "javac", "default-jdk-headless", r"\d[\d.]+", ("-version",))
MAVEN: Final = Tool("Maven", "mvn", "maven", r"\d[\d.]+")
TOOLS: Final = (JAVA, JAVAC, MAVEN)
KEPT: Final = CACHE / "jvm"
ARGUMENTS: Final = ("{variant}", "{url}", "{cafile}", "{proxy}")
"""What a client is told, unless it is to be told something else."""

_FOLDER: Final = PROGRAMS / "jvm"
_RESOLVE: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.11.0:build-classpath"
_QUICK: Final = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto")
# ktlint and the embedded compiler use what newer JDKs warn of.
_QUIET: Final = ("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow")
_FIRST_WITH_UNSAFE: Final = 24
_GOOGLE_JAVA_FORMAT: Final = tuple(
    f"--add-exports=jdk.compiler/com.sun.tools.javac.{each}=ALL-UNNAMED"
    for each in ("api", "code", "file", "parser", "tree", "util")
)
_TRAINING_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Libraries:
    """
    What a ``pom.xml`` asks for.

    Attributes:
        name: The folder of it.
        versions: Of what it names, by artifact.
        jars: Those and all that they need.
    """

    name: str
    versions: dict[str, str]
    jars: tuple[Path, ...]

    @property
    def path(self) -> str:
        """The class path."""
        return os.pathsep.join(map(str, self.jars))


NOTHING: Final = Libraries("nothing", {}, ())
"""For clients of the JDK alone."""


@cache
def libraries(name: str) -> Libraries:
    """Resolve ``programs/jvm/NAME/pom.xml``; Maven fetches what is not in its local repository."""
    pom = _FOLDER / name / "pom.xml"
    content = pom.read_bytes()
    known = KEPT / f"{name}-{hashlib.sha256(content).hexdigest()[:16]}.path"
    jars = _jars(known)
    if not jars or not all(each.exists() for each in jars):
        known.parent.mkdir(parents=True, exist_ok=True)
        made = known.with_suffix(f".{os.getpid()}")
        run([MAVEN.find(), "-q", "-B", "-f", pom, _RESOLVE, f"-Dmdep.outputFile={made}"], known.parent)
        made.replace(known)
        jars = _jars(known)
    asked = ET.fromstring(content).iter("dependency")  # noqa: S314 - our own file
    return Libraries(name, {each.findtext("artifactId", ""): each.findtext("version", "") for each in asked}, jars)


def compile_kotlin(
    sources: Iterable[Path], of: Libraries, jar: Path, *options: str, allow_warnings: bool = False
) -> Path:
    """Compile into *jar*, without a warning unless they are allowed; *sources* are files and folders."""
    strict = () if allow_warnings else ("-Werror", "-Wextra")
    told: tuple[str | Path, ...] = (*strict, "-no-stdlib", "-no-reflect", "-cp", of.path, "-d", jar)
    _run_tool(libraries("kotlinc"), "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler", (*told, *options, *sources))
    return jar


def compile_java(sources: Iterable[Path], of: Libraries, jar: Path, *, release: int = 8) -> Path:
    """Compile without a warning, into *jar*; *sources* are files."""
    classes = jar.with_suffix("")
    options = ("-Xlint:all,-options,-classfile,-processing", "-Werror", "--release", str(release))
    run([JAVAC.find(), *options, "-cp", of.path, "-d", classes, *sources], jar.parent)
    run([Path(JAVAC.find()).resolve().parent / "jar", "--create", "--file", jar, "-C", classes, "."], jar.parent)
    return jar


def check_kotlin(files: Iterable[Path]) -> None:
    """Demand that ktlint finds nothing in *files*, by the style that it calls official."""
    _run_tool(libraries("ktlint"), "com.pinterest.ktlint.Main", ("--relative", "--log-level=error", *files))


def check_java(files: Iterable[Path]) -> None:
    """Demand that google-java-format would change nothing in *files*."""
    formatter = libraries("google-java-format")
    main = "com.google.googlejavaformat.java.Main"
    _run_tool(formatter, main, ("--dry-run", "--set-exit-if-changed", *files), _GOOGLE_JAVA_FORMAT)


def program(
    jar: Path, main: str, of: Libraries, variants: Sequence[Variant], arguments: Sequence[str] = ARGUMENTS
) -> Built:
    """
    Make a compiled client one that starts quickly: the classes that it loads in one trial of the lab become an archive.

    Args:
        jar: What was compiled.

        main: The class to be started.

        of: Its libraries.

        variants: What was compiled in.

        arguments: What it is told.
    """
    path = os.pathsep.join(map(str, (*of.jars, jar)))
    archive = jar.with_suffix(".jsa")
    (trained,) = variants_of([(leaf_pin.SCENARIO, "ec-p256")])
    if trained in variants:
        told = (each.replace("{variant}", trained.name) for each in arguments)
        command = (*_java(), f"-XX:ArchiveClassesAtExit={archive}", "-cp", path, main, *told)
        try_client(CommandClient(command, timeout_seconds=_TRAINING_SECONDS), leaf_pin.SCENARIO, PKIS.of("ec-p256"))
    command = (*_java(), f"-XX:SharedArchiveFile={archive}", "-cp", path, main, *arguments)
    return Built(command, {**of.versions, JAVA.name: JAVA.version})


def _jars(known: Path) -> tuple[Path, ...]:
    return tuple(map(Path, known.read_text("utf-8").strip().split(os.pathsep))) if known.exists() else ()


def _java() -> tuple[str, ...]:
    return (JAVA.find(), *_QUICK)


def _run_tool(of: Libraries, main: str, arguments: Iterable[str | Path], options: Iterable[str] = ()) -> None:
    """Run a program of *of*; its classes are archived on the first run."""
    told = f"{JAVA.version}\n{main}\n{of.path}"
    archive = KEPT / f"{of.name}-{hashlib.sha256(told.encode()).hexdigest()[:16]}.jsa"
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
