"""The table ``[reports]`` of the settings: which reports of apps are taken, and where their counts are sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from pinsmith._port import parse_address
from pinsmith.errors.service import SettingsError
from pinsmith.service.secret import Secret, Text
from pinsmith.stream.address import ClickHouseAddress, KafkaAddress, Mechanism

if TYPE_CHECKING:
    from pathlib import Path

_KAFKA_PORT: Final = 9093
_Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]


class KafkaSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """
    The cluster to which collectors send counts, and from which they are consumed.

    Attributes:
        servers: Addresses such as ``kafka-1.example.com:9093``; any of them names the others.
        topic: The topic, which exists.
        user: The user for SASL. Without one only on the loopback.
        password: The password of this user.
        mechanism: How the password is proven.
        tls: Whether connections use TLS. Without it only on the loopback.
        cafile: The trust anchors in PEM, if the system does not have them.
    """

    servers: Annotated[list[Text], msgspec.Meta(min_length=1)]
    topic: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{1,249}$")] = "pinsmith-reports"
    user: str = ""
    password: Secret | None = None
    mechanism: Mechanism = "SCRAM-SHA-512"
    tls: bool = True
    cafile: Text | None = None

    def address(self, folder: Path) -> KafkaAddress:
        """
        Return the address, with the password.

        Raises:
            ValueError: If it would not be safe, or the password cannot be read.
        """
        servers = [parse_address(server) for server in self.servers]
        return KafkaAddress(
            servers=tuple((host.strip("[]"), port or _KAFKA_PORT) for host, port in servers),
            topic=self.topic,
            user=self.user,
            password=self.password.reveal(folder) if self.password is not None else "",
            mechanism=self.mechanism,
            tls=self.tls,
            cafile=folder / self.cafile if self.cafile is not None else None,
        )


class ClickHouseSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """
    The database into which ``pinsmith report consume`` writes.

    Attributes:
        host: A name or an address.
        port: That of HTTPS.
        database: The database, which exists.
        user: The name of the user. Without one only on the loopback.
        password: The password of this user.
        tls: Whether connections use TLS. Without it only on the loopback.
        cafile: The trust anchors in PEM, if the system does not have them.
    """

    host: Text
    port: _Port = 8443
    database: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")] = "pinsmith"
    user: str = ""
    password: Secret | None = None
    tls: bool = True
    cafile: Text | None = None

    def address(self, folder: Path) -> ClickHouseAddress:
        """
        Return the address, with the password.

        Raises:
            ValueError: If it would not be safe, or the password cannot be read.
        """
        return ClickHouseAddress(
            host=self.host,
            port=self.port,
            database=self.database,
            user=self.user,
            password=self.password.reveal(folder) if self.password is not None else "",
            tls=self.tls,
            cafile=folder / self.cafile if self.cafile is not None else None,
        )


class ReportSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """
    Which reports of apps are taken.

    Attributes:
        keys: Keys that apps send in the path, as in ``/reports/KEY``; without any, every report is taken. A key is not
            a secret, because every app contains it.
        kafka: Where counts are sent; None if they stay in the database of the service.
        clickhouse: Where ``pinsmith report consume`` writes them.
    """

    keys: list[Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._~-]{1,64}$")]] = []
    kafka: KafkaSettings | None = None
    clickhouse: ClickHouseSettings | None = None


def require_reports(settings: ReportSettings, path: Path) -> None:
    """
    Raise unless the engines that *settings* name are safe to use, and their passwords can be read.

    Raises:
        SettingsError: If they are not.
    """
    for name, engine in (("kafka", settings.kafka), ("clickhouse", settings.clickhouse)):
        if engine is None:
            continue
        try:
            address = engine.address(path.parent)
        except (ValueError, OSError) as error:
            raise SettingsError(str(error), file=str(path), key_path=f"reports.{name}") from None
        if address.cafile is not None and not address.cafile.is_file():
            problem = f"there is no file {engine.cafile}"
            raise SettingsError(problem, file=str(path), key_path=f"reports.{name}.cafile")
