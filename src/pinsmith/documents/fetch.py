"""The documents of ``pinsmith fetch``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypedDict

import msgspec
from msgspec import UNSET, UnsetType

from pinsmith.certificate.link import links
from pinsmith.documents.certificate import CertificateOut, certificate_out
from pinsmith.documents.document import VERSION, ErrorOut, Versioned, encode, error_out
from pinsmith.probe.result import Engine, Failed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.certificate.link import Link
    from pinsmith.errors import PinsmithError
    from pinsmith.probe.result import Fetched

_INDENT: Final = b"    "  # of a host


class AddressBase(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of one address of one host, without its chain; documents add others."""

    host: str
    port: int | None
    address: str | None
    tls_version: str | None
    trusted: bool
    trust_error: str | None


class HostOut(AddressBase, frozen=True, kw_only=True):
    """
    One address of one host. ``error`` is there only if it could not be read.

    ``port`` is null only for a text that is not a host; ``host`` is then that text. ``engine`` is the library that made
    the handshake, on which no other field depends; it is null if the address could not be read.
    """

    engine: Engine | None
    chain: list[CertificateOut]
    error: ErrorOut | UnsetType = UNSET


class HostLine(HostOut, frozen=True, kw_only=True, tag_field="version", tag=VERSION):
    """One line of ``--format ndjson``, a document of its own."""


class FetchDocument(Versioned, frozen=True, kw_only=True):
    """``pinsmith fetch --format json``."""

    hosts: list[HostOut]


class FetchStream:
    """
    Writes a `FetchDocument` in pieces of whole lines, so that no more than one host is kept.

    The pieces in order, each followed by a line end, are the same text as `encode` gives for the whole document.
    """

    def __init__(self) -> None:
        """Begin a document."""
        self._start, self._end = encode(FetchDocument(hosts=[])).split(b"[]")
        self._kept = b""

    def add(self, host: HostOut) -> bytes:
        """Return the next piece: the host before *host*, or the beginning of the document."""
        ready = self._kept + b"," if self._kept else self._start + b"["
        self._kept = _INDENT + encode(host).replace(b"\n", b"\n" + _INDENT)
        return ready

    def finish(self) -> bytes:
        """Return the last piece."""
        return self._kept + b"\n  ]" + self._end if self._kept else self._start + b"[]" + self._end


class AddressFacts(TypedDict):
    """The values of `AddressBase`, and the error; see `address_facts`."""

    host: str
    port: int
    address: str | None
    tls_version: str | None
    trusted: bool
    trust_error: str | None
    error: ErrorOut | UnsetType


def address_facts(outcome: Fetched | Failed) -> AddressFacts:
    """Return what every document says of one address, besides its chain."""
    if isinstance(outcome, Failed):
        return {
            "host": outcome.target.host,
            "port": outcome.target.port,
            "address": outcome.address,
            "tls_version": None,
            "trusted": False,
            "trust_error": None,
            "error": error_out(outcome.error),
        }
    return {
        "host": outcome.host,
        "port": outcome.port,
        "address": outcome.address,
        "tls_version": outcome.tls_version,
        "trusted": outcome.trusted,
        "trust_error": outcome.trust_error,
        "error": UNSET,
    }


def links_of(outcome: Fetched | Failed) -> Sequence[Link]:
    """Return the chain of one address; empty if it could not be read."""
    return () if isinstance(outcome, Failed) else links(outcome.presented, outcome.verified)


def host_out(outcome: Fetched | Failed, kind: type[HostOut] = HostOut, *, pem: bool = True) -> HostOut:
    """Describe the result for one address, with the bytes of the certificates if *pem*."""
    return kind(
        **address_facts(outcome),
        engine=None if isinstance(outcome, Failed) else outcome.engine,
        chain=[certificate_out(link, pem=pem) for link in links_of(outcome)],
    )


def refused_out(text: str, error: PinsmithError, kind: type[HostOut] = HostOut) -> HostOut:
    """Describe a text that is not a host."""
    return kind(
        host=text,
        port=None,
        address=None,
        tls_version=None,
        trusted=False,
        trust_error=None,
        engine=None,
        chain=[],
        error=error_out(error),
    )
