"""What a client is told: the placeholders of a command line, and the same as environment variables."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith._closest import closest
from pinsmith.errors import PlaceholderError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pinsmith.lab.scenario import Need

PLACEHOLDERS: Final[dict[str, str]] = {
    "url": "what to fetch: https://localhost:40123/",
    "host": "the host of the URL",
    "port": "the port of the URL",
    "address": "the IP address to dial for the host",
    "cafile": "a PEM file of the certificate authorities to trust",
    "pin": "the pin, sha256/...",
    "backup-pin": "the second pin",
    "pins": "all pins, with commas in between",
    "pins-curl": "all pins as curl wants them: sha256//A;sha256//B",
    "policy": "the path of a pins.toml",
    "proxy": "the URL of an HTTP proxy",
    "state": "an empty folder, to keep things in between two starts",
}
_NAMED: Final = re.compile(r"(?<!\$)\{(\{?)([a-z][a-z0-9_-]*)\}(\}?)")
_TRUST_VARIABLES: Final = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
_PROXY_VARIABLES: Final = frozenset({"http_proxy", "https_proxy", "all_proxy", "no_proxy"})


@dataclass(frozen=True, slots=True)
class Call:
    """
    What a client is told for one start.

    Attributes:
        url: What to fetch.
        host: The host of the URL, an A-label or an IP address.
        port: The port of the URL.
        address: What to dial.
        cafile: PEM, the authorities to trust.
        pins: ``sha256/...``, the important one first; never empty.
        policy: A pins.toml that says the same, and more.
        proxy: The URL of an HTTP proxy to use; None for none.
        state: A folder that the client may keep things in.
    """

    url: str
    host: str
    port: int
    address: str
    cafile: Path
    pins: tuple[str, ...]
    policy: Path
    proxy: str | None
    state: Path

    @property
    def values(self) -> dict[str, str]:
        """The values by placeholder."""
        return {
            "url": self.url,
            "host": self.host,
            "port": str(self.port),
            "address": self.address,
            "cafile": str(self.cafile),
            "pin": self.pins[0],
            "backup-pin": self.pins[-1],
            "pins": ",".join(self.pins),
            "pins-curl": ";".join(pin.replace("/", "//", 1) for pin in self.pins),
            "policy": str(self.policy),
            "proxy": self.proxy or "",
            "state": str(self.state),
        }

    def environment(self, base: Mapping[str, str] = os.environ) -> dict[str, str]:
        """
        Return *base* with every value as ``PINSMITH_LAB_...``, without proxies of the user's own.

        The variables with which common clients are told what to trust name the lab's authorities: only this one
        program trusts them, and only as long as it runs.
        """
        kept = {name: value for name, value in base.items() if name.lower() not in _PROXY_VARIABLES}
        told = {f"PINSMITH_LAB_{name.upper().replace('-', '_')}": value for name, value in self.values.items()}
        return kept | told | dict.fromkeys(_TRUST_VARIABLES, str(self.cafile))


def placeholders_of(arguments: Sequence[str]) -> frozenset[str]:
    """
    List the placeholders that *arguments* name.

    Raises:
        PlaceholderError: One is unknown.
    """
    found = {match[2] for each in arguments for match in _NAMED.finditer(each) if not match[1]}
    for name in sorted(found - set(PLACEHOLDERS)):
        near = closest(name, PLACEHOLDERS)
        raise PlaceholderError(
            f"the client's arguments name the unknown placeholder {{{name}}}",
            details=[f"known: {' '.join(f'{{{known}}}' for known in PLACEHOLDERS)}"],
            hint=f"did you mean {{{near}}}?" if near else f"write {{{{{name}}}}} for the text {{{name}}} itself",
        )
    return frozenset(found)


def fill(arguments: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """
    Replace the placeholders of *arguments*; ``{{name}}`` becomes ``{name}``, and ``${name}`` stays as it is.

    Raises:
        PlaceholderError: One is unknown.
    """
    placeholders_of(arguments)
    return [_NAMED.sub(lambda match: _value(match, values), each) for each in arguments]


def _value(match: re.Match[str], values: Mapping[str, str]) -> str:
    if match[1]:
        return f"{{{match[2]}}}"
    return values[match[2]] + match[3]


def unmet(needs: frozenset[Need], used: frozenset[str]) -> Need | None:
    """
    Say what a scenario *needs* that a client is not told which names the placeholders *used*.

    A client that names none reads the environment, where everything stands.
    """
    if not used:
        return None
    met: dict[Need, frozenset[str]] = {
        "policy": frozenset({"policy"}),
        "two-pins": frozenset({"backup-pin", "pins", "pins-curl", "policy"}),
        "address": frozenset({"address", "proxy"}),
        "proxy": frozenset({"proxy"}),
        "state": frozenset({"state"}),
    }
    # A client that is told no pin in its arguments knows them from elsewhere.
    if not used & {"pin", "backup-pin", "pins", "pins-curl", "policy"}:
        met["policy"] = met["two-pins"] = used
    return next((need for need in sorted(needs) if need in met and not met[need] & used), None)
