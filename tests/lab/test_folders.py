"""The lower folders of the lab do not import the folders above them."""

from __future__ import annotations

from tests.meta.arrow import package_arrows

# The other parts of the lab that each of these folders imports at run time.
IMPORTS = {
    "pki": set[str](),
    "process": set[str](),
    "servers": {"pki"},
    "proxy": {"address", "pki", "servers"},
}


def _part(dotted: str) -> str | None:
    """Return the module or folder of the lab that contains *dotted*; None for the rest of the package."""
    names = dotted.split(".")
    return names[2] if names[:2] == ["pinsmith", "lab"] and len(names) > 2 else None


def test_lower_folders_of_the_lab_import_only_lower_ones() -> None:
    """Each of the lower folders imports the listed ones, and no other part of the lab."""
    found: dict[str, set[str]] = {folder: set() for folder in IMPORTS}
    for arrow in package_arrows():
        part, target = _part(arrow.module), _part(arrow.target)
        if part in found and target is not None and target != part and arrow.when != "for types":
            found[part].add(target)
    assert found == IMPORTS
