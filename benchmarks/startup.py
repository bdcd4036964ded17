"""
Measure the CPU time of an import and of the command line at start: whole processes, interleaved, median.

Run it with ``make bench``.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import subprocess
import sys
from pathlib import Path

_SCRIPT = str(Path(sys.executable).with_name("pinsmith"))
_ENFORCEMENT = "import ssl, json; from pinsmith import PinnedSSLContext"
_PIN = "sha256/PnXe2UyQyPGndZ66CgZBH8Xhtjd8KCbtvMDvCci3xME="
_FILE = f"""
version = 1
keys.api = {{ pin = "{_PIN}", role = "leaf" }}
host = [{{ name = "api.example.com", keys = ["api"] }}]
"""
_READ = f"from pinsmith import pinfile; policy = pinfile.parse({_FILE!r})"
_MAKE = (
    "from pinsmith import HostPins, Key, Pin, Policy; "
    f"policy = Policy((HostPins('api.example.com', (Key('api', Pin.parse({_PIN!r})),)),))"
)
COMMANDS = {
    "bare interpreter": [sys.executable, "-c", "pass"],
    "import ssl, json": [sys.executable, "-c", "import ssl, json"],
    "import pinsmith": [sys.executable, "-c", "import ssl, json, pinsmith"],
    "from pinsmith import PinnedSSLContext": [sys.executable, "-c", _ENFORCEMENT],
    "the same, and read a pin file": [sys.executable, "-c", f"{_ENFORCEMENT}; {_READ}"],
    "the same, and make a context": [sys.executable, "-c", f"{_ENFORCEMENT}; {_READ}; PinnedSSLContext(policy)"],
    "a context of a policy in the program": [
        sys.executable,
        "-c",
        f"{_ENFORCEMENT}; {_MAKE}; PinnedSSLContext(policy)",
    ],
    "import httpx": [sys.executable, "-c", "import ssl, json, httpx"],
    "pinsmith --version": [_SCRIPT, "--version"],
    "pinsmith --help": [_SCRIPT, "--help"],
}


def cpu_seconds(command: list[str]) -> float:
    """Run *command*; return the CPU seconds it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Run all measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    rounds = parser.parse_args().rounds
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(rounds):
        for name in random.sample(list(COMMANDS), len(COMMANDS)):
            taken[name].append(cpu_seconds(COMMANDS[name]))
    reference = statistics.median(taken["import ssl, json"])
    for name, values in taken.items():
        median = statistics.median(values)
        print(f"{name:40} {median * 1e3:6.1f} ms CPU   x{median / reference:.2f} of `import ssl, json`")


if __name__ == "__main__":
    main()
