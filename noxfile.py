"""Define the checks of the project, one session each; .ci/run runs them all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import nox

if TYPE_CHECKING:
    from collections.abc import Iterator

nox.needs_version = ">=2025.10"
nox.options.default_venv_backend = "uv"  # installed with nox; pip takes minutes for so many environments
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = True
nox.options.error_on_external_run = True
nox.options.reuse_existing_virtualenvs = True

ROOT = Path(__file__).parent
OLDEST, NEWEST = "3.11", "3.14"
SUPPORTED = ("3.11", "3.12", "3.13", "3.14")
EXTRAS = (
    "",
    "audit",
    "clickhouse",
    "kafka",
    "lab",
    "mcp",
    "nats",
    "pkcs11",
    "postgresql",
    "rustls",
    "server",
    "updates",
    "yaml",
)  # of pyproject.toml; "" stands for none

# The programs that the extended session starts, besides Envoy: program, Debian package.
SERVERS = {
    "redis-server": "redis-server",
    "initdb": "postgresql",
    "mariadbd": "mariadb-server",
    "mariadb-install-db": "mariadb-server",
    "mosquitto": "mosquitto",
    "mosquitto_passwd": "mosquitto",
    "vsftpd": "vsftpd",
    "softhsm2-util": "softhsm2",
    "nginx": "nginx",
    "caddy": "caddy",
    "promtool": "prometheus",
    "systemd-analyze": "systemd",
    "go": "golang-go",
    "buildah": "buildah",
    "bwrap": "bubblewrap",
    "openssl": "openssl",
    "curl": "curl",
    "wget": "wget",
    "javac": "default-jdk-headless",
    "mvn": "maven",
    "node": "nodejs",
    "npm": "npm",
    "chromium": "chromium",
    "fish": "fish",
    "zsh": "zsh",
    "aapt": "aapt",
    "apksigner": "apksigner",
    "apktool": "apktool",  # it brings the resources of Android, too
    "smali": "libsmali-java",
}

# The folders with the tests of a marker, because it takes longer to collect all tests than to run some of them.
FOLDERS = {
    "extended": ("tests/extended", "tests/walkthroughs"),
    "clients": ("tests/judged",),
    "prove": ("tests/prove",),
    "engines": ("tests/engines",),
}

# The programs of the session `engines`: program, Debian package. NATS and ClickHouse come from PyPI.
ENGINES = {
    "initdb": "postgresql",
    "pg_dump": "postgresql-client",
    "java": "default-jdk-headless",
    "mvn": "maven",
    "go": "golang-go",
}

# The programs that the session `clients` judges: program, Debian package.
CLIENTS = {"curl": "curl", "wget": "wget", "openssl": "openssl", "node": "nodejs", "go": "golang-go"}

# The compilers and languages of the session `prove`: program, Debian package.
LANGUAGES = {
    "curl": "curl",
    "go": "golang-go",
    "cargo": "cargo",
    "javac": "default-jdk-headless",
    "mvn": "maven",
    "node": "nodejs",
    "npm": "npm",
    "php": "php-cli",
    "ruby": "ruby",
    "rubocop": "rubocop",
    "g++": "g++",
    "mcs": "mono-mcs",
    "rustfmt": "rustfmt",
    "cargo-clippy": "rust-clippy",
    "shellcheck": "shellcheck",
    "shfmt": "shfmt",
}
# The libraries that `prove` also needs, and `extended` the first: a file of the library, Debian package.
LIBRARIES = {
    "/usr/lib/*/engines-3/pkcs11.so": "libengine-pkcs11-openssl",
    "/usr/lib/php/*/curl.so": "php-curl",
    "/usr/include/*/qt6/QtNetwork": "qt6-base-dev",
    "/usr/share/php/GuzzleHttp/autoload.php": "php-guzzlehttp-guzzle",
    "/usr/share/rubygems-integration/*/gems/faraday-*": "ruby-faraday",
    "/lib/ld-linux.so.2": "libc6-i386",  # the only Dart that can be installed is a 32-bit program
}


def _version_of(python: str | Path) -> str:
    """Return a version like "3.12", or "" if the file is not a working CPython with venv."""
    code = (
        "import sys, ssl, venv, ensurepip;"
        "print(*sys.version_info[:2], sep='.') if sys.implementation.name == 'cpython' else None"
    )
    try:
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603 - found by _discover
    except OSError:
        return ""
    return done.stdout.strip()


def _discover() -> dict[str, Path]:
    """Find the supported Pythons of this machine: those of pyenv first, then PATH."""
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
    found = {}
    for version in SUPPORTED:
        candidates = sorted(pyenv.glob(f"{version}.*/bin/python{version}"), reverse=True)
        on_path = shutil.which(f"python{version}")
        if on_path:
            candidates.append(Path(on_path))
        for python in candidates:
            if _version_of(python) == version:
                found[version] = python
                break
    return found


PYTHONS = _discover()
# Keep compiled modules, because each session starts Python hundreds of times.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# rustup installs programs into a folder that is not on every PATH, and those of Debian are too old for `prove`.
RUST = Path(os.environ.get("CARGO_HOME", "~/.cargo")).expanduser() / "bin"
# nox searches PATH, where a shim of pyenv may stand for a Python that is not installed. uv is installed beside nox.
os.environ["PATH"] = os.pathsep.join(
    [*(str(p.parent) for p in PYTHONS.values()), str(RUST), os.environ["PATH"], str(Path(sys.executable).parent)]
)


def _install(session: nox.Session, *locks: str, project: bool = True) -> None:
    """Install locked packages, and the project itself in editable form."""
    # The wheel of urllib3-future would overwrite urllib3 (see tools/setup).
    env = {"URLLIB3_NO_OVERRIDE": "1"}
    for lock in locks:
        session.install("--require-hashes", "-r", f"requirements/{lock}.txt", env=env)
    if project:
        session.install("--no-deps", "--no-build-isolation", "--editable", ".", env=env)


@nox.session(venv_backend="none")
def pythons(session: nox.Session) -> None:
    """Fail unless the tests will run with two Pythons, and with both chain interfaces of `ssl`."""
    for version, path in PYTHONS.items():
        session.log("Python %s: %s", version, path)
    if len(PYTHONS) < 2:  # noqa: PLR2004 - the rule is two
        session.error(f"only {len(PYTHONS)} of {', '.join(SUPPORTED)} found; the tests need at least two")
    new = {version for version in PYTHONS if int(version.split(".")[1]) >= 13}  # noqa: PLR2004
    if not new:
        session.error("no Python 3.13 or newer found: the public chain interface would go untested")
    if new == set(PYTHONS):
        session.error("no Python 3.11 or 3.12 found: the private chain interface would go untested")


@nox.session
def lint(session: nox.Session) -> None:
    """Check format, lint and English; change nothing."""
    _install(session, "lint", project=False)
    session.run("ruff", "format", "--check")
    session.run("ruff", "check", "--no-fix")
    session.run("python", "-m", "tests.meta.prose")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types as the oldest and the newest Python see them."""
    _install(session, "run", "test", "types", "nox")
    for version in (OLDEST, NEWEST):
        session.run("mypy", "--python-version", version)


