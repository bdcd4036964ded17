"""Write the pages, or with ``--check`` name those that are out of date and exit with 1."""

from __future__ import annotations

import sys

from docs.generate import pages


def main(arguments: list[str]) -> int:
    """Bring docs/reference up to date and return the exit code."""
    stale = pages.stale()
    if "--check" in arguments:
        for name in stale:
            print(f"stale: docs/reference/{name}", file=sys.stderr)
        if stale:
            print(pages.HINT, file=sys.stderr)
        return 1 if stale else 0
    for name in stale:
        pages.write(name)
        print(f"wrote docs/reference/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
