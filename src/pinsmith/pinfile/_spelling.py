"""The spelling of hosts, URLs, paths and key names in a pin file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.errors import HostError
from pinsmith.host import canonical_host
from pinsmith.pinfile._fault import shown

KEY_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_PORT: Final = re.compile(r":\d+\Z")

if TYPE_CHECKING:
    from pinsmith.pin import Pin
    from pinsmith.policy import KeyRole

Problem = tuple[str, str | None]


def host_of(name: str) -> str | Problem:
    """
    Return the canonical host that *name* spells, or a problem and a hint.

    A host has one spelling, so that people can search for it and compare two files. It is the canonical one, or for
    international names also the readable one (``bücher.example`` for ``xn--bcher-kva.example``).
    """
    try:
        host = canonical_host(name)
    except HostError as error:
        return str(error), error.hint or _advice(name)
    if name in (host, readable_host(host)):
        return host
    return f"{shown(name)} is not the canonical spelling of a host", f'write "{host}"'


def readable_host(host: str) -> str:
    """Return the canonical *host* with all A-labels in Unicode; unchanged if one of them has no such form."""
    if "xn--" not in host:
        return host
    import idna

    labels = host.split(".")
    try:
        return ".".join(idna.ulabel(label) if label.startswith("xn--") else label for label in labels)
    except idna.IDNAError:
        return host


def _advice(name: str) -> str | None:
    if "/" in name:
        return "write the host alone, without scheme and path"
    if _PORT.search(name):
        return "write the port on a line of its own, such as port = 8443"
    if name.startswith("."):
        return "write the parent host and include-subdomains = true"
    return None


def key_name_problem(name: str) -> Problem | None:
    """
    Return why *name* cannot be the name of a key; None if it can.

    A valid name needs no quotes in generated files, comments and file names.
    """
    if KEY_NAME.match(name):
        return None
    return (
        f"{shown(name)} cannot name a key",
        "use 1 to 64 ASCII letters, digits, '-', '_' and '.', and begin with a letter or digit",
    )


def role_problem(pin: Pin, role: KeyRole) -> Problem | None:
    """
    Return why the key with *pin* cannot have *role*, because it is known to be the key of an authority; None if it can.

    Root and intermediate are not distinguished, because a cross-signed root can be served as an intermediate.
    """
    if role != "leaf":
        return None
    from pinsmith.authorities import find

    known = find(pin)
    if known is None:
        return None
    return (
        f"this key is not a leaf: it belongs to the {known.role} {known.name}",
        f'write role = "{known.role}"; with role = "leaf", platforms that check only the leaf would lock users out',
    )


def path_problem(path: str) -> Problem | None:
    """Return why *path* cannot be the path of a file; None if it can. The file need not exist."""
    if not path:
        return "expected a path, got an empty text", None
    if not path.isprintable():
        return f"{shown(path)} is not a path: it contains unprintable characters", None
    return None


def url_problem(url: str) -> Problem | None:
    """Return why reports cannot be sent to *url*; None if they can."""
    from urllib.parse import urlsplit

    example = "write a URL such as https://reports.example.com/pins"
    if not url.isprintable() or " " in url:
        return f"{shown(url)} is not a URL: it contains blanks or unprintable characters", example
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        return f"{shown(url)} is not a URL: {str(error)[:80]}", example
    if parts.scheme not in ("http", "https"):
        return f"{shown(url)} is not an http or https URL", example
    if "@" in parts.netloc:
        return (
            f"the URL of {shown(host)} contains a user name or password",
            "remove it, because many people and programs read pin files",
        )
    try:
        canonical_host(host or "")
    except HostError as error:
        return f"{shown(url)} is not a URL: {error}", example
    return None
