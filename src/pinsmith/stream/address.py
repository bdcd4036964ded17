"""Where the engines are, and who pinsmith is there. Without TLS and a password only on the loopback."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pinsmith.host import is_loopback

if TYPE_CHECKING:
    from pathlib import Path

Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


def _require_safe(hosts: tuple[str, ...], *, tls: bool, user: str, password: str) -> None:
    strangers = [host for host in hosts if not is_loopback(host)]
    if strangers and not tls:
        raise ValueError(f"{strangers[0]} would get reports and the password without TLS")
    if strangers and not (user and password):
        raise ValueError(f"{strangers[0]} needs a user and a password, because anybody else could send counts, too")


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaAddress:
    """
    A cluster that speaks Kafka's protocol, and a topic in it.

    Attributes:
        servers: Pairs of host and port; any of them names the others.
        topic: The topic of counts.
        user: The user for SASL; empty for none.
        password: The password for SASL.
        mechanism: How the password is proven.
        tls: Whether connections use TLS; without it only on the loopback.
        cafile: The trust anchors in PEM; None for those of the system.

    Raises:
        ValueError: If another machine would be used without TLS, or without a user and a password.
    """

    servers: tuple[tuple[str, int], ...]
    topic: str
    user: str = ""
    password: str = field(default="", repr=False)
    mechanism: Mechanism = "SCRAM-SHA-512"
    tls: bool = True
    cafile: Path | None = None

    def __post_init__(self) -> None:
        hosts = tuple(host for host, _ in self.servers)
        _require_safe(hosts, tls=self.tls, user=self.user, password=self.password)

    def __str__(self) -> str:
        return ", ".join(_joined(host, port) for host, port in self.servers)

    @property
    def bootstrap(self) -> list[str]:
        """The servers as Kafka's clients expect them."""
        return [_joined(host, port) for host, port in self.servers]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickHouseAddress:
    """
    A database of a ClickHouse server that is reached over HTTPS.

    Attributes:
        host: A name or an address.
        port: That of HTTP or HTTPS, and not that of the native protocol.
        database: Exists.
        user: The name of the user; empty for that of the server's default.
        password: The password of the user.
        tls: Whether connections use TLS; without it only on the loopback.
        cafile: The trust anchors in PEM; None for those of the system.

    Raises:
        ValueError: If another machine would be used without TLS, or without a user and a password.
    """

    host: str
    port: int = 8443
    database: str = "pinsmith"
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = True
    cafile: Path | None = None

    def __post_init__(self) -> None:
        _require_safe((self.host,), tls=self.tls, user=self.user, password=self.password)

    def __str__(self) -> str:
        return _joined(self.host, self.port)


def _joined(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
