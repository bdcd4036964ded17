"""Code for Cronet and Android's HttpEngine compiles, and passes every pin to the builder of Android 14."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.errors import ExportRefusedError
from pinsmith.formats import export, find
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import BACKUP, INTERMEDIATE, LEAF
from tests.prove import jvm
from tests.prove.odd import odd_variants
from tests.prove.subject import PROGRAMS, run
from tests.prove.variant import Variant

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.prove, pytest.mark.timeout(600)]

TARGETS: Final = ("cronet-java", "cronet-kotlin", "http-engine-java", "http-engine-kotlin")
REAL, FALLBACK = "Cronet/143.0.7445.0@4f1c", "CronetHttpURLConnection/143.0.7445.0@4f1c"
POLICY: Final = Policy(
    (
        HostPins("example.com", (LEAF, BACKUP, INTERMEDIATE), include_subdomains=True, expires=date(2031, 5, 1)),
        HostPins("xn--mnchen-3ya.example.org", (LEAF, BACKUP)),
    )
)
_PROGRAMS: Final = PROGRAMS / "jvm" / "cronet"


class _Told(Variant):
    """The pin file whose pins the builder prints."""

    @property
    def policy(self) -> Policy:
        return POLICY


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Compile all odd pin files and one more for every target; return the class path."""
    for tool in jvm.TOOLS:
        tool.find()
    folder = tmp_path_factory.mktemp("cronet")
    of = jvm.libraries("cronet")
    own = [_PROGRAMS / f"{name}.java" for name in ("CronetEngine", "Taken", "Main")]
    run([jvm.JAVAC.find(), "-nowarn", "-cp", of.path, "-d", folder / "own", *own], folder)
    of = replace(of, jars=(*of.jars, folder / "own", jvm.build_config(folder, is_debug=True)))
    written = {".kt": [], ".java": []}  # type: dict[str, list[Path]]
    for target in TARGETS:
        (suffix,) = find(target).suffixes
        for variant in (_Told("told", ""), *odd_variants(target)):
            package = f"{target.replace('-', '')}.{variant.name}"
            path = variant.write(folder, f"{target}/{{name}}/Pins{suffix}", target, {"package": package})
            written[suffix].append(path)
        options = {"package": f"{target.replace('-', '')}.debug", **jvm.UNPINNED}
        written[suffix].append(_Told("debug", "").write(folder, f"{target}/{{name}}/Pins{suffix}", target, options))
    jvm.check_kotlin(written[".kt"])
    jvm.check_java(written[".java"])
    kotlin = jvm.compile_kotlin(written[".kt"], of, folder / "kotlin.jar")
    java = jvm.compile_java(written[".java"], of, folder / "java.jar")
    return replace(of, jars=(*of.jars, kotlin, java)).path


def _run(path: str, folder: Path, *arguments: str) -> list[str]:
    return run([jvm.JAVA.find(), "-cp", path, "proof.Main", *arguments], folder).splitlines()


@pytest.mark.parametrize("target", TARGETS)
def test_the_builder_takes_every_pin(target: str, built: str, tmp_path: Path) -> None:
    """Hosts, subdomains, days and pins arrive as the pin file has them, and no installed authority bypasses them."""
    *taken, bypass, ended = _run(built, tmp_path, f"{target.replace('-', '')}.told.Pins", REAL)
    expected = []
    for entry, day in zip(POLICY.hosts, ("2031-05-01", "9999-12-31"), strict=True):
        pins = " ".join(sorted(key.pin.base64 for key in entry.keys))
        expected.append(f"{entry.host} {str(entry.include_subdomains).lower()} {day}T00:00:00Z {pins}")
    assert sorted(taken) == sorted(expected)
    assert bypass == "bypass false"
    assert ended != "shut down"


@pytest.mark.parametrize("target", TARGETS[:2])
def test_the_fallback_of_cronet_is_refused(target: str, built: str, tmp_path: Path) -> None:
    """The fallback ignores pins, so no engine is returned if the device has nothing else."""
    path = f"{target.replace('-', '')}.told.Pins"
    assert _run(built, tmp_path, path, REAL)[-1] == "an engine"
    *_, shut, refused = _run(built, tmp_path, path, FALLBACK)
    assert shut == "shut down"
    assert refused.endswith("only the fallback of Cronet is available, which does not pin")


@pytest.mark.parametrize("target", TARGETS)
def test_a_debug_build_is_unpinned_if_the_output_asks(target: str, built: str, tmp_path: Path) -> None:
    """With the option for debug builds, the builder of a debug build gets no pins, and that of a release gets all."""
    path = f"{target.replace('-', '')}.debug.Pins"
    assert _run(built, tmp_path, path, REAL)[0] == "bypass true"
    release = jvm.build_config(tmp_path, is_debug=False)
    assert len(_run(f"{release}:{built}", tmp_path, path, REAL)) > len(POLICY.hosts)


def test_names_are_refused_that_the_builder_refuses(built: str, tmp_path: Path) -> None:
    """The export refuses the names for which the builder of Android would throw when the app starts."""
    names = (
        "api.example.com",
        "a_b.example.com",
        "1.example.com",
        "localhost",
        "xn--mnchen-3ya.example.org",
        "_dmarc.test",
    )
    bypass, *answers = _run(built, tmp_path, "name", *names)
    taken = [answer == "true" for answer in answers]
    assert taken == [_is_exported(name) for name in names]
    assert set(taken) == {True, False}
    assert bypass == "bypass true"  # as long as the generated code does not switch it off


def _is_exported(name: str) -> bool:
    try:
        export(Policy((HostPins(name, (LEAF, BACKUP)),)), find("cronet-kotlin"))
    except ExportRefusedError:
        return False
    return True
