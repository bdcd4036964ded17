"""
The settings of the service, as a TOML file.

They are not part of pins.toml, because they differ from place to place. They name secrets and never contain them.
"""

from __future__ import annotations

import shutil
import tomllib
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from pinsmith.errors.service import DeliveryError, SettingsError
from pinsmith.files import read
from pinsmith.host import is_loopback
from pinsmith.limit import MAX_BYTES
from pinsmith.monitor.calendar import DAYS, Calendar
from pinsmith.monitor.schedule import Pace
from pinsmith.monitor.status import State
from pinsmith.monitor.watch import Kind
from pinsmith.service.bundle_settings import BundleSettings, require_bundle
from pinsmith.service.http import allowed_url
from pinsmith.service.inspect_settings import InspectSettings
from pinsmith.service.report_settings import ReportSettings, require_reports
from pinsmith.service.secret import Secret, Text
from pinsmith.service.settings_fault import explain
from pinsmith.service.vantage import HINT, is_name

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.documents.alert import AlertOut

Seconds = Annotated[float, msgspec.Meta(gt=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]
TimeOfDay = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """A table of the file: unknown settings are errors."""


class Digest(_Strict, frozen=True, kw_only=True):
    """
    When a channel gets a digest, and what waits for it.

    Attributes:
        at: The time of day, as in ``08:00``.
        days: The days of the week; all if empty.
        zone: The time zone of both, as in ``Europe/Berlin``.
        states: Alerts of these states wait for the digest; all others are sent at once.
        always: Whether it is also sent if there is nothing to say.
    """

    at: TimeOfDay
    days: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]] = []
    zone: Text = "UTC"
    states: tuple[State, ...] = ("warning",)
    always: bool = False

    @property
    def calendar(self) -> Calendar:
        """When it is made."""
        days = frozenset(DAYS.index(day) for day in self.days) or frozenset(range(len(DAYS)))
        return Calendar(time.fromisoformat(self.at), days, ZoneInfo(self.zone))

    def contains(self, alert: AlertOut) -> bool:
        """
        Say whether *alert* waits for the digest.

        An alert is about two states. If one of them must not wait, the alert does not: the end of a lock-out is news.
        """
        states = {alert.state, alert.before} - {None}
        return (states - {"ok"} or states) <= set(self.states)


class _Channel(_Strict, frozen=True, kw_only=True, tag_field="kind"):
    """
    What all channels have in common.

    Attributes:
        name: Unique.
        states: The states whose alerts it gets; all if empty. An alert of a recovery goes where the state went.
        kinds: The kinds of alerts that it gets; all if empty.
        digest: When it gets a digest, or only the time of day.
    """

    name: Text
    states: list[State] = []
    kinds: list[Kind] = []
    digest: Digest | TimeOfDay | None = None

    @property
    def kind(self) -> str:
        """The kind of channel, as in the file."""
        return str(self.__struct_config__.tag)

    @property
    def collects(self) -> Digest | None:
        """The digest that it gets; None if it gets every alert at once."""
        return Digest(at=self.digest) if isinstance(self.digest, str) else self.digest

    def time_for(self, alert: AlertOut, at: datetime) -> datetime | None:
        """Return when *alert*, which is made at *at*, must be sent; None if it is not for this channel."""
        if not self.wants(alert):
            return None
        digest = self.collects
        return digest.calendar.next(at) if digest is not None and digest.contains(alert) else at

    def wants(self, alert: AlertOut) -> bool:
        """Say whether *alert* is for this channel."""
        states = {alert.state, alert.before} if alert.kind == "recovered" else {alert.state}
        return (not self.states or not states.isdisjoint(self.states)) and (not self.kinds or alert.kind in self.kinds)


class Webhook(_Channel, frozen=True, kw_only=True, tag="webhook"):
    """A URL that gets each alert as JSON, signed with the secret if there is one."""

    url: Text
    secret: Secret | None = None


