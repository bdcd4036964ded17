"""The tables of a pin file as types, and the JSON Schema that follows from them."""

from __future__ import annotations

import copy
import datetime as dt
from typing import Annotated, Any, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from pinsmith._port import MAX_PORT
from pinsmith.limit import MAX_LEAD_TIME, MAX_REMOVAL_DELAY
from pinsmith.pinfile._document import AfterExpiry
from pinsmith.policy import KeyRole, Mode, Trust

VERSION: Final = 1
KEY_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_PIN: Final = r"^sha256/[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$"
_HOST: Final = r"^[^\s/:*A-Z]+$|^[0-9a-f:]+$"


def meta(expected: str, description: str, **schema: Any) -> Meta:  # noqa: ANN401
    # Only editors use the patterns, because the parsers of pins, hosts and URLs give better messages.
    return Meta(
        description=description,
        extra_json_schema=schema or None,
        extra={"expected": expected},
    )


ModeText = Annotated[
    Mode,
    meta(
        "a mode",
        "enforce refuses a connection without a pinned key; report-only reports it and lets it "
        "pass; off exempts the host.",
    ),
]
IncludeSubdomains = Annotated[bool, meta("true or false", "Whether the pins cover all subdomains too, at any depth.")]
_KeyName = Annotated[str, meta("the name of a key", "A key of the keys table.", pattern=f"^{KEY_NAME}$")]
Date = dt.date
TrustText = Annotated[
    Trust,
    meta(
        "a kind of trust",
        "pins-only accepts a leaf that no authority vouches for, if its key is pinned.",
    ),
]


_LeadTime = Annotated[
    int,
    meta(
        "a number of days",
        "How many days users take to update the app; warnings come at least so early.",
        minimum=0,
        maximum=MAX_LEAD_TIME,
    ),
]


_DrillDays = Annotated[
    int,
    meta(
        "a number of days",
        "How old the last proof of a standby key may be before check warns; 0 for no warning.",
        minimum=0,
        maximum=MAX_LEAD_TIME,
    ),
]


class DefaultsTable(msgspec.Struct, rename="kebab", forbid_unknown_fields=True):
    """Values for every host that does not set its own."""

    mode: ModeText = "enforce"
    include_subdomains: IncludeSubdomains = False
    lead_time: _LeadTime = 0
    drill_days: _DrillDays = 0
    require_pins: Annotated[
        bool,
        meta("true or false", "Refuse hosts without pins in force instead of letting them pass."),
    ] = False
    refuse_compromised: Annotated[
        bool,
        meta(
            "true or false",
            "Refuse chains with a compromised key for all hosts. If false, only hosts with pins in force refuse them.",
        ),
    ] = False


class KeyTable(msgspec.Struct, rename="kebab", forbid_unknown_fields=True):
    """A key that some host may present."""

    pin: Annotated[
        str,
        meta(
            "a pin in quotes",
            "sha256/ and the base64 SHA-256 of the DER SubjectPublicKeyInfo.",
            pattern=_PIN,
        ),
    ]
    role: Annotated[
        KeyRole,
        meta(
            "a role",
            "Whose key it is: that of a server (leaf) or of an authority. Write unknown if you do not know.",
        ),
    ] = "unknown"
    standby: Annotated[
        bool, meta("true or false", "Whether the key was made in advance and no server presents it yet.")
    ] = False
    algorithm: Annotated[str, meta("text in quotes", "Algorithm and size, such as EC P-256.")] | UnsetType = UNSET
    subject: Annotated[str, meta("text in quotes", "The subject of its certificate, for people.")] | UnsetType = UNSET
    not_after: (
        Annotated[Date, meta("a date such as 2027-01-31", "Last day of its certificate, in UTC.")] | UnsetType
    ) = UNSET
    certificate: (
        Annotated[
            str,
            meta("a path in quotes", "Its PEM certificate, relative to this file.", minLength=1),
        ]
        | UnsetType
    ) = UNSET


class CompromisedTable(msgspec.Struct, rename="kebab", forbid_unknown_fields=True):
    """A key that must never be trusted, such as a stolen one."""

    pin: Annotated[
        str,
        meta(
            "a pin in quotes",
            "sha256/ and the base64 SHA-256 of the DER SubjectPublicKeyInfo.",
            pattern=_PIN,
        ),
    ]


