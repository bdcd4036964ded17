"""Test gRPC for Python beyond the lab: names that it decodes before it looks them up."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from pinsmith.lab.call import fill
from pinsmith.lab.scenarios import wrong_key
from pinsmith.lab.stage import Stage
from tests.prove.grpc_python import SUBJECTS
from tests.prove.proving import program
from tests.prove.variant import PKIS, variants_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.prove, pytest.mark.timeout(120)]


@pytest.mark.parametrize("name", ["local%68ost", "%6cocalhost"])
def test_a_name_with_percent_signs_does_not_evade_the_pins(name: str, tmp_path: Path) -> None:
    """A rogue gets nothing, although gRPC decodes the name and could treat localhost as a host without pins."""
    (subject,) = SUBJECTS
    pki = PKIS.of("ec-p256")
    (variant,) = variants_of([(wrong_key.SCENARIO, "ec-p256")])
    (tmp_path / "trusted.pem").write_text(pki.trusted_pem)
    with Stage(pki) as stage:
        server = stage.serve(pki.impostor(), alpn=("h2",))
        values = {"url": f"https://{name}:{server.port}/", "cafile": str(tmp_path / "trusted.pem"), "proxy": ""}
        command = fill(program(subject).command(variant), values)
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        server.settled()
        assert not server.disclosed_size
    assert done.returncode
