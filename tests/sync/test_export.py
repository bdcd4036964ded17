"""The pins of a pin file are exported as text, without writing a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.formats import wultra
from pinsmith.lab.pki.identity import Identity
from pinsmith.lab.pki.key import generate, private_pem
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.sync import export

if TYPE_CHECKING:
    from pathlib import Path

HOST = "api.example.com"


def test_files_of_keys_are_relative_to_the_pin_file(tmp_path: Path) -> None:
    """An exported text contains the certificates and the signature that the written file would have."""
    live, signing = Identity.self_signed(HOST), generate("ec-p256")
    (tmp_path / "live.pem").write_text(live.pem)
    (tmp_path / "signing-for-tests-only.pem").write_bytes(private_pem(signing))
    policy = Policy((HostPins(HOST, (Key("live", Pin.parse(live.pin), "leaf", certificate="live.pem"),)),))
    options = {"signing-key": "signing-for-tests-only.pem"}
    made = export(policy, wultra.FORMAT, tmp_path / "pins.toml", options=options)
    (found,) = wultra.verify(made.text.encode(), "printed", signing.public_key())  # type: ignore[arg-type]
    assert found.name == HOST
    assert sorted(path.name for path in tmp_path.iterdir()) == ["live.pem", "signing-for-tests-only.pem"]
