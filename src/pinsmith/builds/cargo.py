"""
Cargo: the packages of a Cargo.lock.

Source:
    https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html
"""

from __future__ import annotations

from typing import Final

from pinsmith.builds._reader import Reader, locked_tables

READER: Final = Reader(
    id="cargo",
    title="Cargo",
    files="`Cargo.lock`",
    is_name=lambda name: name == "Cargo.lock",
    read=lambda text, file: locked_tables(text, file, "cargo"),
)
