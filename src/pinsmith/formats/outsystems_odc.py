"""OutSystems Developer Cloud: build actions that pin on Android and iOS, as YAML; write only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.formats import _trustkit_ios as tsk
from pinsmith.formats._format import Can, Export, Format
from pinsmith.formats._line import remark
from pinsmith.formats._mark import require_own
from pinsmith.syntax.json_edit import quote
from pinsmith.syntax.xml import escape_attribute, escape_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pinsmith.formats._format import Entry
    from pinsmith.syntax.plist import Plain

_ID: Final = "outsystems-odc"
_HEAD: Final = """platforms:
  android:
    xml:
      - resFile: xml/network_security_config.xml
        target: network-security-config
        inject: |
"""
_MIDDLE: Final = """  ios:
    plist:
      - replace: true
        entries:
          - TSKConfiguration:
"""


def _write(export: Export) -> str:
    require_own(export.existing, export.name)
    pinned = tsk.domains(export, _ID)
    wanted: dict[str, Plain] = {
        tsk.SWIZZLE: True,
        tsk.DOMAINS: {host: tsk.present(domain) for host, domain in pinned.items()},
    }
    android = [f"{' ' * 10}{line}\n" for entry in export.entries for line in _domain_config(entry)]
    ios = [f"{' ' * 14}{line}\n" for line in yaml(wanted)]
    return "".join((f"{remark(export.source)}\n", _HEAD, *android, _MIDDLE, *ios))


def _domain_config(entry: Entry) -> Iterator[str]:
    includes = "true" if entry.include_subdomains else "false"
    day = f' expiration="{escape_attribute(entry.expires.isoformat())}"' if entry.expires else ""
    yield "<domain-config>"
    yield f'  <domain includeSubdomains="{includes}">{escape_text(entry.host)}</domain>'
    yield f"  <pin-set{day}>"
    for key in entry.keys:
        yield f'    <pin digest="SHA-256">{escape_text(key.pin.base64)}</pin>'
    yield "  </pin-set>"
    yield "</domain-config>"


def yaml(value: Mapping[str, Plain]) -> Iterator[str]:
    """Yield the lines of a mapping. Strings are in quotes as in JSON, and so are names, except those of TrustKit."""
    for name, member in value.items():
        key = name if re.fullmatch(r"TSK[A-Za-z]+", name) else quote(name)
        if isinstance(member, bool):
            yield f"{key}: {'true' if member else 'false'}"
        elif isinstance(member, str):
            yield f"{key}: {quote(member)}"
        elif isinstance(member, list):
            yield f"{key}:"
            yield from (f"  - {quote(str(item))}" for item in member)
        else:
            yield f"{key}:"
            yield from (f"  {line}" for line in yaml(member))


FORMAT: Final = Format(
    id=_ID,
    title="OutSystems Developer Cloud, build actions",
    spec="https://trapeze.dev/docs/Operations/getting-started",
    suffixes=("build-actions.yaml", "build-actions.yml"),
    can=Can(subdomains="any-depth", expiry=True, least_pins=2, algorithms=tsk.ALGORITHMS),
    platforms=("low-code",),
    place="resources/build-actions.yaml",
    write=_write,
    recognises=lambda text, _: "platforms:" in text and tsk.DOMAINS in text,
    unreadable="build steps, with pins in XML and in a property list",
    remarks=(
        "pinsmith replaces the whole file. Put it into the resources of a library or an app, and build with MABS 12.",
        "On Android the `<domain-config>` elements are added to the network_security_config.xml of the build.",
        "On iOS TrustKit must be part of the app. The SSL Pinning plugin adds it.",
        tsk.CALENDAR,
        "The file follows published examples of build actions. Try it in a build before you rely on it.",
        "Pin only keys of your own certificates, because those that OutSystems manages change without notice.",
    ),
)
