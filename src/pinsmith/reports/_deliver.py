"""
One attempt to deliver a report: whether its address may be used, and one short request.

The connection is verified, and judged by the pins of the policy for the host of the address. Nobody reports a mismatch
on it, so no report causes another. Redirects are not followed, and of the answer only the head is read.
"""

from __future__ import annotations

import re
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from pinsmith.errors import EnforcementError, HostError, PinsmithError
from pinsmith.host import dialled_host
from pinsmith.probe.proxy import is_loopback, through, tunnel
from pinsmith.probe.target import Target
from pinsmith.reports._body import CONTENT_TYPE
from pinsmith.tls.context import PinnedSSLContext
from pinsmith.verdict import Mismatched, decide_entry

if TYPE_CHECKING:
    from pinsmith.policy import HostPins, Policy
    from pinsmith.tls.event import MismatchEvent

_MAX_HEAD: Final = 32 * 1024
_PORTS: Final = {"https": 443, "http": 80}
_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3})(?: |\r|$)")
_RETRY_AFTER: Final = re.compile(rb"(?im)^retry-after:[ \t]*([^\r\n]{1,64}?)[ \t]*\r?$")
_LATER: Final = frozenset({408, 425, 429, *range(500, 600)})
_LONGEST_WAIT: Final = 7 * 24 * 60 * 60.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where a report goes: the parts of a URL that was checked."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port, as a request names them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Failure:
    """
    Why a report was not delivered.

    Attributes:
        why: In words, for use after the address.
        again: Whether to try again.
        after_seconds: How long the receiver asked to wait.
    """

    why: str
    again: bool = False
    after_seconds: float = 0.0


def parse_address(uri: str) -> Address:
    """
    Read an address to which a report may be sent: https, or http on the loopback.

    Raises:
        ValueError: If it cannot be used. The message goes after the address.
    """
    if not uri.isascii() or not uri.isprintable() or " " in uri:
        raise ValueError("contains characters that a URL cannot contain")
    try:
        parts = urlsplit(uri)
        host, port = dialled_host(parts.hostname or ""), parts.port
    except (HostError, ValueError) as error:
        raise ValueError("has no valid host or port") from error
    if parts.scheme not in _PORTS:
        raise ValueError("is not an https URL")
    if "@" in parts.netloc:
        raise ValueError("contains a user name or password")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("would get the report without TLS")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Address(parts.scheme, host, port or _PORTS[parts.scheme], path)


def locked_out(host: str, event: MismatchEvent, policy: Policy) -> bool:
    """
    Say whether the pins that failed may also refuse the connection to *host*, which would get the report.

    That is so if pins in force for *host* share a key or trust anchor with the entry that failed: the same entry, or
    another one that the same change of keys breaks.

    Source:
        :rfc:`7469#section-2.1.4` (pins hold for the receiver, and loops are broken by sending nothing); Chromium's
        ``TransportSecurityState``, ``IsReportUriValidForHost``
    """
    entry = policy.find(host)
    verdict = decide_entry(policy, host, entry, None, now=event.time)
    if entry is None or event.entry is None or not isinstance(verdict, Mismatched) or not verdict.enforced:
        return False
    return bool(_digests(entry) & _digests(event.entry))


def _digests(entry: HostPins) -> set[bytes]:
    return {*entry.by_digest, *(anchor.pin.digest for anchor in entry.trust_anchors)}


def deliver(
    uri: str, event: MismatchEvent, body: bytes, *, cafile: str | None, timeout_seconds: float
) -> Failure | None:
    """
    Make one attempt.

    Args:
        uri: The address of the report.
        event: The mismatch that is reported.
        body: JSON.
        cafile: Trust anchors, instead of the system's.
        timeout_seconds: For the whole attempt. The system limits the look-up of the name.

    Returns:
        None if the report was delivered.
    """
    try:
        address = parse_address(uri)
    except ValueError as error:
        return Failure(str(error))
    if event.policy is None:
        return Failure("is not used for an event of the log, which lacks the policy; pass the sender as on_mismatch")
    if locked_out(address.host, event, event.policy):
        return Failure(f"shares pins with {event.host}, whose pins failed; report to a host with other pins or none")
    try:
        return _post(address, body, event.policy, cafile, time.monotonic() + timeout_seconds)
    except EnforcementError as error:
        return Failure(f"was refused: {error}")
    except (OSError, PinsmithError) as error:
        return Failure(f"was not reached: {str(error) or type(error).__name__}", again=True)


