"""Go: each variant a package of one module."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from tests.prove.subject import PROGRAMS, Built, Subject, Tool, run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.prove.variant import Variant

GO: Final = Tool("Go", "go", "golang-go", r"(?<=go)\d[\d.]+", ("version",))
GOFMT: Final = Tool("gofmt", "gofmt", "golang-go", "")


def _build(folder: Path, variants: Sequence[Variant]) -> Built:
    go = GO.find()
    written = [variant.write(folder, "{name}/pins.go", "go", {"package": variant.name}) for variant in variants]
    for file in ("go.mod", "main.go"):
        shutil.copy(PROGRAMS / "go" / file, folder)
    (folder / "variants.go").write_text(_table(variants))
    unformatted = run([GOFMT.find(), "-l", *written], folder)
    assert not unformatted, f"gofmt would change {unformatted}"
    run([go, "vet", "./..."], folder)
    run([go, "build", "-o", "client", "."], folder)
    return Built((f"{folder}/client", "{variant}", "{url}", "{cafile}", "{proxy}"), {"Go": GO.version})


def _table(variants: Sequence[Variant]) -> str:
    names = sorted(each.name for each in variants)
    imports = "".join(f'\t"proof/{name}"\n' for name in names)
    cases = "".join(f'\t"{name}": {name}.Transport,\n' for name in names)
    return (
        f'package main\n\nimport (\n\t"crypto/tls"\n\t"net/http"\n\n{imports})\n\n'
        f"var transports = map[string]func(*tls.Config) *http.Transport{{\n{cases}}}\n"
    )


SUBJECTS: Final = (
    Subject(
        "go",
        "go",
        "net/http with the generated transport",
        _build,
        ("\treturn mismatch\n", "\treturn nil\n"),
        (GO, GOFMT),
        frozenset({"policy", "url", "cafile", "proxy"}),
    ),
)
