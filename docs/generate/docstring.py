"""Turn the docstrings of the code into Markdown."""

from __future__ import annotations

import re
import textwrap

SECTIONS = ("Args", "Attributes", "Returns", "Yields", "Raises", "Source")
_ENTRY = re.compile(r"(?P<name>[*\w][\w ,.*]*):(?:\s+|$)(?P<text>.*)")


def to_markdown(text: str | None) -> str:
    """Render a cleaned docstring: paragraphs, literal blocks, and the sections as lists."""
    blocks = _split((text or "").strip("\n"))
    return "\n\n".join(filter(None, (_render(title, body) for title, body in blocks)))


def _split(text: str) -> list[tuple[str, str]]:
    """Cut a docstring at its section titles; the first part has none."""
    parts = re.split(rf"^({'|'.join(SECTIONS)}):\n", text, flags=re.MULTILINE)
    return [("", parts[0]), *zip(parts[1::2], parts[2::2], strict=True)]


def _render(title: str, body: str) -> str:
    if not title:
        return _prose(body)
    body = textwrap.dedent(body).strip()
    if title in {"Returns", "Yields", "Source"}:
        return f"**{title}**: {_prose(body)}"
    return f"**{'Parameters' if title == 'Args' else title}**\n\n{_entries(body)}"


def _entries(body: str) -> str:
    """Render ``name: text`` entries, whose text may continue on deeper lines."""
    items: list[str] = []
    for line in body.splitlines():
        entry = _ENTRY.match(line)
        if entry:
            items.append(f"* `{entry['name']}`: {entry['text']}".rstrip())
        elif line.strip() and items:
            items[-1] += f" {line.strip()}"
    return _inline("\n".join(items))


def _prose(text: str) -> str:
    """Render paragraphs; an indented block after ``::`` is shown unchanged."""
    blocks: list[str] = []
    literal = False
    for block in re.split(r"\n\n+", text.strip()):
        if literal and block.startswith(" "):
            blocks.append(f"```text\n{textwrap.dedent(block)}\n```")
            continue
        literal = block.endswith("::")
        words = block.removesuffix("::").rstrip() + ("" if not literal or block == "::" else ":")
        blocks.append(_inline(words))
    return "\n\n".join(filter(None, blocks))


def _inline(text: str) -> str:
    text = re.sub(
        r":rfc:`(\d+)#section-([\d.]+)`", r"[RFC \1, section \2](https://www.rfc-editor.org/rfc/rfc\1#section-\2)", text
    )
    text = re.sub(r":rfc:`(\d+)`", r"[RFC \1](https://www.rfc-editor.org/rfc/rfc\1)", text)
    text = re.sub(r":cve:`(?:CVE-)?([\d-]+)`", r"[CVE-\1](https://www.cve.org/CVERecord?id=CVE-\1)", text)
    return re.sub(r":\w+:(`[^`]+`)", r"\1", text)