def _post(address: Address, body: bytes, policy: Policy, cafile: str | None, deadline: float) -> Failure | None:
    target = Target(address.host, address.port)
    if address.scheme == "https":
        target = through(target, None)
    place = (target.proxy.host, target.proxy.port) if target.proxy is not None else (address.host, address.port)
    with socket.create_connection(place, timeout=_left(deadline)) as plain:
        if target.proxy is not None:
            _connect(plain, target, deadline)
        if address.scheme == "https":
            context = PinnedSSLContext(policy, cafile=cafile)
            plain.settimeout(_left(deadline))
            with context.wrap_socket(plain, server_hostname=address.host) as secure:
                return _exchange(secure, address, body, deadline)
        if not ip_address(plain.getpeername()[0].partition("%")[0]).is_loopback:
            return Failure("would get the report without TLS")
        return _exchange(plain, address, body, deadline)


def _connect(plain: socket.socket, target: Target, deadline: float) -> None:
    """Ask the proxy of the target to connect to it."""
    if target.proxy is None:
        return
    talk = tunnel(target.proxy, target)
    message: bytes = next(talk)
    with suppress(StopIteration):
        while True:
            plain.settimeout(_left(deadline))
            if message:
                plain.sendall(message)
            message = talk.send(plain.recv(_MAX_HEAD))


def _exchange(connection: socket.socket, address: Address, body: bytes, deadline: float) -> Failure | None:
    head = (
        f"POST {address.path} HTTP/1.1\r\nHost: {address.authority}\r\nContent-Type: {CONTENT_TYPE}\r\n"
        f"Content-Length: {len(body)}\r\nUser-Agent: pinsmith\r\nConnection: close\r\n\r\n"
    )
    connection.settimeout(_left(deadline))
    connection.sendall(head.encode() + body)
    status, answer = _answer(connection, deadline)
    if status // 100 == 2:  # noqa: PLR2004 - the class of success
        return None
    waits = _retry_after(answer) if status in _LATER else 0.0
    return Failure(f"answered with the status {status}", again=status in _LATER, after_seconds=waits)


def _answer(connection: socket.socket, deadline: float) -> tuple[int, bytes]:
    """Read the head of the answer, after those with a status below 200."""
    received, size = b"", 0
    while True:
        head, end, rest = received.partition(b"\r\n\r\n")
        if end:
            status = _STATUS.match(head)
            if status is None:
                raise OSError("the answer is not HTTP")
            if not status[1].startswith(b"1"):
                return int(status[1]), head
            received = rest
            continue
        connection.settimeout(_left(deadline))
        chunk = connection.recv(4096)
        size += len(chunk)
        if not chunk or size > _MAX_HEAD:
            raise OSError("the answer ended too soon" if not chunk else "the answer is too long")
        received += chunk


def _retry_after(head: bytes) -> float:
    """
    Return the seconds that the receiver asks to wait; 0 if it does not say.

    Source:
        :rfc:`9110#section-10.2.3`
    """
    found = _RETRY_AFTER.search(head)
    if found is None:
        return 0.0
    text = found[1].decode("latin-1")
    if text.isascii() and text.isdigit():
        return min(float(text), _LONGEST_WAIT)
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return min(max((moment - datetime.now(UTC)).total_seconds(), 0.0), _LONGEST_WAIT)


def _left(deadline: float) -> float:
    """Return the seconds that are left; too few are not 0, which would mean not to wait at all."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left
