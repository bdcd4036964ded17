"""Everything that `make` installs is locked, complete, and free of addresses."""

from __future__ import annotations

import json
import re
import tomllib
from itertools import product
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pinsmith.clients import CLIENTS
from tests.meta import source
from tests.releases.release import LOCKS as RELEASE_LOCKS, RELEASES, Release

if TYPE_CHECKING:
    from pathlib import Path

    from packaging.markers import Marker

LOCKS = {path.stem: path.read_text("utf-8") for path in sorted((source.ROOT / "requirements").glob("*.txt"))}
PYTHONS = ("3.11.7", "3.12.1", "3.13.0", "3.14.0")
PLATFORMS = {"linux": "posix", "darwin": "posix", "win32": "nt"}

# Lock: the dependency groups that it contains (tools/lock); None stands for the package's own dependencies.
CONTENTS: dict[str, tuple[str | None, ...]] = {
    "run": (None, "updates", "build"),
    "wheel": (None,),
    "wheel-audit": (None, "audit"),
    "wheel-clickhouse": (None, "clickhouse"),
    "wheel-kafka": (None, "kafka"),
    "wheel-lab": (None, "lab"),
    "wheel-mcp": (None, "mcp"),
    "wheel-nats": (None, "nats"),
    "wheel-pkcs11": (None, "pkcs11"),
    "wheel-postgresql": (None, "postgresql"),
    "wheel-rustls": (None, "rustls"),
    "wheel-server": (None, "server"),
    "wheel-updates": (None, "updates"),
    "wheel-yaml": (None, "yaml"),
    "test": ("test", "clients", "agents", "service"),
    "judged": ("judged",),
    "engines": ("engines",),
    "extended": ("extended",),
    "lint": ("lint",),
    "types": ("types",),
    "docs": ("docs",),
    "nox": ("nox",),
    "prove": ("prove", "lint", "types"),
    "release": ("release",),
    "certbot": ("certbot",),
    "mcp-1": ("mcp-1",),
    "mitmproxy": ("mitmproxy",),
    "oldest": (None, "audit", "lab", "server", "updates", "yaml", "build", "test", "clients", "service"),
}
# These locks have environments of their own, with older packages than the others.
ALONE = {"certbot", "mcp-1", "mitmproxy", "oldest"}


def _wanted(groups: tuple[str | None, ...]) -> list[Requirement]:
    project = tomllib.loads((source.ROOT / "pyproject.toml").read_text("utf-8"))
    extras = project["project"]["optional-dependencies"]
    named = {None: project["project"]["dependencies"], **project["dependency-groups"], **extras}
    return [Requirement(text) for group in groups for text in named[group]]


def _locked(lock: str) -> list[Requirement]:
    lines = LOCKS[lock].replace("\\\n", " ").splitlines()
    return [Requirement(line.partition(" --hash")[0].strip()) for line in lines if re.match(r"[a-z]", line)]


def test_there_is_a_lock_for_every_purpose() -> None:
    """The table above and the folder list the same locks."""
    assert set(LOCKS) == set(CONTENTS)


@pytest.mark.parametrize("lock", CONTENTS)
def test_a_lock_satisfies_pyproject(lock: str) -> None:
    """Each direct dependency is locked to a version that pyproject.toml allows; `make lock` repairs it."""
    versions: dict[str, list[Requirement]] = {}
    for requirement in _locked(lock):
        versions.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    for wanted in _wanted(CONTENTS[lock]):
        locked = versions.get(canonicalize_name(wanted.name), [])
        assert locked, f"{wanted.name} is not in requirements/{lock}.txt: run `make lock`"
        for requirement in locked:
            version = next(iter(requirement.specifier)).version
            assert version in wanted.specifier, f"{requirement} against {wanted}: run `make lock`"


@pytest.mark.parametrize("lock", CONTENTS)
def test_every_locked_package_has_hashes_and_no_address(lock: str) -> None:
    """Any index or mirror may serve the files, and the hashes detect every change."""
    entries = [entry for entry in re.split(r"\n(?=[a-z])", LOCKS[lock]) if re.match(r"[a-z]", entry)]
    assert entries
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in LOCKS[lock]


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.name)
def test_a_release_is_locked(release: Release) -> None:
    """The lock of an old release contains exactly the packages of that release, with hashes; `make lock` repairs it."""
    text = (RELEASE_LOCKS / f"{release.name}.txt").read_text("utf-8")
    entries = re.findall(r"^([a-z][^ ]+==[^ ]+) \\\n    --hash=sha256:", text, re.MULTILINE)
    assert sorted(entries) == sorted(release.install)
    assert "://" not in text


def test_no_lock_of_a_release_is_left_over() -> None:
    """The folder of locks and the list of releases agree."""
    assert {path.stem for path in RELEASE_LOCKS.glob("*")} == {release.name for release in RELEASES}


def test_each_helper_is_tested_with_its_oldest_release() -> None:
    """The session `releases` runs the tests with the oldest releases that the table of clients promises."""
    tested = {canonicalize_name(name): version for release in reversed(RELEASES) for name, version in _pins(release)}
    helpers = {client for client in CLIENTS if client.helper}
    oldest = {canonicalize_name(client.library.partition("[")[0]): client.oldest for client in helpers}
    assert {name: tested.get(name) for name in oldest} == oldest


def _pins(release: Release) -> list[tuple[str, str]]:
    return [(name, version) for name, _, version in (item.partition("==") for item in release.install)]


NODE = sorted((source.ROOT / "tests").rglob("package-lock.json"))


@pytest.mark.parametrize("lock", NODE, ids=lambda path: path.parent.name)
def test_a_lock_of_node_has_the_wanted_versions(lock: Path) -> None:
    """Each package is locked in the one version that is wanted; `npm install --package-lock-only` repairs it."""
    wanted = json.loads((lock.parent / "package.json").read_text("utf-8"))["dependencies"]
    locked = json.loads(lock.read_text("utf-8"))["packages"]
    assert locked[""]["dependencies"] == wanted
    assert {name: locked[f"node_modules/{name}"]["version"] for name in wanted} == wanted


@pytest.mark.parametrize("lock", NODE, ids=lambda path: path.parent.name)
def test_a_lock_of_node_has_hashes_and_no_address(lock: Path) -> None:
    """The file .npmrc there keeps addresses of registries out; npm's members `funding` must be deleted by hand."""
    text = lock.read_text("utf-8")
    locked = json.loads(text)["packages"]
    assert {
        name for name, entry in locked.items() if name and not entry.get("integrity", "").startswith("sha512-")
    } == set()
    assert "://" not in text


@pytest.mark.parametrize(("python", "platform"), list(product(PYTHONS, PLATFORMS)))
def test_the_locks_agree_on_every_python_and_platform(python: str, platform: str) -> None:
    """Apart from those in `ALONE`, all locks fit into one environment, which `make check` relies on."""
    environment = {
        "implementation_name": "cpython",
        "os_name": PLATFORMS[platform],
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "python_full_version": python,
        "python_version": python.rpartition(".")[0],
        "sys_platform": platform,
    }
    chosen: dict[str, set[str]] = {}
    for lock in set(LOCKS) - ALONE:
        for requirement in _locked(lock):
            if _applies(requirement.marker, environment):
                chosen.setdefault(canonicalize_name(requirement.name), set()).add(str(requirement.specifier))
    assert {name: found for name, found in chosen.items() if len(found) != 1} == {}


def _applies(marker: Marker | None, environment: dict[str, str]) -> bool:
    return marker is None or marker.evaluate(environment)
