"""
Prove gRPC for Python: every variant is a module beside the program that imports it.

The target needs certificates. So the lab pins the authority of the host and not its key, as the target advises
(`Variant`).
"""

from __future__ import annotations

import shutil
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

import pytest

from tests.prove import grpc
from tests.prove.python import checked
from tests.prove.subject import PROGRAMS, REQUIRE_PINS, Built, Subject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.prove.variant import Variant


def _build(folder: Path, variants: Sequence[Variant]) -> Built:
    pytest.importorskip("grpc", reason="grpcio is not installed: requirements/prove.txt")
    files = [variant.write(folder, "{name}.py", "grpc-python") for variant in variants]
    versions = {"grpcio": version("grpcio"), "Python": sys.version.split()[0]} | checked(folder, files)
    shutil.copy(PROGRAMS / "grpc-python" / "check.py", folder)
    return Built((sys.executable, f"{folder}/check.py", "{variant}", "{url}", "{cafile}", "{proxy}"), versions)


_VOUCHED: Final = "an authority is pinned, which may also issue a certificate for another key"
EXCUSED: Final = {
    "capital-letters": _VOUCHED,
    "dual-key-other": _VOUCHED,
    "exempt-host-subdomain": _VOUCHED,
    "intermediate-not-sent": "the intermediate is the pinned certificate, so no certificate is missing",
    "leaf-pin": "gRPC refuses every Ed25519 certificate",
}

SUBJECTS: Final = (
    Subject(
        "grpc-python",
        "grpc-python",
        "a channel of grpcio with the generated credentials",
        _build,
        ('root_certificates = b"".join(trusted)', "list(trusted)"),
        used=frozenset({"policy", "url", "cafile", "proxy"}),
        excused=EXCUSED,
        early=REQUIRE_PINS,
        staged=grpc.staged,
    ),
)
