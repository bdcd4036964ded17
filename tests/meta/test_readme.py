"""The README keeps its promises."""

from __future__ import annotations

import re

from tests.meta import source

README = (source.ROOT / "README.md").read_text("utf-8")


def _section(title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, f"the README has no section {title!r}"
    return found[1]


def _commands(text: str) -> list[str]:
    blocks = re.findall(r"^```(?:sh|console|bash)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [line.partition("#")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


def test_two_commands_set_up_the_project() -> None:
    """From a fresh clone, `make demo` and `make test` suffice, with nothing before or between them."""
    assert _commands(_section("From a clone")) == ["make demo", "make test"]


def test_both_commands_are_targets_of_the_makefile() -> None:
    """The Makefile has both targets that the README names."""
    makefile = (source.ROOT / "Makefile").read_text("utf-8")
    assert re.search(r"^demo:", makefile, re.MULTILINE)
    assert re.search(r"^test:", makefile, re.MULTILINE)


def test_the_lock_out_warning_stands_before_any_command() -> None:
    """The warning that pins can lock users out stands before the first command."""
    assert 0 < README.index("lock your users out") < README.index("```")


def test_linked_files_exist() -> None:
    """Every link to a file of the project leads to a file that exists."""
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", README)
    assert links
    assert not [link for link in links if not (source.ROOT / link).exists()]
