"""
Import each module of a package as the first one, in a single process; print a JSON object of those that fail, and why.

Run with the name of the package and the directory that holds it; the names of its modules come in as a JSON list,
packages before what is in them. A module that needs a library which is not installed does not fail.
"""

from __future__ import annotations

import importlib
import json
import sys
from functools import cache
from importlib.machinery import SourceFileLoader


def failures(package: str, modules: list[str]) -> dict[str, str]:
    """Forget what is imported of *package* before each import; libraries stay."""
    failed: dict[str, str] = {}
    loaded: dict[str, set[str]] = {}
    for module in modules:
        parent = loaded.get(module.rpartition(".")[0], set())
        if module in parent:  # its package comes first in any case, and has imported it
            loaded[module] = parent
            continue
        for name in _imported(package):
            del sys.modules[name]
        try:
            importlib.import_module(module)
        except ImportError as error:
            if (error.name or package).split(".")[0] == package:
                failed[module] = str(error)
        loaded[module] = _imported(package)
    return failed


def _imported(package: str) -> set[str]:
    return {name for name in sys.modules if name == package or name.startswith(f"{package}.")}


def main() -> None:
    """Read the names, import, and print; each file is compiled only once."""
    # Loaders of the same file are equal.
    SourceFileLoader.get_code = cache(SourceFileLoader.get_code)  # type: ignore[method-assign]
    package, directory = sys.argv[1:]
    sys.path.insert(0, directory)
    print(json.dumps(failures(package, json.load(sys.stdin))))  # noqa: T201 - a script


if __name__ == "__main__":
    main()
