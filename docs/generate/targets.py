"""The pages of generated code: a table of all targets, and one page each with a real example."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from docs.generate import example, formats as syntaxes

if TYPE_CHECKING:
    from pinsmith.formats import Format

INTRODUCTION = """\
# Generated code

What `pinsmith export` and `pinsmith sync` write for platforms whose libraries take no file. Each target does what its
flags say; what it cannot do is a loss, named before anything is written.

The third column says who refuses a chain with the key of a compromised authority when another key of that chain is
pinned. Where only the leaf's key counts, no authority can take the place of a pinned host.
"""
_COMPROMISED = {"refused": "yes, those of the pin file too", "accepted": "no", "leaf": "only the leaf's key counts"}
_LANGUAGES = {
    ".cpp": "cpp", ".cs": "text", ".dart": "dart", ".go": "go", ".h": "cpp", ".java": "java", ".js": "javascript",
    ".kt": "kotlin", ".mjs": "javascript", ".php": "php", ".py": "python", ".rb": "ruby", ".rs": "rust", ".sh": "sh",
    ".swift": "swift", ".ts": "ts",
}  # fmt: skip


def index() -> str:
    """Show a table of all targets."""
    from pinsmith.formats import CODE

    rows = [
        f"| [{each.id}]({each.id}.md) | {each.title} | {_COMPROMISED.get(each.can.compromised, each.can.compromised)} "
        f"| {_flags(each)} |"
        for each in CODE
    ]
    entries = "\n".join(each.id for each in CODE)
    toc = f"```{{toctree}}\n:hidden:\n\n{entries}\n```\n"
    return "\n".join(
        [INTRODUCTION, "| id | | refuses compromised authorities | can |", "| - | - | - | - |", *rows, "", toc]
    )


def page(target: Format) -> str:
    """Show one target: what it does and does not, its options, and the code for two hosts."""
    parts = [
        f"# {target.id}\n",
        f"{target.title}. [Reference of what it calls]({target.spec}).\n",
        f"Can: {_flags(target)}.\n",
    ]
    if target.remarks:
        parts.append("\n".join(f"* {remark}" for remark in target.remarks) + "\n")
    if target.options:
        parts.append("Options of an `[[output]]`:\n")
        parts.append(
            "\n".join(f"* `{each.name}`: {each.help}{_default(each.default)}" for each in target.options) + "\n"
        )
    parts.append("For this pin file")
    parts.append(f"```toml\n{_pin_file(target)}```\n")
    parts.append("it writes")
    parts.append(f"````{_LANGUAGES.get(target.suffixes[0], 'text')}\n{_example(target).rstrip()}\n````\n")
    return "\n".join(parts)


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
