"""`tools/trust_stores.py` adds the lists of packages to those that `tools/authorities` reads."""

from __future__ import annotations

import io
import runpy
import ssl
import subprocess
import sys
import tarfile
import zipfile
from typing import TYPE_CHECKING

from pinsmith.certificate import Certificate
from tests.meta import source
from tests.paths.pki import ca

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

TOOL = source.ROOT / "tools" / "trust_stores.py"
OLD, NEW = ca("Old"), ca("New")
HEAD = "id\tcertificate_sha256\tpin\tsubject\talgorithm\tnot_before\tnot_after\tski\tspki"


def _bundle(*ders: bytes) -> bytes:
    return "".join(f"# a comment\n{ssl.DER_cert_to_PEM_cert(der)}" for der in ders).encode()


def _wheel(folder: Path, version: str, *ders: bytes) -> Path:
    path = folder / f"certifi-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("certifi/cacert.pem", _bundle(*ders))
    return path


def _package(**files: bytes) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"./usr/share/ca-certificates/mozilla/{name}.crt")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
    return content.getvalue()


def test_packages_become_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wheel and a package of Debian give lists with their days, and a root that was not known gets an id."""
    row = ("7", Certificate(OLD).sha256, Certificate(OLD).pin.base64, "CN=Old", "EC P-256", "", "", "", "")
    (tmp_path / "roots.tsv").write_text(HEAD + "\n" + "\t".join(row) + "\n")
    (tmp_path / "intermediates.tsv").write_text("kept\n")
    (tmp_path / "stores.tsv").write_text("store\tversion\tread_on\troots\tunknown_certificates_sha256\n")
    wheels = [_wheel(tmp_path, "2026.10.18.post1", OLD, NEW), _wheel(tmp_path, "2026.7.22", OLD)]
    done = subprocess.CompletedProcess[bytes]([], 0, _package(New=_bundle(NEW)))
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    package = "12=ca-certificates_20230311+deb12u1_all.deb"
    arguments = [tmp_path, *wheels, "--debian", package, "--into", tmp_path / "more"]
    monkeypatch.setattr(sys, "argv", [str(TOOL), *map(str, arguments)])
    runpy.run_path(str(TOOL), run_name="__main__")

    added = (tmp_path / "more" / "roots.tsv").read_text().splitlines()[2].split("\t")
    assert added[:6] == ["8", Certificate(NEW).sha256, Certificate(NEW).pin.base64, "CN=New", "EC P-256", "2020-01-01"]
    assert (tmp_path / "more" / "stores.tsv").read_text().splitlines()[1:] == [
        "certifi\t2026.7.22\t2026-07-22\t7\t",
        "certifi\t2026.10.18\t2026-10-18\t7,8\t",
        "debian\t12\t2023-03-11\t8\t",
    ]
    assert (tmp_path / "more" / "intermediates.tsv").read_text() == "kept\n"