UNTESTED = [version for version in PYTHONS if version != os.environ.get("TESTED")]
# If there are several Pythons, one of them runs with the oldest dependencies and not with the newest.
WITH_OLDEST = UNTESTED.pop(0) if len(UNTESTED) > 1 else OLDEST
PYTEST = ("python", "-m", "pytest", "-n", "2", "--dist", "worksteal", "-rs", "--no-skips")


@nox.session(python=UNTESTED)
def tests(session: nox.Session) -> None:
    """Run every test that needs only Python; TESTED=3.11 skips the Python that `make test` has used already."""
    _install(session, "run", "test")
    profile = "thorough" if session.python == UNTESTED[-1] else "project"
    session.run(*PYTEST, "--thorough", f"--hypothesis-profile={profile}", *session.posargs)


# Tests of abilities that the oldest dependencies lack: cryptography below 47 supports neither ML-DSA nor keys with
# explicit curve parameters. The protocol of `pinsmith mcp` needs a newer idna than pinsmith does.
NOT_WITH_OLDEST = (
    "--ignore=tests/core/test_ml_dsa.py",
    "--ignore=tests/mcp",
    *(
        f"--deselect=tests/core/{test}"
        for test in (
            "test_spki.py::test_algorithm_in_words[P-256 with explicit parameters]",
            "test_spki.py::test_algorithm_in_words[P-256 with explicit parameters and a compressed point]",
            "test_spki.py::test_encoding_anew_would_give_another_pin[P-256 with explicit parameters]",
            "test_spki_fuzz.py::test_mutants_break_nothing[explicit curve]",
        )
    ),
)


