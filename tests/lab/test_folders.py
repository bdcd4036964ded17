"""The lower folders of the lab know nothing of those above them."""

from __future__ import annotations

from tests.meta.arrow import package_arrows

# What each of these folders imports of the rest of the lab at run time.
IMPORTS = {
    "pki": set[str](),
    "process": set[str](),
    "servers": {"pki"},
    "proxy": {"address", "pki", "servers"},
}


def _part(dotted: str) -> str | None:
    """Return the module or folder of the lab that *dotted* stands in; None for the rest of the package."""
    names = dotted.split(".")
    return names[2] if names[:2] == ["pinsmith", "lab"] and len(names) > 2 else None


def test_keys_know_no_servers_and_servers_know_no_scenarios() -> None:
    """Each of the lower folders imports the folders below it, and nothing else of the lab."""
    found: dict[str, set[str]] = {folder: set() for folder in IMPORTS}
    for arrow in package_arrows():
        part, target = _part(arrow.module), _part(arrow.target)
        if part in found and target is not None and target != part and arrow.when != "for types":
            found[part].add(target)
    assert found == IMPORTS