class HostTable(msgspec.Struct, rename="kebab", forbid_unknown_fields=True):
    """The pins of one host."""

    name: Annotated[
        str,
        meta(
            "a host in quotes",
            "Host name or IP address: lower case, no scheme, no port, no wildcard.",
            pattern=_HOST,
        ),
    ]
    keys: Annotated[
        list[_KeyName],
        meta(
            "an array of key names",
            "Any one of these keys must be in the verified chain.",
            uniqueItems=True,
        ),
    ] = []
    port: Annotated[
        int,
        meta(
            f"a port from 1 to {MAX_PORT}",
            "The port that commands connect to; the pins apply to every port.",
            minimum=1,
            maximum=MAX_PORT,
        ),
    ] = 443
    connect: (
        Annotated[
            str,
            meta(
                "an address in quotes",
                "Where commands connect to instead of asking DNS: address or address:port. Clients ignore it.",
                minLength=1,
            ),
        ]
        | UnsetType
    ) = UNSET
    cafile: (
        Annotated[
            str,
            meta(
                "a path in quotes",
                "A PEM file, relative to this file, that commands trust instead of the system's authorities. "
                "Clients ignore it.",
                minLength=1,
            ),
        ]
        | UnsetType
    ) = UNSET
    include_subdomains: IncludeSubdomains | UnsetType = UNSET
    mode: ModeText | UnsetType = UNSET
    expires: (
        Annotated[
            Date,
            meta(
                "a date such as 2027-06-30",
                "From 00:00 UTC of that day the pins are no longer enforced.",
            ),
        ]
        | UnsetType
    ) = UNSET
    report_uris: Annotated[
        list[Annotated[str, meta("a URL in quotes", "An http or https URL.", format="uri")]],
        meta("an array of URLs", "The URLs to which apps report failures."),
    ] = []
    trust_anchors: Annotated[
        list[Annotated[str, meta("a path in quotes", "A PEM file, relative to this file.", minLength=1)]],
        meta("an array of paths", "The verified chain must also end in one of these."),
    ] = []
    trust: TrustText = "verified"
    check_host_name: Annotated[
        bool, meta("true or false", "Whether the host name is checked; false only together with pins-only trust.")
    ] = True


class OutputTable(msgspec.Struct, rename="kebab"):
    """A file that is generated from the pins. Further keys are options of the format."""

    format: Annotated[str, meta("a format in quotes", "The id of a format.", minLength=1)]
    path: Annotated[
        str,
        meta("a path in quotes", "The file to write, relative to this file.", minLength=1),
    ]
    lead_time: _LeadTime | UnsetType = UNSET


class AllowTable(msgspec.Struct, rename="kebab", forbid_unknown_fields=True):
    """Findings of lint that are accepted. Without a host, those of every host."""

    rule: Annotated[str, meta("a rule in quotes", "The id of a rule.", pattern="^[a-z][a-z0-9-]*$")]
    reason: Annotated[str, meta("a reason in quotes", "Why the findings are accepted.", minLength=1)]
    host: Annotated[str | None, meta("a host in quotes", "Only findings about this host.")] = None


class LintTable(msgspec.Struct, rename="kebab", forbid_unknown_fields=True):
    """Settings of lint."""

    allow: Annotated[list[AllowTable], meta("tables, [[lint.allow]]", "Findings that are accepted.")] = []


class UpdatesTable(msgspec.Struct, rename="kebab", forbid_unknown_fields=True):
    """Signed updates, with which programs get newer pins without a release."""

    addresses: Annotated[
        list[Annotated[str, meta("a URL in quotes", "An https URL of the bundle.", format="uri")]],
        meta("an array of URLs", "Where the bundle is published. Name two hosts, so that one can fail.", minItems=1),
    ]
    root: Annotated[
        str,
        meta("a path in quotes", "The root that programs are built with, relative to this file.", minLength=1),
    ] = "bundle/metadata/1.root.json"
    removal_delay: Annotated[
        int,
        meta(
            "a number of days",
            "For how many days a pin is still accepted after an update has removed it.",
            minimum=0,
            maximum=MAX_REMOVAL_DELAY,
        ),
    ] = 7
    after_expiry: Annotated[
        AfterExpiry,
        meta(
            "refuse or floor",
            "When the last policy has expired: refuse its pinned hosts, or enforce the pin file of the program.",
        ),
    ] = "refuse"


class Document(msgspec.Struct, rename="kebab", forbid_unknown_fields=True):
    """The pins of an organisation or an application."""

    version: Annotated[int, meta("the number 1", "Version of this file format.", const=VERSION)]
    defaults: DefaultsTable = msgspec.field(default_factory=DefaultsTable)
    keys: Annotated[
        dict[str, KeyTable],
        meta(
            "a table for each key, [keys.NAME]",
            "Keys by name.",
            propertyNames={"pattern": f"^{KEY_NAME}$"},
        ),
    ] = {}
    compromised: Annotated[
        dict[str, CompromisedTable],
        meta(
            "a table for each key, [compromised.NAME]",
            "Keys by name. A chain that contains one is refused, whatever else it contains.",
            propertyNames={"pattern": f"^{KEY_NAME}$"},
        ),
    ] = {}
    host: Annotated[list[HostTable], meta("tables, [[host]]", "Hosts and their keys.")] = []
    output: Annotated[list[OutputTable], meta("tables, [[output]]", "The files that sync writes.")] = []
    lint: LintTable = msgspec.field(default_factory=LintTable)
    updates: (
        Annotated[UpdatesTable, meta("a table", "Signed updates of programs, after their release.")] | UnsetType
    ) = UNSET


def json_schema() -> dict[str, Any]:
    """
    Build the JSON Schema of a pin file, for editors.

    It checks names, types, choices and spellings. Only `pinsmith.pinfile.load` checks rules about several values: for
    example, the keys of a host must exist, and no host may be listed twice.

    Returns:
        A new object of draft 2020-12. TOML dates are strings of format ``date`` in it.
    """
    schema = copy.deepcopy(msgspec.json.schema(Document))
    # The options of a format. Tombi warns of other keys unless a schema allows them explicitly (its "strict mode").
    schema["$defs"]["OutputTable"]["additionalProperties"] = True
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "pins.toml"} | schema
