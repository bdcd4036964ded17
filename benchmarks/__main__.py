"""Run all benchmarks, one after the other: ``make bench``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Run each script of this folder, without arguments."""
    here = Path(__file__).parent
    codes = []
    for script in sorted(here.glob("[!_]*.py")):
        print(f"== {script.stem} ==", flush=True)
        codes.append(subprocess.run([sys.executable, str(script)], check=False).returncode)
    return max(codes, default=1)


if __name__ == "__main__":
    sys.exit(main())
