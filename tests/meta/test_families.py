"""A family's folder and its registry hold the same members."""

from __future__ import annotations

from importlib import import_module

import pytest

from tests.meta import source

# Folder: the name of the tuple in its __init__.
FAMILIES = {
    "audit": "EXTRACTORS",
    "builds": "READERS",
    "formats": "SYNTAXES",
    "formats/code": "CODE",
    "lab/scenarios": "SCENARIOS",
    "lab/vectors": "VECTORS",
    "mcp/tools": "TOOLS",
    "renewal": "TOOLS",
    "renewal/scripts": "SCRIPTS",
    "reports": "FORMATS",
    "rules": "PIN_RULES",
    "rules/code": "CODE_RULES",
    "probe/starttls": "PROTOCOLS",
    "setup/kinds": "KINDS",
    "setup/wiring": "WIRES",
}


def _files(folder: str) -> set[str]:
    """List the ids of the members by their files; a file with a leading underscore is not a member."""
    paths = (source.PACKAGE / folder).glob("[!_]*.py")
    return {path.stem.replace("_", "-") for path in paths}


@pytest.mark.parametrize("folder", FAMILIES)
def test_files_and_registry_are_the_same_set(folder: str) -> None:
    """Every file is in the registry and every entry has a file, which is named as its id."""
    package = import_module(f"pinsmith.{folder.replace('/', '.')}")
    ids = [member.id for member in getattr(package, FAMILIES[folder])]
    assert len(ids) == len(set(ids))
    assert set(ids) == _files(folder)


def test_helpers_of_clients_and_their_table_are_the_same_set() -> None:
    """The table of clients lists every helper module, and every helper module belongs to a client."""
    from pinsmith.clients import CLIENTS

    helpers = {client.helper for client in CLIENTS if client.helper}
    assert {helper.replace("_", "-") for helper in helpers} == _files("clients")


def test_every_family_is_checked() -> None:
    """The table above lists every family: a package whose registry holds a tuple of its own modules' objects."""
    registries = ("__init__.py", "_reading.py")  # the latter in `reports`, whose __init__ loads it on first use
    found = {
        module.path.parent.relative_to(source.PACKAGE).as_posix()
        for module in source.package_modules()
        if module.path.name in registries and ": Final[tuple[" in module.path.read_text("utf-8")
    }
    assert found == set(FAMILIES)
