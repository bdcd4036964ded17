"""Python with pinsmith: the policy as code, and a client that it pins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats._guide import Addition
from pinsmith.formats.code._language import PYTHON
from pinsmith.formats.code._target import code_format
from pinsmith.formats.code._view import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from pinsmith.formats._format import Export
    from pinsmith.policy import HostPins, Key, Policy


@dataclass(frozen=True, slots=True)
class _KeyView:
    """A key with all its fields. ``words`` are those for people, by name."""

    name: Text
    pin: str
    role: str
    is_standby: bool
    words: tuple[tuple[str, Text], ...]
    not_after: str

    @classmethod
    def of_key(cls, key: Key) -> _KeyView:
        words = (("algorithm", key.algorithm), ("subject", key.subject), ("certificate", key.certificate))
        known = tuple((field, Text(text)) for field, text in words if text is not None)
        return cls(Text(key.name), str(key.pin), key.role, key.standby, known, _date(key.not_after))


@dataclass(frozen=True, slots=True)
class _EntryView:
    """The entry of a host. ``settings`` are the expressions of settings that differ from the default, by name."""

    name: Text
    keys: tuple[Text, ...]
    settings: tuple[tuple[str, str], ...]
    report_uris: tuple[Text, ...]
    trust_anchors: tuple[tuple[Text, str], ...]

    @classmethod
    def of_entry(cls, entry: HostPins) -> _EntryView:
        settings = (
            ("mode", f'"{entry.mode}"', entry.mode != "enforce"),
            ("include_subdomains", "True", entry.include_subdomains),
            ("expires", _date(entry.expires), entry.expires is not None),
            ("port", str(entry.port), entry.port != 443),  # noqa: PLR2004 - the default of HostPins
            ("trust", f'"{entry.trust}"', entry.trust != "verified"),
            ("check_host_name", "False", not entry.check_host_name),
        )
        return cls(
            Text(entry.host),
            tuple(Text(key.name) for key in entry.keys),
            tuple((field, value) for field, value, is_odd in settings if is_odd),
            tuple(Text(uri) for uri in entry.report_uris),
            tuple((Text(anchor.path), str(anchor.pin)) for anchor in entry.trust_anchors),
        )


def _date(day: date | None) -> str:
    return f"date({day.year}, {day.month}, {day.day})" if day is not None else ""


def _more(export: Export) -> Mapping[str, object]:
    policy: Policy | None = export.policy
    assert policy is not None  # noqa: S101 - the format expresses the whole policy
    return {
        "keys": [_KeyView.of_key(key) for key in policy.keys],
        "entries": [_EntryView.of_entry(entry) for entry in policy.hosts],
        "compromised": [(Text(key.name), str(key.pin)) for key in policy.compromised],
        "refuse_compromised": policy.refuse_compromised,
        "has_date": any(key.not_after for key in policy.keys) or any(entry.expires for entry in policy.hosts),
        "has_anchors": any(entry.trust_anchors for entry in policy.hosts),
    }


FORMAT: Final = code_format(
    id="python",
    title="Python, with pinsmith",
    spec="https://docs.python.org/3/library/ssl.html#ssl.SSLContext",
    language=PYTHON,
    suffix=".py",
    compromised="refused",
    can=Can(
        addresses=True,
        subdomains="any-depth",
        exempts=True,
        expiry=True,
        report_only=True,
        report_uris=True,
        pins_only=True,
        require_pins=True,
        whole=True,
    ),
    platforms=("python",),
    place="src/pins.py",
    additions=(Addition("shell", "pip install pinsmith"),),
    usage="""
import pins

response = httpx.get("https://api.example.com/", verify=pins.context())

# With your own trust anchors
context = pins.context(cafile="ca.pem", on_mismatch=lambda event: print(event))

# With the option client = "requests"
session = pins.session()
response = session.get("https://api.example.com/")
""",
    options=(
        OutputOption(
            "client",
            "the client that the module makes, besides an SSLContext",
            default="ssl",
            choices=(
                "ssl",
                "aiohttp",
                "http-client",
                "httpx",
                "httpx2",
                "niquests",
                "requests",
                "urllib",
                "urllib3",
            ),
        ),
    ),
    limits=(
        "Not pinned: connections that use neither this module nor `pinsmith.inject`.",
        "Not pinned: TLS libraries other than ssl, such as gRPC, pycurl, libpq and QUIC.",
        "A rogue server may see a client certificate before it is refused.",
    ),
    remarks=(
        "It needs the package pinsmith, but no pin file at run time.",
        (
            "`context()` is a `pinsmith.PinnedSSLContext`, for everything that takes an SSLContext: `verify=` of httpx,"
            " `ssl=` of aiohttp, asyncio and websockets, `ssl_context=` of urllib3."
        ),
        (
            "The option `client` adds a function that makes a pinned client: `session()` for requests, niquests and"
            " aiohttp, `client()` and `async_client()` for httpx, and so on."
        ),
    ),
    more=_more,
)
