"""A family's folder and its registry hold the same members."""

from __future__ import annotations

from importlib import import_module

import pytest

from tests.meta import source

# Folder: name of the tuple in its __init__.
FAMILIES = {
    "formats": "SYNTAXES",
    "formats/code": "CODE",
    "lab/scenarios": "SCENARIOS",
    "probe/starttls": "PROTOCOLS",
}


def _files(folder: str) -> set[str]:
    """Name the members by their files; a leading underscore marks what members share."""
    paths = (source.PACKAGE / folder).glob("[!_]*.py")
    return {path.stem.replace("_", "-") for path in paths}


@pytest.mark.parametrize("folder", FAMILIES)
def test_files_and_registry_are_the_same_set(folder: str) -> None:
    """A new member is one file and one line; neither is forgotten, and the id is the file's name."""
    package = import_module(f"pinsmith.{folder.replace('/', '.')}")
    ids = [member.id for member in getattr(package, FAMILIES[folder])]
    assert len(ids) == len(set(ids))
    assert set(ids) == _files(folder)


def test_helpers_of_clients_and_their_table_are_the_same_set() -> None:
    """The table of clients names each helper module, and no module is left without a client."""
    from pinsmith.clients import CLIENTS

    helpers = {client.helper for client in CLIENTS if client.helper}
    assert {helper.replace("_", "-") for helper in helpers} == _files("clients")


def test_every_family_is_checked() -> None:
    """A package whose __init__ holds a tuple of its own modules' objects is a family, and stands in the table above."""
    found = {
        module.path.parent.relative_to(source.PACKAGE).as_posix()
        for module in source.package_modules()
        if module.path.name == "__init__.py" and ": Final[tuple[" in module.path.read_text("utf-8")
    }
    assert found == set(FAMILIES)
