"""Servers for a host of one's own policy, whose keys are replaced by keys of the lab."""

from __future__ import annotations

import ipaddress
import os
import socket
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from pinsmith.errors import HostError, LabError
from pinsmith.host import canonical_host, is_address
from pinsmith.lab.laboratory import LabServer
from pinsmith.lab.stage import LOOPBACK
from pinsmith.pin import Pin
from pinsmith.pinfile import load, write
from pinsmith.policy import Policy, TrustAnchor
from pinsmith.tls.context import PinnedSSLContext

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from pinsmith.lab.pki.lab_pki import LabPKI
    from pinsmith.lab.stage import Stage
    from pinsmith.policy import HostPins, Key

_ROOT: Final = "lab-root.pem"


@dataclass(frozen=True, eq=False)
class PolicyServers:
    """
    Three servers on the loopback for one host of a policy, and the policy with keys of the lab.

    Attributes:
        policy: The policy with the same hosts, modes, subdomains and expiry dates. Its keys are keys of the lab.
        pin_file: A pins.toml with this policy.
        cafile: A PEM file of the authorities to trust. One of them is deceived: it certifies the rogue.
        good: It presents a chain that matches the pins of the host.
        rogue: It presents a trusted chain for the host without a pinned key.
        expired: It presents the pinned keys, but the certificate of the leaf expired yesterday.
    """

    policy: Policy
    pin_file: Path
    cafile: Path
    good: LabServer
    rogue: LabServer
    expired: LabServer

    @property
    def context(self) -> PinnedSSLContext:
        """A new context with this policy, which trusts the authorities of the lab."""
        return PinnedSSLContext(self.policy, cafile=self.cafile)


def serve_policy(
    policy: Policy | str | os.PathLike[str], host: str | None = None, *, stage: Stage, folder: Path
) -> PolicyServers:
    """
    Start the servers for *host*.

    Args:
        policy: The policy, or the path of a pins.toml.

        host: A host that an entry of the policy covers; by default the first host with pins.

        stage: Runs the servers.

        folder: An empty folder for the files of the client.

    Raises:
        LabError: if no entry covers *host*, or if it is an address that is not on the loopback.
        ParseError: if the pin file cannot be read.
    """
    given = policy if isinstance(policy, Policy) else load(policy)
    name, entry = _chosen(given, host)
    swapped = _swapped(given, entry, stage.pki)
    cafile, pin_file = folder / "trusted.pem", folder / "pins.toml"
    cafile.write_text(stage.pki.trusted_pem, encoding="ascii")
    (folder / _ROOT).write_text(stage.pki.root.pem, encoding="ascii")
    pin_file.write_text(write(swapped), encoding="utf-8")
    pins = tuple(str(key.pin) for key in swapped.hosts[given.hosts.index(entry)].keys)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    identities = stage.pki.genuine(name), stage.pki.impostor(name), stage.pki.genuine(name, not_after=yesterday)
    servers = (LabServer(stage.serve(identity), cafile, pin_file, pins, name) for identity in identities)
    return PolicyServers(swapped, pin_file, cafile, *servers)


def resolving(names: Collection[str]) -> Callable[..., Any]:
    """Return a function like `socket.getaddrinfo` for which the canonical *names* have the address of the loopback."""
    genuine = socket.getaddrinfo

    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - as the genuine one
        return genuine(LOOPBACK if _canonical(host) in names else host, *arguments, **options)

    return getaddrinfo


def _canonical(host: object) -> str | None:
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    try:
        return canonical_host(text) if isinstance(text, str) else None
    except HostError:
        return None


def _chosen(policy: Policy, host: str | None) -> tuple[str, HostPins]:
    """Return the host to serve, and the entry that covers it."""
    name = canonical_host(host) if host is not None else next((entry.host for entry in policy if entry.keys), "")
    entry = policy.find(name)
    if entry is None:
        raise LabError(
            f"the policy has no entry for {name}" if name else "the policy pins no host",
            hint=f"it has entries for {', '.join(entry.host for entry in policy.hosts)}" if policy.hosts else None,
        )
    if is_address(name) and not ipaddress.ip_address(name).is_loopback:
        raise LabError(f"{name} cannot be served on the loopback", hint="choose a host with a name")
    return name, entry


def _swapped(policy: Policy, entry: HostPins, pki: LabPKI) -> Policy:
    """
    Replace the keys of *policy* with keys of the lab, so that the genuine chain of *pki* matches *entry*.

    A server of the lab presents one key for each role: a leaf, an intermediate and a root. Nobody has the other keys.
    The new keys have no algorithm, subject, date or certificate. Report addresses are left out, because tests must not
    send reports, and so is where commands connect and what they trust there.
    """
    presented = {"leaf": pki.pin, "intermediate": pki.intermediate.pin, "root": pki.root.pin}
    pins = {key.pin: Pin(os.urandom(32)) for key in policy.keys}
    for key in [key for key in entry.keys if not key.standby] or entry.keys:
        pin = presented.pop("leaf" if key.role == "unknown" else key.role, None)
        if pin is not None:
            pins[key.pin] = Pin.parse(pin)

    def swap(key: Key) -> Key:
        return replace(key, pin=pins[key.pin], algorithm=None, subject=None, not_after=None, certificate=None)

    anchor = TrustAnchor(_ROOT, Pin.parse(pki.root.pin))
    hosts = tuple(
        replace(
            other,
            keys=tuple(map(swap, other.keys)),
            report_uris=(),
            connect=None,
            cafile=None,
            trust_anchors=(anchor,) if other.trust_anchors else (),
        )
        for other in policy.hosts
    )
    return replace(policy, hosts=hosts, keys=tuple(map(swap, policy.keys)))
