"""The types of renewal: what a tool is, and what its file says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinsmith.errors import HostError
from pinsmith.host import canonical_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pinsmith.finding import FilePlace


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """
    The renewal of one certificate.

    Attributes:
        hosts: Canonical; a wildcard is ``*.`` and a canonical host.
        keeps_key: Whether the next certificate has the same key; None if the file does not show it.
        place: The line that decides it, or the one where it would stand.
        why: What the file says about the key, a clause.
        fix: How to keep the key, or to live without that; a clause without a final period.
    """

    hosts: tuple[str, ...]
    keeps_key: bool | None
    place: FilePlace
    why: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """
    A tool that renews certificates.

    Attributes:
        id: Kebab-case.
        title: Its name.
        spec: Where it describes the setting about keys.
        files: The files that are read, as the documentation shows them.
        key: The fate of the key, as the documentation shows it.
        recognises: Says whether a file, by its text and name, is one of this tool.
        read: Yields the renewals of such a file; the text is limited. May raise `SyntaxFaultError`.
    """

    id: str
    title: str
    spec: str
    files: str
    key: str
    recognises: Callable[[str, str], bool]
    read: Callable[[str, str], Iterator[Renewal]]


def hosts_of(names: Iterable[str]) -> tuple[str, ...]:
    """Return the distinct hosts among *names*. Other texts, such as variables, are left out."""
    return tuple(dict.fromkeys(host for name in names if (host := _host(name.strip()))))


def _host(name: str) -> str | None:
    star = "*." if name.startswith("*.") else ""
    try:
        return star + canonical_host(name.removeprefix(star))
    except HostError:
        return None