@nox.session(python=WITH_OLDEST)
def oldest(session: nox.Session) -> None:
    """Run the same tests with the oldest dependencies that pyproject.toml allows."""
    _install(session, "oldest")
    session.run(*PYTEST, *NOT_WITH_OLDEST, *session.posargs)


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the release twice, check it, and try the wheel on every Python: bare, and with each extra alone."""
    _install(session, "run", "release", project=False)
    folder = Path(session.create_tmp()).resolve()
    first, again = folder / "dist", folder / "again"
    shutil.rmtree(first, ignore_errors=True)
    shutil.rmtree(again, ignore_errors=True)
    build = ("uv", "build", "--quiet", "--no-build-isolation", "--out-dir")
    session.run(*build, str(first))  # the wheel from the source distribution
    session.run(*build, str(again), "--sdist", "--wheel")  # both from the work tree
    session.run("python", "-m", "twine", "check", "--strict", *map(str, sorted(first.glob("pinsmith-*"))))
    session.run("python", "tests/wheel/contents.py", str(first), str(again))
    (built,) = first.glob("*.whl")
    for version, python in PYTHONS.items():
        for extra in EXTRAS:
            lock = f"wheel-{extra}" if extra else "wheel"
            session.log("Python %s, %s", version, f"pinsmith[{extra}]" if extra else "bare")
            environment = folder / f"{version}-{lock}"
            session.run("uv", "venv", "--quiet", "--clear", "--python", str(python), str(environment))
            program = str(environment / ("Scripts" if os.name == "nt" else "bin") / "python")
            install = ("uv", "pip", "install", "--quiet", "--python", program)
            session.run(*install, "--require-hashes", "-r", f"requirements/{lock}.txt")
            session.run(*install, "--no-deps", str(built))
            session.run(program, "-I", "tests/wheel/smoke.py", extra, external=True)


@nox.session(default=False)
def coverage(session: nox.Session) -> None:
    """Show which lines and branches no test reaches, as a hint where to look and not as a goal."""
    _install(session, "run", "test")
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", "-q", "--thorough", *session.posargs)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; a warning or a stale generated page is an error."""
    _install(session, "run", "docs")
    session.run("python", "-m", "docs.generate", "--check")
    session.run("sphinx-build", "-W", "-n", "--keep-going", "-q", "-b", "html", "docs", "docs/_build/html")


@nox.session
def mutation(session: nox.Session) -> None:
    """Break guards of the enforcement, formats, sync, rotation and lab in turn; a test must fail each time."""
    _install(session, "run", "test")
    session.run("python", "-m", "tests.mutation", *session.posargs)


@nox.session(venv_backend="none")
def servers(session: nox.Session) -> None:
    """Install the programs for the sessions extended, engines, clients and prove as root; start no service."""
    wanted = SERVERS | CLIENTS | LANGUAGES | ENGINES
    missing = sorted({*_missing(wanted), *_missing_libraries()})
    if not missing:
        session.log("all installed: %s", ", ".join(wanted))
    else:
        _apt_get(session, missing)
    session.run("tools/swift", external=True)


def _apt_get(session: nox.Session, packages: list[str]) -> None:
    """Install packages as root, without starting their services."""
    if not shutil.which("apt-get"):
        session.error(f"there is no apt-get to install {' '.join(packages)}")
    env = {"DEBIAN_FRONTEND": "noninteractive"}
    with _services_held():
        session.run("apt-get", "update", "-qq", external=True, env=env)
        session.run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages, external=True, env=env)


