"""The files that pages load."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pinsmith.server import assets

STATIC = Path(assets.__file__).with_name("static")
# From https://www.npmjs.com/package/htmx.org, release 4.0.1: dist/htmx.min.js and LICENSE.
HTMX = {
    "htmx.min.js": "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130",
    "htmx.LICENSE": "d3d2456f76414f2456104660ebd65aff1c04cd7966b942bdabd63f3cdb316a38",
}


def test_htmx_is_the_file_that_was_released() -> None:
    """The script of others is unchanged, and stands beside its license."""
    assert {name: hashlib.sha256((STATIC / name).read_bytes()).hexdigest() for name in HTMX} == HTMX
