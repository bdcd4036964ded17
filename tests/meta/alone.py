"""
Import each module of a package first, all in one process, and print a JSON object of the failures and their reasons.

Its arguments are the name of the package and the directory that holds it. Standard input is a JSON list of the names
of its modules, with each package before its modules. A module that needs a library which is not installed does not
fail.
"""

from __future__ import annotations

import importlib
import json
import sys
from functools import cache
from importlib.machinery import SourceFileLoader


def failures(package: str, modules: list[str]) -> dict[str, str]:
    """
    Map each module that cannot be imported first to the reason.

    Before each import, modules of *package* are unloaded.
    """
    failed: dict[str, str] = {}
    loaded: dict[str, set[str]] = {}
    for module in modules:
        parent = loaded.get(module.rpartition(".")[0], set())
        if module in parent:  # its package is imported before it in any case, and has already imported it
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
    """Read the names, import the modules, and print the failures."""
    # Compile each file only once: loaders of the same file compare as equal.
    SourceFileLoader.get_code = cache(SourceFileLoader.get_code)  # type: ignore[method-assign]
    package, directory = sys.argv[1:]
    sys.path.insert(0, directory)
    print(json.dumps(failures(package, json.load(sys.stdin))))  # noqa: T201 - a script


if __name__ == "__main__":
    main()
