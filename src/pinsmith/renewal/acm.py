"""
AWS Certificate Manager in Terraform: resources ``aws_acm_certificate``.

ACM renews the certificates that it issues, and makes a new key each time; no setting changes that. It does not renew
certificates that were imported with a private key, so their key stays until somebody imports another one.

Source:
    https://docs.aws.amazon.com/acm/latest/userguide/troubleshooting-pinning.html,
    https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/acm_certificate
"""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from pinsmith.finding import FilePlace
from pinsmith.renewal._tool import Renewal, Tool, hosts_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

_RESOURCE: Final = "aws_acm_certificate"
_TOKEN: Final = re.compile(r'"(?:\\.|[^"\\\n])*"?|[\w.-]+|//|/\*|<<-?|\S')
_HEREDOC: Final = re.compile(r"\w*")


def _read(text: str, file: str) -> Iterator[Renewal]:
    tokens = list(_tokens(text))
    for index, (word, offset) in enumerate(tokens[:-3]):
        if word == "resource" and tokens[index + 1][0] == f'"{_RESOURCE}"' and tokens[index + 3][0] == "{":
            values = _attributes(tokens, index + 4)
            names = [name for key in ("domain_name", "subject_alternative_names") for name in values.get(key, ())]
            keeps, why = _key(values)
            yield Renewal(
                hosts=hosts_of(names),
                keeps_key=keeps,
                place=FilePlace(file, text.count("\n", 0, offset) + 1),
                why=why,
                fix="pin the roots of Amazon Trust Services, or import a certificate for your own key",
            )


def _key(values: Container[str]) -> tuple[bool | None, str]:
    if "private_key" in values:
        return True, "it is imported, so ACM does not renew it"
    if "certificate_authority_arn" in values:
        return None, "a private authority issues it"
    return False, "ACM makes a new key for each renewal"


def _attributes(tokens: list[tuple[str, int]], start: int) -> dict[str, list[str]]:
    """Return the strings of each attribute of the block that begins at *start*; those of inner blocks are left out."""
    values: dict[str, list[str]] = {}
    depth = 1
    name = ""
    for index in range(start, len(tokens)):
        word = tokens[index][0]
        if word in {"{", "}"}:
            depth += 1 if word == "{" else -1
            if not depth:
                break
        elif depth == 1 and index + 1 < len(tokens) and tokens[index + 1][0] == "=":
            name = word
            values.setdefault(name, [])
        elif depth == 1 and word.startswith('"') and "${" not in word and name:
            values[name].append(word.strip('"'))
    return values


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    """Yield the tokens of HCL with their offsets, without comments and heredocs."""
    at = 0
    while match := _TOKEN.search(text, at):
        word, at = match[0], match.end()
        if word in {"#", "//"}:
            at = _after(text, "\n", at)
        elif word == "/*":
            at = _after(text, "*/", at)
        elif word.startswith("<<"):
            at = _after_heredoc(text, at)
        else:
            yield word, match.start()


def _after_heredoc(text: str, at: int) -> int:
    start = _HEREDOC.match(text, at)
    ends = start[0] if start else ""
    at = _after(text, "\n", at)
    while at < len(text):
        line, at = text[at : (end := _after(text, "\n", at))], end
        if line.strip() == ends:
            break
    return at


def _after(text: str, mark: str, start: int) -> int:
    found = text.find(mark, start)
    return len(text) if found < 0 else found + len(mark)


TOOL: Final = Tool(
    id="acm",
    title="AWS Certificate Manager (Terraform)",
    spec="https://docs.aws.amazon.com/acm/latest/userguide/acm-bestpractices.html",
    files="`.tf` with `aws_acm_certificate`",
    key="new; imported certificates are not renewed",
    recognises=lambda text, file: PurePath(file).suffix == ".tf" and f'"{_RESOURCE}"' in text,
    read=_read,
)
