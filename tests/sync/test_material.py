"""The certificate that is written for a key belongs to that key, whatever else its file contains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import ExportError
from pinsmith.lab.pki.identity import Identity
from pinsmith.pin import Pin
from pinsmith.policy import Key
from pinsmith.sync.material import read_certificate

if TYPE_CHECKING:
    from pathlib import Path

OURS, OTHER = Identity.self_signed("api.example.com"), Identity.self_signed("api.example.com")
KEY = Key("live", Pin.parse(OURS.pin), certificate="live.pem")


def test_a_certificate_of_another_key_is_passed_over(tmp_path: Path) -> None:
    """A file may contain a chain in any order, and the certificate of the pinned key is taken."""
    (tmp_path / "live.pem").write_text(OTHER.pem + OURS.pem)
    assert read_certificate(KEY, tmp_path) == OURS.der


def test_a_file_with_certificates_of_other_keys_alone_is_refused(tmp_path: Path) -> None:
    """The error names the file, the key and the keys found, because an app would trust a key that is not pinned."""
    (tmp_path / "live.pem").write_text(OTHER.pem)
    with pytest.raises(ExportError, match=r"live\.pem contains no certificate of the key live") as caught:
        read_certificate(KEY, tmp_path)
    assert caught.value.details == (f"it contains: {OTHER.pin}",)
