"""Imports point down, from the shells to the values, and no modules import each other."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

import pytest

from tests.meta import source
from tests.meta.arrow import Arrow, arrows, graph, package_arrows, reached

if TYPE_CHECKING:
    from collections.abc import Collection

    from tests.meta.arrow import When

# Each shell offers the library in its own way.
SHELLS = ("__main__", "cli", "mcp", "server")
# What starts a shell, and the shell. A command may start the shell of its own name, in a call (docs/decisions/0044).
STARTS = {("__main__", "cli"), ("cli.mcp", "mcp"), ("cli.serve", "server")}
LAYERS: tuple[tuple[str, ...], ...] = (
    ("_clean", "_closest", "_port", "_listed", "_slug", "errors", "exit_code", "files", "limit", "syntax", "workers"),
    ("authorities", "certificate", "finding", "host", "material", "pin", "policy", "release", "repair", "verdict"),
    ("builds", "custody", "formats", "paths", "pinfile", "renewal"),
    ("clients", "probe", "tls"),
    ("audit", "checks", "importing", "lab", "monitor", "reports", "sync", "updates"),
    ("explaining", "rotation", "rules", "setup"),
    ("answers",),
    ("documents",),
    ("store",),
    ("dispatch", "stream"),
    ("service",),
    SHELLS,
)
LEVEL = {area: level for level, areas in enumerate(LAYERS) for area in areas}

# Both tables list the importing module, the imported one, and the reason. An entry that is no longer used fails.
_PAGES = "the pages show the server that serves them"
UPWARD_FOR_TYPES: dict[tuple[str, str], str] = {
    ("authorities._compromised", "pin"): "a pin is looked up in this table while it is made",
    ("authorities._issued", "pin"): "this table of pins stands beside it",
    ("authorities._known", "pin"): "so does this one",
    ("authorities._stores", "pin"): "so does this one",
    ("documents.adoption", "store.report_reader"): "the document describes what the store has counted",
    ("documents.history", "store"): "the document describes what the store has seen",
    ("documents.released", "service.released"): "the document describes what the service concludes",
    ("documents.released", "store.report_reader"): "the document describes what the store has counted",
    ("documents.report_groups", "store.report_reader"): "the document describes what the store has counted",
    ("documents.rotations", "service.rotations"): "the document describes what the service concludes",
    ("errors.enforcement", "certificate"): "PinMismatchError has the presented chain as an attribute",
    ("errors.enforcement", "policy"): "PinMismatchError has the pinned keys as an attribute",
    ("errors.updates", "updates.refusal"): "RefusedUpdateError has the reasons as an attribute",
    ("lab.live.archive", "lab.live.service"): _PAGES,
    ("lab.live.download", "lab.live.service"): _PAGES,
    ("lab.live.information", "lab.live.service"): _PAGES,
    ("lab.live.page", "lab.live.service"): _PAGES,
    ("lab.scenario", "lab.stage"): "a scenario acts on the stage that is set for it",
    ("lab.servers.http2", "lab.servers.site"): "the site answers in HTTP/2 by this module",
    ("pinfile", "pinfile._edit"): "__getattr__ imports it on first use",
    ("server.endpoint", "server.site"): "an endpoint answers with what the site knows",
}
# These imports would close a circle, but they run only when a function is called.
CIRCLES: dict[tuple[str, str], str] = {
    ("formats.json_hosts", "formats"): "it asks the family whether another format recognises the file",
    ("lab.servers.datagram", "lab.servers.http3"): "HTTP/3 needs an optional library",
    ("lab.servers.site", "lab.servers.http2"): "HTTP/2 needs an optional library",
}


def _area(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


def _short(arrow: Arrow) -> tuple[str, str]:
    """Write an arrow as the tables do, without the name of the package."""
    return arrow.module.removeprefix("pinsmith."), arrow.target.removeprefix("pinsmith.")


def _is_upward(arrow: Arrow) -> bool:
    return LEVEL.get(_area(arrow.target), 0) > LEVEL.get(_area(arrow.module), len(LAYERS))


def _at_run_time(found: Collection[Arrow]) -> list[Arrow]:
    return [arrow for arrow in found if arrow.when != "for types"]


def _upward_for_types(found: Collection[Arrow]) -> list[Arrow]:
    """List the imports for type checkers of a higher layer, or of a module that needs the importing one itself."""
    targets = graph(_at_run_time(found))
    for_types = (arrow for arrow in found if arrow.when == "for types")
    return [arrow for arrow in for_types if _is_upward(arrow) or arrow.module in reached(targets, arrow.target)]


def _circle(found: Collection[Arrow]) -> list[str]:
    """List the modules of one circle at run time, in order; the list is empty if there is no circle."""
    try:
        TopologicalSorter(graph(_at_run_time(found))).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        return circle
    return []


def test_every_part_of_the_package_has_a_layer() -> None:
    """Every module and folder of the package has a place in the table of layers."""
    assert {module.area for module in source.package_modules()} - {"__init__"} <= set(LEVEL)


def test_imports_point_down_the_layers() -> None:
    """No module imports from a higher layer, not even inside a function."""
    assert not {_short(arrow) for arrow in _at_run_time(package_arrows()) if _is_upward(arrow)}


def test_imports_for_types_point_up_for_a_reason_only() -> None:
    """An import for type checkers points up only where the table gives the reason."""
    assert {_short(arrow) for arrow in _upward_for_types(package_arrows())} == set(UPWARD_FOR_TYPES)


def test_no_modules_import_each_other() -> None:
    """No imports form a circle at run time, except for those that the table lists."""
    allowed = {arrow for arrow in package_arrows() if arrow.when != "for types" and _short(arrow) in CIRCLES}
    others = package_arrows() - allowed
    assert not _circle(others)
    assert {_short(arrow) for arrow in allowed if arrow.when == "in a call" and _circle({*others, arrow})} == set(
        CIRCLES
    )


def test_nothing_but_the_shells_imports_a_shell() -> None:
    """Only shells import a shell: the library never needs its command line or its server, without exception."""
    assert not {_short(arrow) for arrow in _into_shells(package_arrows()) if _area(arrow.module) not in SHELLS}


def test_no_shell_imports_another() -> None:
    """Shells do not import each other, except to start them; code that two shells need belongs to the library."""
    assert not _between_shells(package_arrows())
    assert {_short(arrow) for arrow in package_arrows() if _starts(arrow)} == STARTS


def test_a_command_starts_a_shell_only_by_its_package_and_in_a_call() -> None:
    """A command that imports a part of the shell that it starts, or imports it at its own start, is found."""
    wrong = [
        Arrow("pinsmith.cli.mcp", "pinsmith.mcp", "on import"),
        Arrow("pinsmith.cli.mcp", "pinsmith.mcp.server", "in a call"),
        Arrow("pinsmith.cli.check", "pinsmith.mcp", "in a call"),
        Arrow("pinsmith.mcp", "pinsmith.cli.mcp", "in a call"),
    ]
    assert _between_shells([Arrow("pinsmith.cli.mcp", "pinsmith.mcp", "in a call"), *wrong]) == wrong


@pytest.mark.parametrize("when", ["on import", "in a call", "for types"])
def test_an_import_between_shells_is_found(when: When) -> None:
    """The check reports an import between shells, also one that only type checkers see."""
    between = Arrow("pinsmith.server.page", "pinsmith.cli.check", when)
    allowed = [
        Arrow("pinsmith.cli.check", "pinsmith.documents.check", when),
        Arrow("pinsmith.cli.check", "pinsmith.cli", when),
        Arrow("pinsmith.__main__", "pinsmith.cli", when),
    ]
    assert _between_shells([between, *allowed]) == [between]


def _into_shells(found: Collection[Arrow]) -> list[Arrow]:
    return [arrow for arrow in _at_run_time(found) if _area(arrow.target) in SHELLS]


def _between_shells(found: Collection[Arrow]) -> list[Arrow]:
    """List the imports from one shell to another, including those for types."""
    areas = ((arrow, _area(arrow.module), _area(arrow.target)) for arrow in found)
    return [
        arrow
        for arrow, area, target in areas
        if {area, target} <= set(SHELLS) and area != target and not _starts(arrow)
    ]


def _starts(arrow: Arrow) -> bool:
    is_late = _area(arrow.module) == "__main__" or arrow.when == "in a call"
    return is_late and _short(arrow) in STARTS


def test_documents_import_no_command_line() -> None:
    """Documents serve every shell, so they import neither click nor rich."""
    imported = {
        name.split(".")[0]
        for module in source.package_modules()
        if module.area == "documents"
        for node in ast.walk(module.tree)
        for name in _imported(node)
    }
    assert "msgspec" in imported
    assert not imported & {"click", "rich"}


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


def test_every_import_is_seen_with_its_time() -> None:
    """The checks see imports anywhere in a file, and know which of them only type checkers see."""
    code = (
        "import p.a\n"
        "if TYPE_CHECKING:\n    from p import b\n    def f():\n        import p.c\nelse:\n    from p.d import name\n"
        "class C:\n    from p import e\n    def f(self):\n        from p import f, name\n"
    )
    known = frozenset({"p", "p.a", "p.b", "p.c", "p.d", "p.e", "p.f", "p.g"})
    assert {arrow.target: arrow.when for arrow in arrows("p.g", ast.parse(code), known)} == {
        **dict.fromkeys(("p.a", "p.d", "p.e"), "on import"),
        **dict.fromkeys(("p.b", "p.c"), "for types"),
        **dict.fromkeys(("p", "p.f"), "in a call"),
    }


@pytest.mark.parametrize("when", ["on import", "in a call"])
def test_a_circle_is_found(when: When) -> None:
    """The check reports a circle of any length, but an import for types does not close one."""
    row = [Arrow("a", "b", "on import"), Arrow("b", "c", "in a call")]
    assert set(_circle([*row, Arrow("c", "a", when)])) == {"a", "b", "c"}
    assert not _circle([*row, Arrow("c", "a", "for types")])


@pytest.mark.parametrize(
    ("module", "target"),
    [("pinsmith.errors.enforcement", "pinsmith.cli.fetch"), ("pinsmith.pin", "pinsmith.certificate")],
    ids=["a higher layer", "a module that needs this one"],
)
def test_an_import_for_types_that_points_up_is_found(module: str, target: str) -> None:
    """The check reports such an import, but not an import from a lower layer."""
    needs = Arrow("pinsmith.certificate", "pinsmith.pin", "on import")
    upward = Arrow(module, target, "for types")
    down = Arrow("pinsmith.certificate", "pinsmith.errors", "for types")
    assert _upward_for_types([needs, upward, down]) == [upward]


def test_syntaxes_do_not_import_pins() -> None:
    """The modules that read and edit syntaxes import only each other and the limits of size."""
    assert "syntax" in {module.area for module in source.package_modules()}
    assert {_area(arrow.target) for arrow in package_arrows() if _area(arrow.module) == "syntax"} <= {"limit", "syntax"}
