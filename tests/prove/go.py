"""Prove Go, for net/http and for gRPC: every variant is a package of one module."""

from __future__ import annotations

import re
import shutil
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.prove import grpc
from tests.prove.subject import PROGRAMS, Built, Subject, Tool, run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.prove.variant import Variant

GO: Final = Tool("Go", "go", "golang-go", r"(?<=go)\d[\d.]+", ("version",))
GOFMT: Final = Tool("gofmt", "gofmt", "golang-go", "")

_SABOTAGE: Final = ("\treturn mismatch\n", "\treturn nil\n")
_ENTRY_POINTS: Final = {
    "go": ("net/http", "*http.Transport", "Transport"),
    "grpc-go": ("google.golang.org/grpc/credentials", "credentials.TransportCredentials", "Credentials"),
}
_REQUIRED: Final = re.compile(r"^require (\S+) v(\S+)$", re.MULTILINE)


def _build(target: str, arguments: tuple[str, ...], folder: Path, variants: Sequence[Variant]) -> Built:
    go = GO.find()
    written = [variant.write(folder, "{name}/pins.go", target, {"package": variant.name}) for variant in variants]
    shutil.copytree(PROGRAMS / target, folder, dirs_exist_ok=True)
    (folder / "variants.go").write_text(_table(target, variants))
    unformatted = run([GOFMT.find(), "-l", *written], folder)
    assert not unformatted, f"gofmt would change {unformatted}"
    run([go, "vet", "./..."], folder)
    run([go, "build", "-o", "client", "."], folder)
    required = dict(_REQUIRED.findall((folder / "go.mod").read_text()))
    return Built((f"{folder}/client", "{variant}", *arguments), {"Go": GO.version} | required)


def _table(target: str, variants: Sequence[Variant]) -> str:
    package, made, function = _ENTRY_POINTS[target]
    names = sorted(variant.name for variant in variants)
    imports = "".join(f'\t"proof/{name}"\n' for name in names)
    cases = "".join(f'\t"{name}": {name}.{function},\n' for name in names)
    hooks = "".join(
        f"\t{name}.OnMismatch = func(mismatch *{name}.MismatchError) {{ report(mismatch) }}\n" for name in names
    )
    return (
        f'package main\n\nimport (\n\t"crypto/tls"\n\t"fmt"\n\t"os"\n\n\t"{package}"\n\n{imports})\n\n'
        f"var made = map[string]func(*tls.Config) {made}{{\n{cases}}}\n\nfunc init() {{\n{hooks}}}\n\n"
        'func report(mismatch error) {\n\tfmt.Fprintln(os.Stderr, "reported:", mismatch)\n}\n'
    )


SUBJECTS: Final = (
    Subject(
        "go",
        "go",
        "net/http with the generated transport",
        partial(_build, "go", ("{url}", "{cafile}", "{proxy}")),
        _SABOTAGE,
        (GO, GOFMT),
        frozenset({"policy", "url", "cafile", "proxy"}),
    ),
    Subject(
        "grpc-go",
        "grpc-go",
        "a channel of grpc-go with the generated credentials",
        partial(_build, "grpc-go", ("{url}", "{address}", "{cafile}")),
        _SABOTAGE,
        (GO, GOFMT),
        frozenset({"policy", "url", "address", "cafile"}),
        staged=grpc.staged,
    ),
)
