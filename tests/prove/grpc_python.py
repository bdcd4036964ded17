"""gRPC for Python: each variant a module beside the program that imports it."""

from __future__ import annotations

import shutil
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.lab.scenarios import intermediate_appended
from tests.prove import grpc
from tests.prove.python import checked
from tests.prove.subject import PROGRAMS, Built, Subject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.prove.variant import Variant


def _build(folder: Path, variants: Sequence[Variant]) -> Built:
    pytest.importorskip("grpc", reason="grpcio is not installed: requirements/prove.txt")
    files = [each.write(folder, "{name}.py", "grpc-python") for each in variants]
    versions = {"grpcio": version("grpcio"), "Python": sys.version.split()[0]} | checked(folder, files)
    shutil.copy(PROGRAMS / "grpc-python" / "check.py", folder)
    return Built((sys.executable, f"{folder}/check.py", "{variant}", "{url}", "{cafile}", "{proxy}"), versions)


SUBJECTS: Final = (
    Subject(
        "grpc-python",
        "grpc-python",
        "a channel of grpcio with the generated credentials",
        _build,
        ('root_certificates = b"".join(trusted)', "list(trusted)"),
        used=frozenset({"policy", "url", "cafile", "proxy"}),
        staged=grpc.staged,
        rogue=intermediate_appended.SCENARIO,
    ),
)
