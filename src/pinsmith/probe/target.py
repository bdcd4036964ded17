"""A service to retrieve the chain of: its host, where to dial it, and how it changes to TLS."""

from __future__ import annotations

import re
from dataclasses import KW_ONLY, dataclass, replace
from typing import TYPE_CHECKING, Final, TypedDict

from pinsmith._port import MAX_PORT, is_port, parse_address, parse_port
from pinsmith.errors import HostError
from pinsmith.host import canonical_host
from pinsmith.probe import starttls as protocols

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pinsmith.policy import HostPins, Policy
    from pinsmith.probe.proxy import Proxy
    from pinsmith.probe.trust import KeyType, Trust

HTTPS: Final = 443
_SCHEMES: Final = ("https", "wss")
# Of a URL, see RFC 3986 section 3.2. Browsers take a backslash for a slash.
_END_OF_AUTHORITY: Final = re.compile(r"[/?#\\]")
_BRACKETED: Final = re.compile(r"(\[[^\]]*\])(?::(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Target:
    """
    One service to retrieve the chain of.

    Args:
        host: A host name or IP address; kept as canonical host. Sent as SNI unless an IP address.

        port: The service's port.

        address: What to dial in place of *host*: an IP address or another name. The certificate must
            still be for *host*.

        connect_port: What to dial in place of *port*.

        starttls: The id of a protocol of `pinsmith.probe.starttls` that changes to TLS; None for TLS from the start.

        key_type:
            Ask for a certificate with this kind of key; a server that has several chooses one otherwise. Python's ssl
            cannot restrict the signature algorithms of TLS 1.3, so this restricts the connection to TLS 1.2, where the
            cipher suite decides: a server of TLS 1.3 only cannot be asked. For both kinds, make two targets.

        trust: Which chains are trusted, if not those of the other targets.

        proxy: The HTTP proxy to connect through; None to connect directly.

    Raises:
        HostError: If *host* is not a host, or a port is not a port.
        StartTLSError: If *starttls* is not the id of a protocol.
    """

    host: str
    port: int = HTTPS
    _: KW_ONLY
    address: str | None = None
    connect_port: int | None = None
    starttls: str | None = None
    key_type: KeyType | None = None
    trust: Trust | None = None
    proxy: Proxy | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "host", canonical_host(self.host))
        for port in (self.port, self.connect_port):
            if port is not None and not is_port(port):
                raise HostError(f"{port} is not a port: expected a number from 1 to {MAX_PORT}")
        if self.starttls is not None:
            protocols.find(self.starttls)

    def __str__(self) -> str:
        """``host:port``, with IPv6 addresses in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_target(
    text: str,
    *,
    port: int | None = None,
    address: str | None = None,
    connect_port: int | None = None,
    starttls: str | None = None,
    key_type: KeyType | None = None,
) -> Target:
    """
    Read ``host``, ``host:port``, ``[::1]``, ``[::1]:8443``, ``::1``, or a URL of https or wss.

    Of a URL, only the host and the port are used.

    Args:
        text: As a user writes it.

        port: If *text* has none; by default the usual port of *starttls*, otherwise 443.

        address: See `Target`, as for the rest.

        connect_port: See `Target`.

        starttls: See `Target`.

        key_type: See `Target`.

    Raises:
        HostError: If *text* has none of these forms.
        StartTLSError: If *starttls* is not the id of a protocol.
    """
    host, digits = _split(text.strip())
    if digits is not None:
        port = parse_port(digits)
        if port is None:
            raise HostError(
                f"{f'{host}:{digits}'!r} has no valid port: expected a number from 1 to {MAX_PORT} after the colon"
            )
    if port is None:
        port = HTTPS if starttls is None else protocols.find(starttls).port
    return Target(host, port, address=address, connect_port=connect_port, starttls=starttls, key_type=key_type)


def policy_targets(
    policy: Policy,
    names: Sequence[str] = (),
    *,
    address: str | None = None,
    connect_port: int | None = None,
    starttls: str | None = None,
    folder: Path | None = None,
) -> list[Target]:
    """
    List the targets of the hosts *names* without duplicates, or of every host of *policy* whose entry is not off.

    Args:
        policy:
            Its entries give the port where a name has none. With *starttls*, the protocol gives it. Without *address*,
            they say where to connect.

        names: As users write them, see `parse_target`. They need not be in *policy*.

        address: See `Target`, as for the rest.

        connect_port: See `Target`.

        starttls: See `Target`.

        folder: The folder of the pin file, to which ``cafile`` of an entry is relative; None to ignore ``cafile``.

    Raises:
        FileError: If a ``cafile`` cannot be read or contains no certificate.
        HostError: If a name is not a host.
        StartTLSError: If *starttls* is not the id of a protocol.
    """
    targets = [] if names else [Target(entry.host, entry.port) for entry in policy if entry.mode != "off"]
    for name in names:
        entry = policy.entry_of(parse_target(name).host) if starttls is None else None
        targets.append(parse_target(name, port=entry.port if entry else None, starttls=starttls))
    trusts: dict[str, Trust] = {}
    return [
        replace(
            target,
            starttls=starttls,
            trust=_trust_of(policy.find(target.host), folder, trusts),
            **_dialled(policy.entry_of(target.host), address, connect_port),
        )
        for target in dict.fromkeys(targets)
    ]


def without_connect(policy: Policy) -> Policy:
    """Return *policy* with entries that do not say where to connect to, so that names are looked up."""
    return replace(policy, hosts=tuple(replace(entry, connect=None) for entry in policy.hosts))


class _Dialled(TypedDict):
    address: str | None
    connect_port: int | None


def _dialled(entry: HostPins | None, address: str | None, connect_port: int | None) -> _Dialled:
    if address is None and entry is not None and entry.connect is not None:
        address, connect_port = parse_address(entry.connect)
    return {"address": address, "connect_port": connect_port}


def _trust_of(entry: HostPins | None, folder: Path | None, known: dict[str, Trust]) -> Trust | None:
    if entry is None or entry.cafile is None or folder is None:
        return None
    if entry.cafile not in known:
        from pinsmith.probe.trust import Trust

        known[entry.cafile] = Trust(cafile=folder / entry.cafile)
    return known[entry.cafile]


def _split(text: str) -> tuple[str, str | None]:
    scheme, is_url, rest = text.partition("://")
    if is_url:
        authority, *more = _END_OF_AUTHORITY.split(rest, maxsplit=1)
        text = authority.rpartition("@")[2]
        if ":" in text and "@" in "".join(more) and not _BRACKETED.fullmatch(text):
            # A password may have a slash that is not escaped. Its first part must not be shown as a host.
            raise HostError("the URL may contain a password with a slash", hint="pass host or host:port, without user")
        if scheme.lower() not in _SCHEMES:
            url = f"{scheme}://{text}"  # without what may be secret
            raise HostError(
                f"{url!r} does not have a scheme of TLS: expected https or wss",
                hint="pass host or host:port; for a protocol that changes to TLS later, add --starttls",
            )
    if match := _BRACKETED.fullmatch(text):
        return match[1], match[2]
    if text.count(":") == 1:
        host, _, digits = text.partition(":")
        return host, digits
    return text, None  # more colons: an IPv6 address without brackets, or for canonical_host to refuse
