"""
Measure what an audit of many files costs: processor time, time by the clock, and memory, with workers and without.

The files are the Python code of this Python and of its packages, whole and different from each other. Both variants run
in turn, and must print the same. Run it with ``python benchmarks/audit.py``; 2,000 files take half a minute.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

from pinsmith.exit_code import ExitCode

ALONE = (
    "import sys; from pinsmith import workers; workers.MANY = workers.LARGE = sys.maxsize; "
    "from pinsmith.cli import main; sys.exit(main(sys.argv[1:]))"
)
VARIANTS = {
    "one process": [sys.executable, "-c", ALONE],
    "workers": [sys.executable, "-m", "pinsmith"],
}
# Runs the command whose words follow, and prints the processor time and the largest memory of its processes.
MEASURE = (
    "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE); "
    "used = resource.getrusage(resource.RUSAGE_CHILDREN); sys.stdout.buffer.write(done.stdout); "
    "print(used.ru_utime + used.ru_stime, used.ru_maxrss, done.returncode)"
)


def copy(count: int, top: Path) -> None:
    """Copy *count* files below *top*."""
    paths = sorted({path for name in ("stdlib", "purelib") for path in Path(sysconfig.get_path(name)).rglob("*.py")})
    random.Random(1).shuffle(paths)  # noqa: S311 - the same files each time
    known: set[bytes] = set()
    size = 0
    for path in paths:
        content = path.read_bytes()
        digest = hashlib.sha256(content).digest()
        if content and digest not in known and len(known) < count:
            folder = top / f"{len(known) % 100:02}"
            folder.mkdir(exist_ok=True)
            (folder / f"{len(known):05}_{path.name}").write_bytes(content)
            known.add(digest)
            size += len(content)
    print(f"{len(known)} files, {size / 1e6:.0f} MB")


def measure(words: list[str], top: Path) -> tuple[list[str], str]:
    """Run an audit, and return what it printed and what it cost."""
    began = time.monotonic()
    command = [sys.executable, "-c", MEASURE, *words, "audit", "."]
    done = subprocess.run(command, cwd=top, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    wall = time.monotonic() - began
    *lines, last = done.stdout.splitlines()
    cpu, peak, code = last.split()
    if int(code) not in (ExitCode.OK, *range(ExitCode.FOUND_INFO, ExitCode.FOUND_HIGH + 1)):
        raise SystemExit(f"audit ended with {code}")
    megabytes = int(peak) / (1024 * 1024 if sys.platform == "darwin" else 1024)
    return lines, f"{float(cpu):6.1f} s CPU {wall:6.1f} s by the clock {megabytes:5.0f} MB"


def main() -> None:
    """Copy the files, and run each variant in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copy(options.files, Path(folder))
        printed = []
        for _ in range(options.rounds):
            for name, words in random.sample(sorted(VARIANTS.items()), len(VARIANTS)):
                lines, cost = measure(words, Path(folder))
                printed.append(lines)
                print(f"{name:12} {cost}", flush=True)
        if any(lines != printed[0] for lines in printed):
            raise SystemExit("the variants found different things")


if __name__ == "__main__":
    main()
