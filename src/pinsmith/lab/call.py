"""The values for a client: placeholders in a command line, and environment variables."""

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
    "url": "the URL to fetch: https://localhost:40123/",
    "host": "the host of the URL",
    "port": "the port of the URL",
    "address": "the IP address to connect to for the host",
    "cafile": "a PEM file of the certificate authorities to trust",
    "pin": "the pin, sha256/...",
    "backup-pin": "the second pin",
    "pins": "all pins, separated by commas",
    "pins-curl": "all pins in the syntax of curl: sha256//A;sha256//B",
    "policy": "the path of a pins.toml",
    "proxy": "the URL of an HTTP proxy",
    "state": "an empty folder in which the client can keep files between two starts",
}
_NAMED: Final = re.compile(r"(?<!\$)\{(\{?)([a-z][a-z0-9_-]*)\}(\}?)")
_TRUST_VARIABLES: Final = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
_PROXY_VARIABLES: Final = frozenset({"http_proxy", "https_proxy", "all_proxy", "no_proxy"})


@dataclass(frozen=True, slots=True)
class Call:
    """
    The values for one start of a client.

    Attributes:
        url: The URL to fetch.
        host: The host of the URL, an A-label or an IP address.
        port: The port of the URL.
        address: The IP address to connect to.
        cafile: A PEM file of the authorities to trust.
        pins: The pins, ``sha256/...``, the most important one first; never empty.
        policy: A pins.toml with these pins and further settings.
        proxy: The URL of an HTTP proxy to use; None for none.
        state: A folder in which the client may keep files.
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
        Return *base* with every value as ``PINSMITH_LAB_...``, but without the proxies of the user.

        The variables by which common clients find their trust anchors name the authorities of the lab. Only this
        program trusts them, and only while it runs.
        """
        kept = {name: value for name, value in base.items() if name.lower() not in _PROXY_VARIABLES}
        own = {f"PINSMITH_LAB_{name.upper().replace('-', '_')}": value for name, value in self.values.items()}
        return kept | own | dict.fromkeys(_TRUST_VARIABLES, str(self.cafile))


def placeholders_of(arguments: Sequence[str]) -> frozenset[str]:
    """
    List the placeholders in *arguments*.

    Raises:
        PlaceholderError: if one is unknown.
    """
    found = {match[2] for argument in arguments for match in _NAMED.finditer(argument) if not match[1]}
    for name in sorted(found - set(PLACEHOLDERS)):
        near = closest(name, PLACEHOLDERS)
        raise PlaceholderError(
            f"the arguments of the client contain the unknown placeholder {{{name}}}",
            details=[f"known: {' '.join(f'{{{known}}}' for known in PLACEHOLDERS)}"],
            hint=f"did you mean {{{near}}}?" if near else f"for the literal text {{{name}}}, write {{{{{name}}}}}",
        )
    return frozenset(found)


def fill(arguments: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """
    Replace the placeholders in *arguments*. ``{{name}}`` becomes ``{name}``, and ``${name}`` stays as it is.

    Raises:
        PlaceholderError: if one is unknown.
    """
    placeholders_of(arguments)
    return [_NAMED.sub(lambda match: _value(match, values), argument) for argument in arguments]


def _value(match: re.Match[str], values: Mapping[str, str]) -> str:
    if match[1]:
        return f"{{{match[2]}}}"
    return values[match[2]] + match[3]


def unmet(needs: frozenset[Need], used: frozenset[str]) -> Need | None:
    """
    Return a need of a scenario that the placeholders *used* do not meet; None if they meet all *needs*.

    A client without placeholders reads the environment, which contains everything.
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
    # A client without pins in its arguments has them from elsewhere.
    if not used & {"pin", "backup-pin", "pins", "pins-curl", "policy"}:
        met["policy"] = met["two-pins"] = used
    return next((need for need in sorted(needs) if need in met and not met[need] & used), None)
