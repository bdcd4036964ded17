"""The pages of generated code: a table of all targets, and one page each with a real example."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from docs.generate import example, formats as syntaxes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinsmith.formats import Format

INTRODUCTION = """\
# Generated code

`pinsmith export` and `pinsmith sync` write code for platforms whose libraries do not read pins from a file. The last
column lists what a target can express. Everything else is a loss, which is named before anything is written.

The third column shows whether a chain that contains a compromised authority is refused if another key of the chain is
pinned. Where only the key of the leaf is compared, an authority cannot replace it.
"""
_COMPROMISED = {
    "refused": "yes, also those of the pin file",
    "accepted": "no",
    "leaf": "only the key of the leaf is compared",
}
_LANGUAGES = {
    ".cpp": "cpp", ".cs": "text", ".dart": "dart", ".go": "go", ".h": "cpp", ".java": "java", ".js": "javascript",
    ".kt": "kotlin", ".mjs": "javascript", ".php": "php", ".py": "python", ".rb": "ruby", ".rs": "rust", ".sh": "sh",
    ".swift": "swift", ".ts": "ts",
}  # fmt: skip


def index() -> str:
    """Show a table of all targets."""
    from pinsmith.formats.code import CODE

    rows = [
        f"| [{target.id}]({target.id}.md) | {target.title} "
        f"| {_COMPROMISED.get(target.can.compromised, target.can.compromised)} | {_flags(target)} |"
        for target in CODE
    ]
    entries = "\n".join(target.id for target in CODE)
    toc = f"```{{toctree}}\n:hidden:\n\n{entries}\n```\n"
    return "\n".join(
        [INTRODUCTION, "| id | | refuses compromised authorities | abilities |", "| - | - | - | - |", *rows, "", toc]
    )


def page(target: Format) -> str:
    """Show one target: how to use it, what it does not cover, its options, and the code for two hosts."""
    language = _LANGUAGES.get(target.suffixes[0], "text")
    parts = [
        f"# {target.id}\n",
        f"{target.title}. [Reference of the interface that it calls]({target.spec}).\n",
        f"Abilities: {_flags(target)}.\n",
        f"## How to use it\n\n{syntaxes.place(target)}\n```{language}\n{target.usage.strip()}\n```\n",
        _list(target.remarks),
        f"## What is not covered\n\n{_list(target.limits)}",
        "## Options\n",
        _options(target),
        "## Example\n\nFor this pin file\n",
        f"```toml\n{_pin_file(target)}```\n",
        f"pinsmith writes\n\n````{language}\n{_example(target).rstrip()}\n````\n",
    ]
    return "\n".join(part for part in parts if part)


def _list(lines: Iterable[str]) -> str:
    return "".join(f"* {line}\n" for line in lines)


def _options(target: Format) -> str:
    if not target.options:
        return "It has no options of its own.\n"
    lines = _list(f"`{option.name}`: {option.help}{_default(option.default)}" for option in target.options)
    return f"Set them in an `[[output]]`, or with `pinsmith export {target.id} --set NAME=VALUE`.\n\n{lines}"


def _flags(target: Format) -> str:
    return ", ".join(target.can.flags())


def _default(value: object) -> str:
    return f"; `{value}` by default" if value else ""


def _example(target: Format) -> str:
    from pinsmith.formats import LOSSES, export
    from pinsmith.pinfile import parse

    options = dict(target.example_options) | {"accept-loss": tuple(LOSSES)}
    return export(parse(_pin_file(target)), target, options=options, certificates=example.certificates()).text


def _pin_file(target: Format) -> str:
    policy = syntaxes.example_policy("leaf") if target.can.takes == "pin" else example.certified(target)
    keys = {key.name: key for entry in policy.hosts for key in entry.keys}
    lines = ["version = 1", ""]
    for key in keys.values():
        lines += [
            f"[keys.{key.name}]",
            f'pin = "{key.pin}"',
            f'role = "{key.role}"',
            f'algorithm = "{key.algorithm}"',
            *([f'certificate = "{key.certificate}"'] if key.certificate else []),
            "",
        ]
    names = ", ".join(f'"{name}"' for name in keys)
    lines += ["[[host]]", 'name = "api.example.com"', f"keys = [{names}]", f"expires = {date(2030, 6, 30)}", ""]
    lines += ["[[host]]", 'name = "example.org"', f"keys = [{names}]", "include-subdomains = true"]
    return "\n".join(lines) + "\n"
