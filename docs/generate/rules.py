"""The page of the rules: those of lint at length, then those of other commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.builds import READERS, holes
from pinsmith.documents.page import is_error
from pinsmith.documents.rule import WARNINGS, meanings
from pinsmith.formats import LOSSES, NOTES, REFERENCES
from pinsmith.formats._note import REPAIRS
from pinsmith.renewal import TOOLS
from pinsmith.rules import RULES
from pinsmith.setup import RULES as SETUP

if TYPE_CHECKING:
    from pinsmith.builds import Hole
    from pinsmith.rules._rule import Rule

_LANGUAGES = {"js": "javascript", "kt": "kotlin", "toml": "toml", "xml": "xml"}
INTRODUCTION = """\
# Lint rules

`pinsmith lint` applies these rules to pin files, to the files of platforms and to
[renewal automation](#renewal-automation), and asks no server. It also reports what
the reader of a format notices: [those rules](#notes-of-import) stand below. A file that cannot be read is a finding;
its rule is the [code of the error](errors.md). Rules of other commands follow at the end.

Some rules are about code: mistakes that make pins void, and code that trusts everybody. They need the extra
`pinsmith[audit]`.

`--persona` chooses the rules: `pedantic` and `auditor` apply more of them. `pinsmith lint --explain RULE`
prints a section of this page.

`--online` also connects to the hosts, and finds pins that no live chain matches (`pin-mismatch`), chains that clients
refuse, backups that are served already (`no-backup`), and hosts that could not be reached
(`not-compared`, info). A host that a pin file reaches by `connect` or `cafile` is `compared-elsewhere` (low),
because the public may see another server.

A finding is accepted only with a reason. A comment applies to its own line and the one below it, and
`[[lint.allow]]` in [pins.toml](pins-toml.md) for a rule and a host in every file. A string that looks like a comment
accepts nothing, so findings in JSON, which has no comments, need the table:

```xml
<!-- pinsmith: allow[public-intermediate] it is our own, below a public root -->
```

```toml
[[lint.allow]]
rule = "public-intermediate"
host = "api.example.com"
reason = "it is our own, below a public root"
```

A comment without a reason is the finding `allow-without-reason`. One that accepts nothing is `unused-allow`, whose
severity is info. `pinsmith lint --baseline FILE --write-baseline` accepts all findings of today, and `--baseline FILE`
leaves them out. A baseline knows a finding by its rule, host and pin, so it survives when files move.

Code of more than 2,000,000 characters, or with a line of more than 10,000, was written by a tool. It is not read, and
if a rule might find something in it, that is the finding `code-not-read`, whose severity is low. The severity is high
if [the reader of a file](#limits-of-an-audit) crashes or takes too long.

(repairs)=
## Repairs

`pinsmith lint --fix` edits files in place, and changes only the characters that are wrong. Comments, order, line ends
and byte order marks stay. The exit code and the output are about what remains.

| fix | options | what it may do |
| - | - | - |
| safe | `--fix` | locks nobody out, and accepts no key that the file does not list for the host |
| unsafe | `--fix --unsafe-fixes` | may change which keys or hosts clients accept or refuse |

A pin that the platform does not read, or at which the app crashes, is respelled safely. A host that never matched is
unsafe: under its right name, its pins are enforced for the first time. Read what unsafe fixes changed before
you release it. The last usable pin of a host is never removed. Where a repair needs something that lint does not know,
there is none, and the message says what to do.

lint repairs only what it reports: findings that are accepted, listed in the baseline or below `--min-severity` stay. It
edits neither a file that `pinsmith sync` writes nor a file behind a link out of the folder. If a repaired file could
not be read, or would have a worse finding, lint leaves it as it was and warns. JSON names the kind of fix as `fixable`,
and SARIF contains the edits as `fixes`.

(renewal-automation)=
## Renewal automation

lint also reads the files of tools that renew certificates, as `renewal-replaces-key` and `renewal-unclear` need them.
It compares the hosts in these files with the pins of all files that it reads. So name both folders:
`pinsmith lint . /etc/letsencrypt/renewal`. Hosts that are variables are left out. A file that cannot be read, such as a
template, is the finding `renewal-not-read`: info, or low if only a parser has to be installed.

| tool | files | key of the next certificate |
| - | - | - |
TOOLS
(holes-of-clients)=
## Holes of clients

`vulnerable-client` and `vulnerable-client-unclear` look for these holes, which concern pins only: other
vulnerabilities are not reported. They read the versions of clients in these files, without asking a package manager:

| package manager | files |
| - | - |
READERS
A lock takes precedence over the build files in its folder and below. A range of versions counts only if every
version in it is affected. `vulnerable-client` reports a client that enforces pins: there is code with pins for this
client in the folder of the build file or below. If lint cannot know that, the finding is
`vulnerable-client-unclear`, for auditors. If no file pins a host, neither rule reports anything.

The holes of curl are listed for Conan alone. They depend on the TLS library that curl was built with, which the other
files do not show. The holes of operating systems and of Node.js are not listed.

| hole | packages | affected | fixed | effect on pins | state of |
| - | - | - | - | - | - |
HOLES
## All rules

| rule | severity | finds | persona | fix |
| - | - | - | - | - |
"""
WARNED = """\
# Warnings of check and sync

`pinsmith check` and `pinsmith sync --check` also use the rules above. These are theirs alone.
"""
SET_UP = """\
# Findings of setup

`pinsmith setup` reports what keeps an output from taking effect.
"""
NOTED = """\
# Notes of import

`pinsmith import` and `pinsmith lint` report these.
"""
LOST = """\
# Losses of an export

[Consent](formats.md#losses) to a loss names its rule.
"""


def page() -> str:
    """Show a table of all rules, and then each of them."""
    rows = "".join(
        f"| [{rule.id}](#rule-{rule.id}) | {rule.severity} | {rule.title} | {rule.persona} | {rule.repair or ''} |\n"
        for rule in RULES
    )
    tools = "".join(f"| [{tool.title}]({tool.spec}) | {tool.files} | {tool.key} |\n" for tool in TOOLS)
    files = "".join(f"| {reader.title} | {reader.files} |\n" for reader in READERS if reader.id != "flutter")
    introduction = INTRODUCTION.replace("TOOLS\n", tools + "\n").replace("READERS\n", files + "\n")
    introduction = introduction.replace("HOLES\n", "".join(map(_hole, holes())) + "\n")
    known = {rule.id for rule in RULES}
    parts = [introduction + rows, *map(_section, RULES), WARNED, *map(_short, WARNINGS), SET_UP, *map(_short, SETUP)]
    parts += [NOTED, *(_short(rule) for rule in sorted(NOTES) if rule not in known and not is_error(rule))]
    return "\n".join([*parts, LOST, *map(_short, LOSSES)])


def _hole(hole: Hole) -> str:
    packages = ", ".join(f"`{package}`" for package in sorted(hole.packages))
    affected = " or ".join(f"`{span}`" for span in hole.affected)
    return (
        f"| [{hole.id}]({hole.source}) | {packages} | {affected} | {hole.fixed or 'not yet'} | {hole.effect} |"
        f" {hole.checked} |\n"
    )


def _short(rule: str) -> str:
    severity = {**NOTES, **WARNINGS, **SETUP}.get(rule, (None,))[0]
    references = f"\nSee {', '.join(REFERENCES[rule])}.\n" if rule in REFERENCES else ""
    ends = f" Severity: {severity}." if severity else ""
    ends += f" [Fix](#repairs): {REPAIRS[rule]}." if rule in REPAIRS else ""
    return f"(rule-{rule})=\n## {rule}\n\n{meanings()[rule]}{ends}\n{references}"


def _section(rule: Rule) -> str:
    references = f"\nSee {', '.join(rule.references)}.\n" if rule.references else ""
    fixes = f" [Fix](#repairs): {rule.repair}." if rule.repair else ""
    title = f"{rule.title[0].upper()}{rule.title[1:]}"
    return (
        f"(rule-{rule.id})=\n## {rule.id}\n\n{title}: {rule.severity}. {rule.effect}\n\n"
        f"To fix it, {rule.fix}.{fixes}\n{references}"
        f"{''.join(_example(*part) for part in rule.example.parts)}"
    )


def _example(title: str, file: str, text: str) -> str:
    language = _LANGUAGES.get(file.rpartition(".")[2], "text")
    return f"\n{title}, in `{file}`:\n\n```{language}\n{text.rstrip()}\n```\n"
