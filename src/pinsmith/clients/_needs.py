"""Functions that the helpers share."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pinsmith.clients._table import CLIENTS
from pinsmith.errors import EnforcementError, UnsafeContextError, find
from pinsmith.policy import Policy
from pinsmith.tls.context import PinnedSSLContext

if TYPE_CHECKING:
    from collections.abc import Iterator

Pins = Policy | PinnedSSLContext
"""What every helper takes: a policy, or a context made from one (to choose trust anchors or a callback)."""


@contextmanager
def needs(library: str) -> Iterator[None]:
    """
    Import the library of a helper; the table of clients has the oldest release that works.

    Raises:
        ImportError: if *library* cannot be imported, or is older than that.
    """
    _require_release(library)
    try:
        yield
    except ImportError as error:
        raise ImportError(
            f"this pinsmith helper needs {library}, which cannot be imported ({error}): pip install {library}",
            name=error.name,
            path=error.path,
        ) from error


def _require_release(library: str) -> None:
    from importlib.metadata import PackageNotFoundError, version

    oldest = next(client.oldest for client in CLIENTS if client.library == library)
    try:
        installed = version(library.partition("[")[0])
    except PackageNotFoundError:
        return  # not installed, or frozen into a program without its metadata
    if _numbers(installed) < _numbers(oldest):
        raise ImportError(
            f"this pinsmith helper needs {library} {oldest} or newer, but {installed} is installed, "
            f"which might not enforce pins: pip install '{library}>={oldest}'"
        )


def _numbers(release: str) -> list[int]:
    import re

    return [int(number) for number in re.findall(r"\d+", release)[:3]]


def context_of(pins: Pins) -> PinnedSSLContext:
    """Return *pins* if it is a context, else a context with the system's trust anchors."""
    return pins if isinstance(pins, PinnedSSLContext) else PinnedSSLContext(pins)


def refused(error: BaseException | None) -> bool:
    """Say whether *error* comes from pins, so that another attempt would only repeat the handshake."""
    return isinstance(find(error), EnforcementError)


def require_plain_options(verify: object, cert: object = None) -> None:
    """
    Raise unless a request leaves trust and client certificates to the context.

    Raises:
        UnsafeContextError: *verify* is anything but True, or there is a *cert*.
    """
    if verify is not True:
        raise UnsafeContextError(
            f"verify={verify!r} cannot be combined with pins, because the pinned context decides whom to trust",
            hint=(
                "leave verify alone and unset REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE; "
                "pass cafile= to PinnedSSLContext for other trust anchors"
            ),
        )
    if cert is not None:
        raise UnsafeContextError(
            "cert= would load a client certificate into a context that all hosts share",
            hint="call load_cert_chain on a PinnedSSLContext that is used for that host alone",
        )
