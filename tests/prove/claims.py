"""
Scenarios for claims of the targets: addresses, exempt hosts, subdomains with pins of their own, and require-pins.

::

    localhost        the key of the host
    └── api          a key of its own
        └── deep.api a subdomain of that

They use the lab's servers, and the lab judges them like its own scenarios.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from pinsmith.lab.proxy.connect import ConnectProxy
from pinsmith.lab.scenario import Act, Pinning, Scenario
from pinsmith.lab.servers.dual_stack import has_ipv6

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.scenario import Expected, Need, Scene
    from pinsmith.lab.stage import Stage

    Serve = Callable[[Stage], tuple[Pinning, Identity, str]]

_ADDRESSES: Final = ("127.0.0.1", *(("::1",) if has_ipv6() else ()))
_DEFAULTS: Final = "[defaults]\nrequire-pins = true\n\n"


@dataclass(frozen=True, slots=True)
class _Strict(Pinning):
    """A pin file with ``require-pins``."""

    def pin_file(self) -> str:
        return Pinning.pin_file(self).replace("[keys.", f"{_DEFAULTS}[keys.", 1)


def _serve(stage: Stage, expected: Expected, pinning: Pinning, identity: Identity, host: str) -> Scene:
    """Serve *identity* as *host*; if no resolver knows the host, the client reaches it through a proxy."""
    server = stage.serve(identity, address=host) if host in _ADDRESSES else stage.serve(identity)
    spelled = (host, host.removesuffix("."))
    proxy = stage.start(ConnectProxy(route={f"{spelling}:{server.port}": server.endpoint for spelling in spelled}))
    wanted, guarded = ((server,), ()) if expected == "accept" else ((), (server,))
    is_known = host in {stage.pki.host, *_ADDRESSES}
    act = Act(expected, pinning, wanted=wanted, guarded=guarded)
    return stage.scene(server, act, host=host, proxy=None if is_known else proxy)


def _claim(name: str, expected: Expected, serve: Serve, *needs: Need) -> Scenario:
    return Scenario(
        name,
        name.replace("-", " "),
        expected,
        "keep what its target claims",
        "the semantics of a pin file",
        lambda stage: _serve(stage, expected, *serve(stage)),
        keys=("ec-p256",),
        needs=frozenset({"policy", *needs}),
    )


def _at(address: str, pinned: str) -> Serve:
    def serve(stage: Stage) -> tuple[Pinning, Identity, str]:
        pin = stage.pki.pin if pinned == "this" else stage.pki.backup_pin
        return Pinning((pin,), address), stage.pki.genuine(address), address

    return serve


def _strict(pinned: str, expires: date | None = None) -> Serve:
    def serve(stage: Stage) -> tuple[Pinning, Identity, str]:
        pinning = _Strict((stage.pki.pin,), pinned, expires=expires)
        return pinning, stage.pki.genuine(), stage.pki.host

    return serve


def _below(label: str, *, own: bool = False, reach: bool = False, key: str = "wrong_key") -> Serve:
    def serve(stage: Stage) -> tuple[Pinning, Identity, str]:
        pki = stage.pki
        host = f"{label}{pki.subdomain}"
        entry = (
            Pinning((pki.backup_pin,), pki.subdomain, include_subdomains=reach)
            if own
            else Pinning((), pki.subdomain, "off", include_subdomains=reach)
        )
        pinning = Pinning((pki.pin,), pki.host, include_subdomains=True, others=(entry,))
        return pinning, pki.rekeyed(getattr(pki, key), host), host

    return serve


def _spelled(spelling: Callable[[str], str], key: str) -> Serve:
    def serve(stage: Stage) -> tuple[Pinning, Identity, str]:
        identity = stage.pki.rekeyed(getattr(stage.pki, key), stage.pki.host)
        return stage.pinning(), identity, spelling(stage.pki.host)

    return serve


def _reported_of_another_name(stage: Stage) -> tuple[Pinning, Identity, str]:
    return stage.pinning(mode="report-only"), stage.pki.genuine("other.test"), stage.pki.host


def _yesterday() -> date:
    return datetime.now(UTC).date() - timedelta(days=1)


CLAIMS: Final = (
    *(_claim(f"address-{address}", "accept", _at(address, "this")) for address in _ADDRESSES),
    *(_claim(f"address-{address}-rogue", "refuse", _at(address, "another")) for address in _ADDRESSES),
    _claim("require-pins", "accept", _strict("localhost")),
    _claim("require-pins-unpinned-host", "refuse", _strict("example.com")),
    _claim("require-pins-expired", "refuse", _strict("localhost", expires=_yesterday())),
    _claim("exempt-host", "accept", _below(""), "address"),
    _claim("exempt-host-subdomain", "refuse", _below("deep."), "address"),
    _claim("exempt-host-with-subdomains", "accept", _below("deep.", reach=True), "address"),
    _claim("own-pins", "accept", _below("", own=True, key="backup_key"), "address"),
    _claim("own-pins-not-the-parent's", "refuse", _below("", own=True, key="key"), "address"),
    _claim("own-pins-subdomain", "accept", _below("deep.", own=True, key="key"), "address"),
    _claim("own-pins-with-subdomains", "refuse", _below("deep.", own=True, reach=True, key="key"), "address"),
    _claim("capital-letters", "refuse", _spelled(str.upper, "wrong_key"), "address"),
)
"""Most claims come in pairs, so that a client that refuses everything, or nothing, fails."""

NAME_LEFT_TO_THE_CALLER: Final = _claim("name-left-to-the-caller", "accept", _reported_of_another_name)
"""For a client that compares no names: pins that only report do not make it compare them."""