class Mail(_Channel, frozen=True, kw_only=True, tag="mail"):
    """A mail server that takes each alert as a text."""

    server: Text
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 587
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    user: Text | None = None
    password: Secret | None = None
    sender: Text
    to: Annotated[list[Text], msgspec.Meta(min_length=1)]


class Command(_Channel, frozen=True, kw_only=True, tag="command"):
    """A program that gets each alert as JSON at its standard input."""

    run: Annotated[list[Text], msgspec.Meta(min_length=1)]


class Apprise(_Channel, frozen=True, kw_only=True, tag="apprise"):
    """Any service that Apprise knows; the secret is its URL."""

    url: Secret


Channel = Webhook | Mail | Command | Apprise


class Monitor(_Strict, frozen=True, kw_only=True):
    """
    How hosts are asked.

    Attributes:
        interval: Seconds between two rounds of a host.
        vantage: The name of this place.
        per_network: How many hosts of one network are asked at the same time.
        at_once: How many hosts are asked at the same time.
        timeout: Seconds for each handshake.
        heartbeat: A URL that is asked after each round, so that its owner notices when rounds end.
        canary: A host of the pin file whose pins must not match; an alert says so when they do.
    """

    interval: Seconds = 900.0
    vantage: Text = "here"
    per_network: Count = 20
    at_once: Count = 200
    timeout: Seconds = 10.0
    heartbeat: Secret | None = None
    canary: Text | None = None

    @property
    def pace(self) -> Pace:
        """How often hosts are asked."""
        interval = timedelta(seconds=self.interval)
        again = min(interval, timedelta(minutes=1))
        return Pace(interval=interval, again=again, per_network=self.per_network, at_once=self.at_once)


class Maintenance(_Strict, frozen=True, kw_only=True):
    """
    A time in which alerts are kept, and sent only if the state lasts.

    Attributes:
        start: With a time zone.
        end: With a time zone, not included.
        hosts: Canonical hosts; all if empty.
    """

    start: datetime
    end: datetime
    hosts: list[Text] = []

    def covers(self, host: str, now: datetime) -> bool:
        """Say whether *host* is under maintenance."""
        return self.start <= now < self.end and (not self.hosts or host in self.hosts)


class AccessSettings(_Strict, frozen=True, kw_only=True):
    """
    The people and programs that may see the pages; needed if the service listens elsewhere than on the loopback.

    Attributes:
        names: The names of this service, as people write them into their browser.
        passwords: A file with a line ``NAME:HASH`` for each person, see ``pinsmith serve --new-password``.
        token: What programs send as ``Authorization: Bearer TOKEN``, such as Prometheus.
        proxy_header: The header in which a reverse proxy names the person that it has authenticated.
        proxy_secret: What this proxy also sends, in ``X-Pinsmith-Proxy-Secret``.
    """

    names: list[Text] = []
    passwords: Text | None = None
    token: Secret | None = None
    proxy_header: Text | None = None
    proxy_secret: Secret | None = None


class LabSettings(_Strict, frozen=True, kw_only=True):
    """
    Which results of the lab are shown.

    Attributes:
        results: Files that ``pinsmith lab run --format json`` has written. A file is named after its client.
    """

    results: Annotated[list[Text], msgspec.Meta(max_length=100)] = []


class Settings(_Strict, frozen=True, kw_only=True):
    """The whole file; `folder` is where its relative paths begin."""

    version: Literal[1]
    monitor: Monitor = Monitor()
    channel: list[Channel] = []
    maintenance: list[Maintenance] = []
    access: AccessSettings = AccessSettings()
    reports: ReportSettings = ReportSettings()
    inspect: InspectSettings = InspectSettings()
    lab: LabSettings = LabSettings()
    bundle: BundleSettings | None = None


DEFAULT: Final = Settings(version=1)


def load_settings(path: Path) -> Settings:
    """
    Read the settings at *path*.

    Raises:
        SettingsError: If they cannot be used.
        FileError: If the file cannot be read.
    """
    settings = parse_settings(read(path, most_bytes=MAX_BYTES), file=str(path))
    _require_sound(settings, path)
    return settings


