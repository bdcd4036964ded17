"""Print the pins that each name of a list presents, and those of its verified chain, with `fetch_many` of pinsmith."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pinsmith.certificate import Certificate
from pinsmith.probe import Fetched, Target, Trust, fetch_many

if TYPE_CHECKING:
    from collections.abc import Iterable


def pins(chain: Iterable[object]) -> str:
    """Return the pins of the certificates of a chain, in its order."""
    return ",".join(str(certificate.pin) for certificate in chain if isinstance(certificate, Certificate))


def main() -> None:
    """Ask all names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--names", type=Path, required=True)
    parser.add_argument("--cafile", type=Path, required=True)
    parser.add_argument("--concurrency", type=int, default=100)
    parser.add_argument("--engine", choices=("openssl", "rustls"), default="openssl")
    options = parser.parse_args()
    names = options.names.read_text("utf-8").split()
    targets = (Target(name, options.port, address="127.0.0.1") for name in names)
    trust = Trust(cadata=options.cafile.read_text("utf-8"))
    for outcome in fetch_many(
        targets, trust=trust, concurrency=options.concurrency, timeout_seconds=60, engine=options.engine
    ):
        if not isinstance(outcome, Fetched) or not outcome.trusted:
            raise SystemExit(f"{outcome.target.host}: {outcome}")
        print(f"{outcome.host}\t{pins(outcome.presented)}\t{pins(outcome.verified or ())}")


if __name__ == "__main__":
    main()