@nox.session
def extended(session: nox.Session) -> None:
    """Run the tests with real programs: servers on free ports, and programs that pin by an exported file."""
    _require(session, SERVERS)
    _install(session, "run", "test", "extended")
    programs = Path(session.bin).resolve().parent / "renewal"
    session.run("python", "-m", "tests.extended.renewal.programs", str(programs))
    session.run(
        # The tests of a file share servers and compiled programs, so one worker runs them.
        *("python", "-m", "pytest", "-n", "2", "--dist", "loadfile", "-m", "extended", "-rs", "--no-skips"),
        *(session.posargs or FOLDERS["extended"]),
        env={
            "MCP_1_PYTHON": str(_beside(session, "mcp-1") / "python"),
            "RENEWAL_PROGRAMS": str(programs),
            "CERTBOT": str(_beside(session, "certbot") / "certbot"),
        },
    )


@nox.session
def clients(session: nox.Session) -> None:
    """Judge clients of the system, of Python and of other languages in the lab; compare the proxy with mitmproxy."""
    _require(session, CLIENTS)
    _install(session, "run", "test", "judged")
    session.run(
        *("python", "-m", "pytest", "-m", "clients", "-rs", "--no-skips"),
        *(session.posargs or FOLDERS["clients"]),
        env={"MITMDUMP": str(_beside(session, "mitmproxy") / "mitmdump")},
    )


@nox.session
def engines(session: nox.Session) -> None:
    """Run the service and its workers on PostgreSQL, NATS, Kafka and ClickHouse, and the retrieval by rustls."""
    _require(session, ENGINES)
    _install(session, "run", "test", "engines")
    session.run(
        # The tests of a file share servers, so one worker runs them.
        *("python", "-m", "pytest", "-n", "2", "--dist", "loadfile", "-m", "engines", "-rs", "--no-skips"),
        *(session.posargs or FOLDERS["engines"]),
    )


def _beside(session: nox.Session, lock: str) -> Path:
    """Install a lock that does not fit to the others into an environment of its own; return its folder of programs."""
    # Not `create_tmp`, which would move the temporary files of the tests into this work tree.
    folder = Path(session.bin).resolve().parent / lock
    session.run_install("uv", "venv", "--quiet", "--clear", "--python", f"{session.bin}/python", str(folder))
    session.run_install(
        *("uv", "pip", "install", "--quiet", "--python", str(folder / "bin" / "python")),
        *("--require-hashes", "-r", f"requirements/{lock}.txt"),
    )
    return folder / "bin"


@nox.session(python=OLDEST)
def releases(session: nox.Session) -> None:
    """Run the tests of each client helper with its oldest supported release, and with releases that caused trouble."""
    _install(session, "run", "test")
    session.run("python", "-m", "tests.releases", *session.posargs)


@nox.session
def prove(session: nox.Session) -> None:
    """Compile the code that pinsmith generates and attack it; `nox -s prove -- go` takes only one target."""
    _require(session, LANGUAGES, *_missing_libraries())
    _install(session, "run", "test", "prove")
    chosen = ("-k", " or ".join(session.posargs)) if session.posargs else ()
    session.run("python", "-m", "pytest", "-m", "prove", "-rs", "--no-skips", *chosen, *FOLDERS["prove"])


def _require(session: nox.Session, programs: dict[str, str], *packages: str) -> None:
    """Fail if one of *programs* is missing, or if there are missing *packages*, and print how to install them."""
    if missing := [*_missing(programs), *packages]:
        session.error(
            f"not installed: {' '.join(missing)}; run `nox -s servers` as root, "
            f"or: apt-get install --no-install-recommends {' '.join(missing)}"
        )


def _missing(programs: dict[str, str]) -> list[str]:
    """List the packages of those *programs* that are not installed."""
    return sorted({package for program, package in programs.items() if not _find_server(program)})


def _missing_libraries() -> list[str]:
    """List the packages of those libraries that are not installed."""
    root = Path("/")
    return sorted(package for file, package in LIBRARIES.items() if not any(root.glob(file.lstrip("/"))))


@contextmanager
def _services_held() -> Iterator[None]:
    """
    Keep apt-get from starting the services that it installs, because the tests start their own.

    Source: Debian Policy Manual, section 9.3.3.1, and invoke-rc.d(8)
    """
    policy = Path("/usr/sbin/policy-rc.d")
    if policy.exists():  # containers already have such a policy
        yield
        return
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink()


def _find_server(program: str) -> bool:
    """Look on PATH, and where Debian puts servers: in sbin, and in a folder for each version of PostgreSQL."""
    if shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin"):
        return True
    return any(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