def parse_settings(content: bytes, *, file: str) -> Settings:
    """
    Read settings, but not the secrets that they name.

    Args:
        content: The whole file.

        file: Its name for errors.

    Raises:
        SettingsError: If a setting is not valid.
    """
    try:
        tables = tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"it is not valid TOML: {error}", file=file) from error
    try:
        return msgspec.convert(tables, Settings)
    except msgspec.ValidationError as error:
        fault = explain(str(error), tables, Settings)
        raise SettingsError(fault.problem, file=file, key_path=fault.key_path, hint=fault.hint) from error


def _require_sound(settings: Settings, path: Path) -> None:
    names: set[str] = set()
    for number, channel in enumerate(settings.channel):
        place = f"channel[{number}]"
        if channel.name in names:
            raise SettingsError(f"two channels have the name {channel.name}", file=str(path), key_path=f"{place}.name")
        names.add(channel.name)
        _require_channel(channel, path, place)
    if not is_name(settings.monitor.vantage):
        problem = f"{settings.monitor.vantage!r} cannot be the name of a place"
        raise SettingsError(problem, file=str(path), key_path="monitor.vantage", hint=HINT)
    if settings.monitor.heartbeat is not None:
        _require_secret(settings.monitor.heartbeat, path, "monitor.heartbeat")
        _require_url(settings.monitor.heartbeat.reveal(path.parent), path, "monitor.heartbeat")
    access = settings.access
    _require_secret(access.token, path, "access.token")
    _require_secret(access.proxy_secret, path, "access.proxy-secret")
    if (access.proxy_header is None) != (access.proxy_secret is None):
        problem = "proxy-header and proxy-secret need each other, because anybody could send the header"
        raise SettingsError(problem, file=str(path), key_path="access")
    try:
        _ = settings.inspect.reach
    except ValueError as error:
        raise SettingsError(str(error), file=str(path), key_path="inspect.allow") from error
    require_reports(settings.reports, path)
    require_bundle(settings.bundle, path)
    for number, window in enumerate(settings.maintenance):
        place = f"maintenance[{number}]"
        if window.start.tzinfo is None or window.end.tzinfo is None:
            problem, hint = "a time has no time zone", "write a time such as 2026-12-24T20:00:00Z"
            raise SettingsError(problem, file=str(path), key_path=place, hint=hint)
        if window.end <= window.start:
            raise SettingsError("it ends before it starts", file=str(path), key_path=place)


def _require_channel(channel: Channel, path: Path, place: str) -> None:
    if isinstance(channel, Mail) and channel.tls == "none" and not is_loopback(channel.server):
        problem, hint = f"{channel.server} would get alerts without TLS", "use starttls or implicit"
        raise SettingsError(problem, file=str(path), key_path=f"{place}.tls", hint=hint)
    if isinstance(channel, Webhook):
        _require_url(channel.url, path, f"{place}.url")
    if isinstance(channel, Command) and shutil.which(channel.run[0]) is None:
        problem, hint = f"there is no program {channel.run[0]}", "install it, or write its whole path"
        raise SettingsError(problem, file=str(path), key_path=f"{place}.run", hint=hint)
    if channel.collects is not None:
        _require_zone(channel.collects.zone, path, f"{place}.digest.zone")
    for setting in channel.__struct_fields__:
        _require_secret(getattr(channel, setting), path, f"{place}.{setting}")


def _require_zone(zone: str, path: Path, place: str) -> None:
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError) as error:
        problem, hint = f"there is no time zone {zone!r}", "write a name such as Europe/Berlin"
        raise SettingsError(problem, file=str(path), key_path=place, hint=hint) from error


def _require_url(url: str, path: Path, place: str) -> None:
    try:
        allowed_url(url)
    except DeliveryError as error:
        raise SettingsError(str(error), file=str(path), key_path=place, hint=error.hint) from error


def _require_secret(value: object, path: Path, place: str) -> None:
    if isinstance(value, Secret):
        try:
            value.reveal(path.parent)
        except (ValueError, OSError) as error:
            raise SettingsError(str(error), file=str(path), key_path=place) from error
