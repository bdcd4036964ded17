"""The page of the formats, with the abilities of each format and a real example."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from docs.generate.example import READ_ONLY, certificates, certified, signing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.formats import Exported, Format
    from pinsmith.policy import KeyRole, Policy

INTRODUCTION = """\
# Formats

`pinsmith export`, `pinsmith import`, `pinsmith convert` and `pinsmith sync` read and write these formats. A setting
that a format cannot express is a loss; it is named before anything is written, and needs consent. The examples are
written for the pins of one host with a standby key. [Code](code/index.md) has its own pages.
"""
PLATFORMS = """\
## Platforms

`pinsmith formats` prints this list.

| platform | formats |
| - | - |
"""
LOSSES = """\
## Losses

To consent to a loss, pass `--accept-loss`, or set `accept-loss` in an `[[output]]`:
"""
READERS = """\
## Notes of import

`pinsmith import` prints a warning for everything that it could not keep or that does not do what it seems to do. Each
warning is a [finding](documents.md#findings) with a rule, a severity, and the file, line and column:

| rule | severity | meaning |
| - | - | - |
"""


def page() -> str:
    """Show a table of all formats, the losses, and then each format."""
    from pinsmith import formats

    rows = [
        f"| [](#format-{target.id}) | {target.title} | {_ways(target)} | {_flags(target)} |"
        for target in formats.SYNTAXES
    ]
    table = "\n".join(["| id | | | abilities |", "| - | - | - | - |", *rows])
    losses = "\n".join(f"* `{name}`: {text}" for name, text in formats.LOSSES.items())
    notes = "".join(f"| `{rule}` | {severity} | {text} |\n" for rule, (severity, text) in sorted(formats.NOTES.items()))
    parts = [INTRODUCTION, f"{PLATFORMS}{_platforms()}\n", "## Abilities\n", f"{table}\n", LOSSES, f"{losses}\n"]
    return "\n".join([*parts, READERS + notes, *map(_section, formats.SYNTAXES)])


def _platforms() -> str:
    from pinsmith import formats

    return "\n".join(
        f"| {platform.title} | {', '.join(map(_link, formats.of_platform(platform)))} |"
        for platform in formats.PLATFORMS
    )


def _link(target: Format) -> str:
    return f"[{target.id}](code/{target.id}.md)" if target.usage else f"[{target.id}](#format-{target.id})"


def place(target: Format) -> str:
    """Show where the file of a format goes, and what to add elsewhere."""
    if not target.place:
        return ""
    parts = [f"A usual path of the file is `{target.place}`."]
    for entry in target.additions:
        where = "In a shell:" if entry.file == "shell" else f"In `{entry.file}`:"
        parts.append(f"{where}\n\n```text\n{entry.text.strip()}\n```")
    return "\n\n".join(parts) + "\n"


def _ways(target: Format) -> str:
    return "in and out" if target.read and target.write else "in" if target.read else "out"


def _flags(target: Format) -> str:
    return ", ".join(target.can.flags())


def _section(target: Format) -> str:
    parts = [
        f"(format-{target.id})=\n\n## {target.id}\n",
        f"{target.title}, {_ways(target)}. [Specification]({target.spec}).\n",
        f"Abilities: {_flags(target)}.\n",
    ]
    if target.place:
        parts.append(place(target))
    if target.options:
        parts.append("\n".join(f"* option `{option.name}`: {option.help}" for option in target.options) + "\n")
    if target.remarks:
        parts.append("\n".join(f"* {remark}" for remark in target.remarks) + "\n")
    if target.limits:
        parts.append("Not covered:\n\n" + "\n".join(f"* {limit}" for limit in target.limits) + "\n")
    return "\n".join([*parts, *_examples(target)])


def _examples(target: Format) -> Iterator[str]:
    """Show the written file and the files beside it, or for import-only formats a file that is read."""
    made = _example(target)
    if made is None:
        yield _block(READ_ONLY[target.id])
        return
    yield _block(made.text)
    if target.reveal is not None:
        yield f"The signed text, decoded:\n\n{_block(target.reveal(made.text))}"
    for name, content in made.attachments.items():
        is_text = name.endswith((".pins", ".xml"))
        yield f"Beside it, `{name}`:\n" if is_text else f"Beside it, `{name}`: the certificate, DER.\n"
        if is_text:
            yield _block(content.decode())


def _block(text: str) -> str:
    lines = "\n".join(text.splitlines()).rstrip()  # a page has one kind of line end
    return f"````text\n{lines}\n````\n"


def _example(target: Format) -> Exported | None:
    from pinsmith import formats
    from pinsmith.errors import ExportError

    if target.write is None:
        return None
    options = dict(target.example_options) | {"accept-loss": tuple(formats.LOSSES)}
    name = target.suffixes[0]
    if target.can.takes != "pin":
        policy, ders = certified(target), certificates()
        return formats.export(policy, target, options=options, name=name, certificates=ders, **signing(target))
    try:
        return formats.export(example_policy("leaf"), target, options=options, name=name, **signing(target))
    except ExportError:
        return formats.export(example_policy("ca"), target, options=options, name=name)


def example_policy(roles: str) -> Policy:
    """Make a policy of one host, pinned to its leaf and a standby, or to two authorities."""
    from pinsmith.pin import Pin
    from pinsmith.policy import HostPins, Key, Policy

    def key(name: str, role: KeyRole, *, standby: bool = False) -> Key:
        return Key(name, Pin(hashlib.sha256(name.encode()).digest()), role, "EC P-256", standby=standby)

    both = (key("api-2026", "leaf"), key("api-standby", "leaf", standby=True))
    authorities = (key("issuing-ca", "intermediate"), key("root-ca", "root"))
    return Policy((HostPins("api.example.com", both if roles == "leaf" else authorities),))
