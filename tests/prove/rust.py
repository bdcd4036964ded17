"""
Prove Rust: every variant is a module of one program for each library.

Cargo keeps its compiled crates in a folder of ours under the user's cache, one for each lock file, so that a further
run compiles only the variants. The committed lock files do not name the index of each crate; Cargo itself provides it.
"""

from __future__ import annotations

import fcntl
import hashlib
import re
import shutil
import tomllib
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.prove.subject import CACHE, PROGRAMS, Built, Subject, Tool, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.prove.variant import Variant

CARGO: Final = Tool("Cargo", "cargo", "cargo", r"\d[\d.]+")
RUSTFMT: Final = Tool("rustfmt", "rustfmt", "rustfmt", "")
CLIPPY: Final = Tool("Clippy", "cargo-clippy", "rust-clippy", "")
_KEPT: Final = CACHE / "rust"

_EDITIONS: Final = ("2021", "2024")
_SOURCE: Final = re.compile(r'^source = "[^"\n]+"\n', re.MULTILINE)
_CHECKSUM: Final = re.compile(r"^checksum = ", re.MULTILINE)
_RESULTS: Final = {
    "rustls": ("rustls::ClientConfig", "config"),
    "reqwest": ("reqwest::ClientBuilder", "client_builder"),
}


def _build(library: str, target: str, folder: Path, variants: Sequence[Variant]) -> Built:
    files = [variant.write(folder, "{name}.rs", target) for variant in variants]
    for edition in _EDITIONS:
        run([RUSTFMT.find(), "--check", "--edition", edition, *files], folder)
    with _workshop(library) as shop:
        modules = shop / "src" / "variants"
        shutil.rmtree(modules, ignore_errors=True)
        shutil.copytree(folder, modules, copy_function=shutil.copyfile)
        (modules / "mod.rs").write_text(_table(library, variants), "utf-8")
        run([RUSTFMT.find(), "--check", "--edition", "2024", shop / "src" / "main.rs"], shop)
        run([CARGO.find(), "clippy", "--locked", "--quiet", "--", "-D", "warnings"], shop)
        run([CARGO.find(), "build", "--locked", "--quiet"], shop, RUSTFLAGS="-D warnings")
        shutil.copy(shop / "target" / "debug" / f"proof-{library}", folder / "client")
        versions = _versions(shop / "Cargo.toml")
    return Built((f"{folder}/client", "{variant}", "{url}", "{cafile}", "{proxy}"), {"Rust": CARGO.version} | versions)


def _table(library: str, variants: Sequence[Variant]) -> str:
    result, function = _RESULTS[library]
    names = sorted(variant.name for variant in variants)
    modules = "".join(f"mod {name};\n" for name in names)
    arms = "".join(f"        {_arm(name, function)}\n" for name in names)
    return (
        f"use rustls::RootCertStore;\nuse rustls::client::VerifierBuilderError;\n\n{modules}\n"
        f"pub fn {function}(\n    name: &str,\n    roots: RootCertStore,\n"
        f") -> Result<{result}, VerifierBuilderError> {{\n"
        f'    Ok(match name {{\n{arms}        _ => panic!("no such variant"),\n    }})\n}}\n'
    )


def _arm(name: str, function: str) -> str:
    return (
        f'"{name}" => {name}::PinVerifier::new(roots)?\n'
        '            .on_mismatch(|mismatch| eprintln!("reported: {mismatch}"))\n'
        f"            .into_{function}(),"
    )


@contextmanager
def _workshop(library: str) -> Iterator[Path]:
    """Lock the folder in which one program is compiled, so that no other run uses it meanwhile."""
    program = PROGRAMS / "rust" / library
    locked = (program / "Cargo.toml").read_bytes() + (program / "Cargo.lock").read_bytes() + CARGO.version.encode()
    shop = _KEPT / f"{library}-{hashlib.sha256(locked).hexdigest()[:16]}"
    shop.mkdir(parents=True, exist_ok=True)
    with (shop / "busy").open("w") as busy:
        fcntl.flock(busy, fcntl.LOCK_EX)
        shutil.copytree(program, shop, dirs_exist_ok=True, ignore=shutil.ignore_patterns("Cargo.lock"))
        if not (shop / "Cargo.lock").exists():
            (shop / "Cargo.lock").write_text(_lock(program, shop), "utf-8")
        yield shop


def _lock(program: Path, shop: Path) -> str:
    """Return the committed lock file with a source for each crate that has a checksum, as Cargo itself would add it."""
    trial = shop / "trial"
    (trial / "src").mkdir(parents=True, exist_ok=True)
    (trial / "src" / "main.rs").write_text("fn main() {}\n")
    shutil.copy(program / "Cargo.toml", trial)
    run([CARGO.find(), "generate-lockfile", "--quiet"], trial)
    (source,) = set(_SOURCE.findall((trial / "Cargo.lock").read_text("utf-8")))
    shutil.rmtree(trial)
    return _CHECKSUM.sub(lambda found: source + found[0], (program / "Cargo.lock").read_text("utf-8"))


def _versions(manifest: Path) -> dict[str, str]:
    dependencies = tomllib.loads(manifest.read_text("utf-8"))["dependencies"]
    asked = {name: entry if isinstance(entry, str) else entry["version"] for name, entry in dependencies.items()}
    return {name: version.removeprefix("=") for name, version in asked.items()}


def _subject(library: str, title: str) -> Subject:
    return Subject(
        f"rust-{library}",
        f"rust-{library}",
        title,
        partial(_build, library, f"rust-{library}"),
        ("        Err(error)\n", "        let _ = error;\n        Ok(verified)\n"),
        (CARGO, RUSTFMT, CLIPPY),
        frozenset({"policy", "url", "cafile", "proxy"}),
    )


SUBJECTS: Final = (
    _subject("rustls", "rustls with the generated verifier"),
    _subject("reqwest", "reqwest with the generated verifier"),
)
