"""
The intake of reports: ``POST /reports`` or ``POST /reports/KEY``, open to everybody, as apps cannot log in.

In this order, the cheapest first: method, key, size, rate of the sender's network, room in the queue; only then is the
body decoded. The answer is 204 when the report is durable. It is plain ASGI, because it is the one busy path.

Nothing here is trusted, fetched or shown. An address is truncated before anything is done with it, and the id of an
installation is replaced by a hash whose salt is never stored and changes each day.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
from collections import OrderedDict
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from pinsmith.errors import ReportError
from pinsmith.reports import MAX_BODY_BYTES, anonymous, group_key, parse_members
from pinsmith.store.report_batch import Arrival

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from starlette.types import Message, Receive, Scope, Send

    from pinsmith.reports import Report
    from pinsmith.store.report_writer import ReportWriter

_PREFIXES: Final = {4: 24, 6: 48}
_RATE: Final = 200.0  # reports a second that one network may send for long
_BURST: Final = 2_000.0  # reports that it may send at once
_REPORT_BYTES: Final = 16 * 1024  # a larger body counts as several reports; one with three certificates has 6,000
_MAX_NETWORKS: Final = 50_000  # that are remembered, about 10 MB
_MAX_REPORTS: Final = 100  # in one body
_RETRY_SECONDS: Final = "30"
_MICROSECONDS: Final = 1_000_000
# Browsers ask before they send reports to another site (Reporting API, https://w3c.github.io/reporting/).
_CORS: Final = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"POST"),
    (b"access-control-allow-headers", b"content-type"),
    (b"access-control-max-age", b"86400"),
)


class _RefusedError(Exception):
    def __init__(self, status: HTTPStatus, text: str, *, wait: bool = False) -> None:
        super().__init__(text)
        self.status, self.text, self.wait = status, text, wait


class Intake:
    """The application at ``/reports``."""

    def __init__(
        self,
        writer: ReportWriter,
        now: Callable[[], datetime],
        *,
        keys: Collection[str] = (),
        rate: float = _RATE,
        burst: float = _BURST,
    ) -> None:
        """
        Begin with nothing counted.

        Args:
            writer: Open.

            now: The clock; aware.

            keys: The keys that apps must send in the path; without any, every path is taken.

            rate: Reports a second that one network may send for long.

            burst: Reports that one network may send at once.
        """
        self._writer = writer
        self._now = now
        self._keys = frozenset(keys)
        self._rate, self._burst = rate, burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._networks: dict[str, str] = {}
        self._salt = _Salt()
        self.refused: dict[HTTPStatus, int] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] == "OPTIONS":
            await send({**_TAKEN, "headers": _CORS})
            await send(_NO_BODY)
            return
        try:
            source = self._source_of(scope)
            arrivals = self._arrivals(scope, source, await _read(scope, receive))
            is_durable = not arrivals or await self._writer.put(arrivals)
        except _RefusedError as error:
            refused = error
        else:
            if is_durable:
                await send(_TAKEN)
                await send(_NO_BODY)
                return
            refused = _RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "the database cannot be written", wait=True)
        self.refused[refused.status] = self.refused.get(refused.status, 0) + 1
        await _refuse(send, refused)

    def _source_of(self, scope: Scope) -> str:
        """Return the key in the path."""
        if scope["method"] != "POST":
            raise _RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, "send a report with POST")
        source: str = scope["path"].removeprefix("/reports").strip("/")
        if self._keys and source not in self._keys:
            raise _RefusedError(HTTPStatus.NOT_FOUND, "the key in the path is not known")
        return source

    def _arrivals(self, scope: Scope, source: str, body: bytes) -> list[Arrival]:
        """Read the reports of a body, unless too much comes."""
        now = self._now().timestamp()
        network = self._network_of(scope)
        if not self._may_send(network, now):
            raise _RefusedError(HTTPStatus.TOO_MANY_REQUESTS, "too many reports from this network", wait=True)
        if not self._writer.has_room:
            raise _RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "too many reports are waiting", wait=True)
        try:
            # Each report of an array is kept alone: a copy of all for each would fill the disk, with the ids of others.
            reports = parse_members(body)
        except ReportError as error:
            raise _RefusedError(HTTPStatus.BAD_REQUEST, str(error)) from None
        if len(reports) > _MAX_REPORTS:
            raise _RefusedError(HTTPStatus.BAD_REQUEST, f"a body has at most {_MAX_REPORTS} reports")
        # One was counted before the body was decoded. A network that sent too much waits longer before the next one.
        self._charge(network, max(len(reports), -(-len(body) // _REPORT_BYTES)) - 1)
        at = int(now * _MICROSECONDS)
        return [self._arrival(report, source, at, network, member) for member, report in reports]

    def _arrival(self, report: Report, source: str, at: int, network: str, body: bytes) -> Arrival:
        if report.vendor_id:
            body = anonymous(body, report.vendor_id, self._salt.hash(report.vendor_id, at))
            if len(body) > MAX_BODY_BYTES:  # an id of one letter, which stands everywhere
                raise _RefusedError(HTTPStatus.BAD_REQUEST, "the id of the installation is repeated too often")
        platform, version = report.platform or "", report.platform_version or ""
        return Arrival(
            key=group_key(report),
            source=source,
            at=at,
            network=network,
            version=report.app_version or "",
            platform=f"{platform} {version}" if platform and version else platform or version,
            host=report.host or "",
            app=report.app_id or "",
            format=report.format,
            enforced=report.enforced,
            reason=report.reason,
            body=body,
        )

    def _network_of(self, scope: Scope) -> str:
        """Return the network of the sender: its address is not kept."""
        client = scope.get("client")
        address = client[0] if client else ""
        network = self._networks.get(address)
        if network is None:
            if len(self._networks) >= _MAX_NETWORKS:
                self._networks.clear()
            network = self._networks[address] = truncated(address)
        return network

    def _may_send(self, network: str, now: float) -> bool:
        """Take one report from the bucket of *network*."""
        tokens, since = self._buckets.pop(network, (self._burst, now))
        tokens = min(self._burst, tokens + (now - since) * self._rate)
        self._buckets[network] = (tokens - 1 if tokens >= 1 else tokens, now)
        if len(self._buckets) > _MAX_NETWORKS:
            self._buckets.popitem(last=False)
        return tokens >= 1

    def _charge(self, network: str, reports: int) -> None:
        """Take more reports from the bucket of *network*, also if it is empty then."""
        if reports > 0 and network in self._buckets:
            tokens, since = self._buckets[network]
            self._buckets[network] = tokens - reports, since


def truncated(address: str) -> str:
    """Return the network of a numeric address, of /24 or /48; empty text for anything else."""
    try:
        number = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    # Proxies that listen for both versions write ::ffff:192.0.2.1, and /48 would put all of IPv4 into one network.
    number = getattr(number, "ipv4_mapped", None) or number
    return str(ipaddress.ip_network((number, _PREFIXES[number.version]), strict=False))


class _Salt:
    """Hashes ids, so that two reports of one installation can be told apart from those of two, for one day."""

    def __init__(self) -> None:
        self._day, self._salt = -1, b""

    def hash(self, identifier: str, at: int) -> str:
        day = at // (24 * 60 * 60 * _MICROSECONDS)
        if day != self._day:
            self._day, self._salt = day, os.urandom(16)
        return hashlib.blake2b(identifier.encode(), key=self._salt, digest_size=8).hexdigest()


async def _read(scope: Scope, receive: Receive) -> bytes:
    """Read the body; refuse it as soon as it is too large."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and _exceeds(value, MAX_BODY_BYTES):
            raise _too_large()
    message = await receive()
    body: bytes = message.get("body", b"")
    if message.get("more_body", False):
        parts = [body]
        size = len(body)
        while size <= MAX_BODY_BYTES and message.get("more_body", False):
            message = await receive()
            parts.append(message.get("body", b""))
            size += len(parts[-1])
        body = b"".join(parts)
    if len(body) > MAX_BODY_BYTES:
        raise _too_large()
    return body


def _too_large() -> _RefusedError:
    return _RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a report has at most {MAX_BODY_BYTES} bytes")


def _exceeds(digits: bytes, limit: int) -> bool:
    """Compare a number of any length, which `int` refuses beyond 4,300 digits."""
    digits = digits.lstrip(b"0")
    return len(digits) > len(str(limit)) or int(digits or b"0") > limit


async def _refuse(send: Send, refused: _RefusedError) -> None:
    body = f"{refused.text}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    if refused.wait:
        headers.append((b"retry-after", _RETRY_SECONDS.encode()))
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


_TAKEN: Final[Message] = {"type": "http.response.start", "status": 204, "headers": ()}
_NO_BODY: Final[Message] = {"type": "http.response.body", "body": b""}
