"""react-native-ssl-manager: the signed bundle that an app fetches at run time; write and verify."""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError
from pinsmith.formats import _signed as signed
from pinsmith.formats._format import Export, Format
from pinsmith.formats._signed import Signed
from pinsmith.formats._trustkit_ios import CALENDAR
from pinsmith.formats.rn_ssl_manager import CAN, config_of
from pinsmith.syntax.json import parse_json

if TYPE_CHECKING:
    from pinsmith.formats._format import Signature

_ID: Final = "rn-ssl-manager-bundle"
_PAYLOAD: Final = "payload"
_SIGNATURE: Final = "signature"
_VERSION: Final = 1  # the only one that its own tool writes; no client compares it
_KIND: Final[Signature] = "Ed25519"
_WHOLE: Final = re.compile(
    r'\s*+\{\s*+"payload"\s*+:\s*+"([A-Za-z0-9+/]++)={0,2}"\s*+,\s*+"signature"\s*+:\s*+"[A-Za-z0-9+/]{86}={0,2}"\s*+\}\s*+'
)


def _write(export: Export) -> str:
    config = config_of(export, _ID)

    def make(issued: datetime, expires: datetime) -> bytes:
        times = {"issuedAt": _time(issued), "expiresAt": _time(expires)}
        return json.dumps({"version": _VERSION, **times, "config": config}, separators=(",", ":")).encode()

    made = signed.write(export, _ID, _KIND, _kept(export), make)
    members = {_PAYLOAD: made.message, _SIGNATURE: made.signature}
    texts = {name: base64.b64encode(content).decode("ascii") for name, content in members.items()}
    return json.dumps(texts, indent=2) + "\n"


def _time(moment: datetime) -> str:
    """Write a time as JavaScript does."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"


def _reveal(text: str) -> str:
    if (found := _WHOLE.fullmatch(text)) is None:
        return text
    try:
        return base64.b64decode(f"{found[1]}==").decode("utf-8", "replace")
    except binascii.Error:
        return text


def _kept(export: Export) -> Signed | None:
    """
    Read the existing bundle, unverified; None if there is none, or it contains nothing that pinsmith could have signed.

    Raises:
        FormatError: if it is another file, which must not be replaced.
    """
    text = (export.existing or "").strip(" \t\r\n\ufeff")
    if not text:
        return None
    members = parse_json(text).plain()
    payload, signature = (members.get(name) if isinstance(members, dict) else None for name in (_PAYLOAD, _SIGNATURE))
    if not isinstance(payload, str) or not isinstance(signature, str):
        raise FormatError(
            f"it does not contain {_PAYLOAD!r} and {_SIGNATURE!r}, so it is another file", file=export.name
        )
    try:
        message = base64.b64decode(payload, validate=True)
        issued = datetime.fromisoformat(json.loads(message)["issuedAt"])
        return Signed(message, base64.b64decode(signature, validate=True), issued.astimezone(UTC))
    except (binascii.Error, ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return None


FORMAT: Final = Format(
    id=_ID,
    title="React Native, bundle of react-native-ssl-manager",
    spec="https://github.com/huytdps13400/react-native-ssl-manager/blob/main/src/ota.ts",
    suffixes=("ssl-pins-bundle.json",),
    can=CAN,
    platforms=("react-native",),
    place="deploy/ssl-pins-bundle.json",
    write=_write,
    options=(signed.key_option(_KIND), signed.EXPIRES),
    example_options=((signed.EXPIRES.name, "2031-05-01"),),
    signature=_KIND,
    marks=False,
    recognises=lambda text, _: _WHOLE.fullmatch(text) is not None,
    unreadable="a signed text in base64",
    reveal=_reveal,
    remarks=(
        (
            "Apps fetch it with `updatePinsFromUrl` (2.2.0 and later), and hold the public key: the 32 bytes of the "
            "key, in base64."
        ),
        signed.RENEWAL,
        (
            "It replaces the whole configuration of the app, so a host that it leaves out is not pinned, and the "
            "`reportUris` of `ssl_config.json` no longer apply."
        ),
        (
            "`expires` ends the time in which apps take the bundle. An app that has taken it keeps its pins, also "
            "after an update of the app, until it takes another one or the pins of a host expire."
        ),
        "On iOS its pins apply from the next start of the app, because TrustKit takes one configuration per start.",
        (
            "On Android the network security configuration of the build still applies, according to the code: a key "
            "that is not in it is refused, whatever the bundle says. This was not run."
        ),
        CALENDAR,
    ),
    limits=(
        (
            "Rollback across restarts: an app remembers the time of the last bundle only until it is closed. Then it "
            "takes any older bundle that has not expired."
        ),
        "Replay and freeze: an attacker on the network can send a copy until it expires, or send nothing.",
        (
            "Theft of the key: one key signs, without a threshold, and a new one needs a release of the app. A thief "
            "can pin other keys, leave hosts unpinned, or date a bundle so far ahead that running apps refuse all "
            "later ones."
        ),
        (
            "A bundle without an expiry, which other tools sign, can be replayed for ever, except to an app that sets "
            "`maxAgeMs`."
        ),
        signed.STRONGER,
    ),
)
