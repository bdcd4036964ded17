"""Run all benchmarks, one after the other: ``make bench``. Names, as in ``make bench ARGS=startup``, choose some."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Run each script of this folder, without arguments."""
    scripts = {path.stem: path for path in sorted(Path(__file__).parent.glob("[!_]*.py"))}
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="*", help=f"one of {', '.join(scripts)}; default: all")
    names = parser.parse_args().name
    if unknown := sorted(set(names) - scripts.keys()):
        parser.error(f"unknown benchmark: {', '.join(unknown)}")
    codes = []
    for script in (scripts[name] for name in names or scripts):
        print(f"== {script.stem} ==", flush=True)
        codes.append(subprocess.run([sys.executable, "-m", f"benchmarks.{script.stem}"], check=False).returncode)
    return max(codes, default=1)


if __name__ == "__main__":
    sys.exit(main())
