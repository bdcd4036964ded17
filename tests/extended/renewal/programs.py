"""
The programs in Go that the tests of renewals run: lego, Pebble, step-ca and its client, step.

``python -m tests.extended.renewal.programs FOLDER`` builds them, so that no time limit of a test ends a first build.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

MODULE: Final = Path(__file__).with_name("tools")
_PROGRAMS: Final = ("github.com/go-acme/lego/v5", "github.com/letsencrypt/pebble/v2/cmd/pebble", "./step-ca")


def go(*words: str | Path, module: Path = MODULE) -> str:
    """Run Go in the module that pins the programs, and return what it prints."""
    found = shutil.which("go")
    if found is None:
        pytest.skip("go is not installed: apt-get install golang-go")
    done = subprocess.run(
        [found, *words],
        cwd=module,
        env={**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def build(folder: Path) -> None:
    """Build all programs into *folder*; lego without its DNS providers, by a tag that its makers provide."""
    build = ("build", "-buildvcs=false", "-tags", "lego_dnslight", "-o", f"{folder.resolve()}/")
    go(*build, *_PROGRAMS)
    go(*build, "github.com/smallstep/cli/cmd/step", module=MODULE / "step")


def definitions() -> Path:
    """Return the folder of cert-manager's definitions of resources."""
    folder = Path(go("list", "-m", "-f", "{{.Dir}}", "github.com/cert-manager/cert-manager").strip())
    return folder / "deploy" / "crds"


if __name__ == "__main__":
    build(Path(sys.argv[1]))
    go("mod", "download", "github.com/cert-manager/cert-manager")
