"""The names and the wanted content of the generated files."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from docs.generate import (
    api,
    cli,
    documents,
    errors,
    formats,
    rules,
    scenarios,
    schema,
    service_api,
    targets,
    vectors,
)
from pinsmith.formats.code import CODE

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.formats import Format

FOLDER = Path(__file__).parents[1] / "reference"
HINT = "the code changed and its pages did not: run `make generate`, then look at the difference"
NOTE = "<!-- Written by `make generate` from the code; edit that instead. -->\n\n"


def _code_page(target: Format) -> str:
    return NOTE + targets.page(target)


PAGES: dict[str, Callable[[], str]] = {
    "api.md": lambda: NOTE + api.page(),
    "api.txt": api.record,
    "cli.md": lambda: NOTE + cli.page(),
    "documents.md": lambda: NOTE + documents.page(),
    "formats.md": lambda: NOTE + formats.page(),
    "lab-scenarios.md": lambda: NOTE + scenarios.page(),
    "lab-vectors.md": lambda: NOTE + vectors.page(),
    "errors.md": lambda: NOTE + errors.page(),
    "rules.md": lambda: NOTE + rules.page(),
    "pins-toml.md": lambda: NOTE + schema.page(),
    "pins-toml.schema.json": schema.document,
    "policy-json.md": lambda: NOTE + schema.policy_page(),
    "policy-json.schema.json": schema.policy_document,
    "report-event.md": lambda: NOTE + schema.event_page(),
    "report-event.schema.json": schema.event_document,
    "service-api.md": lambda: NOTE + service_api.page(),
    "service-api.openapi.json": service_api.document,
    "code/index.md": lambda: NOTE + targets.index(),
    **{f"code/{target.id}.md": partial(_code_page, target) for target in CODE},
}


@cache
def content(name: str) -> str:
    """Make the content of one file."""
    return PAGES[name]()


def is_fresh(name: str) -> bool:
    """Return whether a file has the wanted content."""
    path = FOLDER / name
    return path.exists() and path.read_text("utf-8") == content(name)


def stale() -> list[str]:
    """Name the files that are older than the code."""
    return [name for name in PAGES if not is_fresh(name)]


def write(name: str) -> None:
    """Bring one file up to date."""
    (FOLDER / name).parent.mkdir(exist_ok=True)
    (FOLDER / name).write_text(content(name), "utf-8", newline="\n")
