"""The page of the formats: what each can say, and a real example of it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinsmith.formats import Format
    from pinsmith.policy import Policy

INTRODUCTION = """\
# Formats

What `pinsmith export`, `pinsmith import`, `pinsmith convert` and `pinsmith sync` read and write. What a format cannot
say is a loss; it is named before anything is written, and needs consent. The examples are what is written for the pins
of one host with a standby key. [Code](code/index.md) has pages of its own.
"""
LOSSES = """\
## Losses

What `--accept-loss` or `accept-loss` in an `[[output]]` agrees to:
"""


def page() -> str:
    """Show a table of all, what can be lost, then each format."""
    from pinsmith import formats

    rows = [f"| [](#format-{each.id}) | {each.title} | {_ways(each)} | {_flags(each)} |" for each in formats.SYNTAXES]
    table = "\n".join(["| id | | | can say |", "| - | - | - | - |", *rows])
    losses = "\n".join(f"* `{name}`: {text}" for name, text in formats.LOSSES.items())
    return "\n".join([INTRODUCTION, f"{table}\n", LOSSES, f"{losses}\n", *map(_section, formats.SYNTAXES)])


def _ways(of: Format) -> str:
    return "in and out" if of.read and of.write else "in" if of.read else "out"


def _flags(of: Format) -> str:
    return ", ".join(of.can.flags())


def _section(of: Format) -> str:
    parts = [
        f"(format-{of.id})=\n\n## {of.id}\n",
        f"{of.title}, {_ways(of)}. [Specification]({of.spec}).\n",
        f"Can say: {_flags(of)}.\n",
    ]
    if of.options:
        parts.append("\n".join(f"* option `{option.name}`: {option.help}" for option in of.options) + "\n")
    if of.remarks:
        parts.append("\n".join(f"* {remark}" for remark in of.remarks) + "\n")
    if (example := _example(of)) is not None:
        lines = "\n".join(example.splitlines()).rstrip()  # a page has one kind of line end
        parts.append(f"````text\n{lines}\n````\n")
    return "\n".join(parts)


def _example(of: Format) -> str | None:
    from pinsmith import formats
    from pinsmith.errors import ExportError

    if of.write is None:
        return None
    accepted = {"accept-loss": tuple(formats.LOSSES)}
    for roles in ("leaf", "ca"):
        try:
            return formats.export(example_policy(roles), of, options=dict(of.example_options) | accepted).text
        except ExportError:
            continue
    return None


def example_policy(roles: str) -> Policy:
    """Make a policy of one host, pinned to its leaf and a standby, or to two authorities."""
    from pinsmith.pin import Pin
    from pinsmith.policy import HostPins, Key, Policy

    def key(name: str, role: str) -> Key:
        return Key(name, Pin(hashlib.sha256(name.encode()).digest()), role, "EC P-256")  # type: ignore[arg-type]

    both = (key("api-2026", "leaf"), key("api-standby", "backup"))
    authorities = (key("issuing-ca", "intermediate"), key("root-ca", "root"))
    return Policy((HostPins("api.example.com", both if roles == "leaf" else authorities),))
