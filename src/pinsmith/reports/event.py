"""pinsmith's own event: a small JSON object that every client can send in a few lines."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from pinsmith._port import MAX_PORT
from pinsmith.reports._build import MAX_CERTIFICATES, MAX_PINS, Raw, report
from pinsmith.reports._format import BodyFormat
from pinsmith.reports._json import decode
from pinsmith.reports._lines import pins_of_message
from pinsmith.reports._report import Reason, Report

_Port = Annotated[int, Meta(ge=0, le=MAX_PORT)]
_Pins = Annotated[list[str], Meta(max_length=MAX_PINS)]
_Chain = Annotated[list[str], Meta(max_length=MAX_CERTIFICATES)]


class EventBody(msgspec.Struct, rename="kebab", omit_defaults=True):
    """The event. Only its version and the host are required. Fields with other names are ignored."""

    pinsmith_event: Annotated[Literal[1], Meta(description="The version of this format.")]
    host: Annotated[str, Meta(description="The host of the connection, without scheme and port.")]
    port: Annotated[_Port | None, Meta(description="The port; 0 if it is not known.")] = None
    noted_host: Annotated[
        str | None, Meta(description="The host whose pins were applied, if it is a parent of the host.")
    ] = None
    time: Annotated[
        str | int | float | None,
        Meta(description="When it failed, by the client's clock: RFC 3339, or seconds or milliseconds since 1970."),
    ] = None
    reason: Annotated[
        Reason,
        Meta(description="Why the client refused; no-pinned-key if a verified chain contained no pinned key."),
    ] = "no-pinned-key"
    enforced: Annotated[
        bool | None, Meta(description="Whether the connection was refused; false if it was only reported.")
    ] = None
    served_pins: Annotated[
        _Pins | None, Meta(description="The pins of the chain, leaf first, as sha256/ and base64.")
    ] = None
    known_pins: Annotated[_Pins | None, Meta(description="The pins that the client expected.")] = None
    served_chain: Annotated[
        _Chain | None,
        Meta(description="The certificates that the server sent, leaf first, as PEM or as base64 of DER."),
    ] = None
    validated_chain: Annotated[
        _Chain | None, Meta(description="The chain that the client verified, leaf first, trust anchor last.")
    ] = None
    message: Annotated[
        str | None,
        Meta(description="The text of OkHttp's exception. Pins that it lists are used if the fields above lack them."),
    ] = None
    app_id: Annotated[str | None, Meta(description="The bundle id or package name.")] = None
    app_version: Annotated[str | int | float | None, Meta(description="The version of the app.")] = None
    platform: Annotated[str | None, Meta(description="Such as android, ios or node.")] = None
    platform_version: Annotated[str | int | float | None, Meta(description="The version of the platform.")] = None
    vendor_id: Annotated[
        str | None, Meta(description="An id of the installation. Leave it out unless you need it: it is personal data.")
    ] = None


_DECODER: Final = msgspec.json.Decoder(EventBody)


def json_schema() -> dict[str, Any]:
    """Build the JSON Schema of the event, draft 2020-12. Every call returns a new object."""
    schema = msgspec.json.schema(EventBody)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "pinsmith event"} | schema


def _recognises(content: bytes) -> bool:
    return b'"pinsmith-event"' in content


def _read(content: bytes) -> Report:
    body = decode(_DECODER, content)
    served, known = pins_of_message(body.message) if body.message else ((), ())
    app_version: Raw = body.app_version
    return report(
        FORMAT.id,
        body.host,
        port=body.port,
        noted_host=body.noted_host,
        time=body.time,
        reason=body.reason,
        served_pins=body.served_pins or served,
        known_pins=body.known_pins or known,
        served_chain=body.served_chain,
        validated_chain=body.validated_chain,
        enforced=body.enforced,
        app_id=body.app_id,
        app_version=app_version,
        platform=body.platform,
        platform_version=body.platform_version,
        vendor_id=body.vendor_id,
    )


FORMAT: Final = BodyFormat(
    id="event",
    title="pinsmith's event",
    spec="https://json-schema.org/draft/2020-12/schema",
    recognises=_recognises,
    read=_read,
)
