"""
Run tests of the clients with other releases of their libraries: ``python -m tests.releases [NAME...]``.

uv installs each release into a folder of its own, which comes first on the path.
``--list`` prints the releases that `make lock` locks.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.releases.release import LOCKS, RELEASES, Release


def main() -> int:
    """Run the tests of each chosen release; return 1 if tests fail with one of them."""
    if sys.argv[1:] == ["--list"]:
        print(*(" ".join((release.name, *release.install)) for release in RELEASES), sep="\n")  # noqa: T201 - a script
        return 0
    chosen = [release for release in RELEASES if not sys.argv[1:] or release.name in sys.argv[1:]]
    failed = [release.name for release in chosen if not _passes(release)]
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)  # noqa: T201 - a script
    return 1 if failed else 0


def _passes(release: Release) -> bool:
    print(f"== {' '.join(release.install)}", flush=True)  # noqa: T201 - a script
    with tempfile.TemporaryDirectory() as folder:
        lock = LOCKS / f"{release.name}.txt"
        install = ("uv", "pip", "install", "--quiet", "--python", sys.executable, "--no-deps", "--target", folder)
        subprocess.run([*install, "--require-hashes", "--requirement", lock], check=True)
        env = {**os.environ, "PYTHONPATH": folder}
        subprocess.run([sys.executable, "-c", _check(release)], check=True, env=env)
        pytest = ("-m", "pytest", "-q", "-rs", "--no-skips", "--thorough", "-p", "no:cacheprovider", "-W", "ignore")
        command = [sys.executable, *pytest, *release.tests]
        return subprocess.run(command, check=False, env=env, cwd=Path(__file__).parents[2]).returncode == 0


def _check(release: Release) -> str:
    """Return a program that fails unless Python imports exactly this release."""
    wanted = dict(requirement.split("==") for requirement in release.install)
    return f"import importlib.metadata as m; assert all(m.version(n) == v for n, v in {wanted!r}.items())"


if __name__ == "__main__":
    sys.exit(main())
