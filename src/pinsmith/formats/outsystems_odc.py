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
        tsk.DOMAINS: {host: tsk.said(domain) for host, domain in pinned.items()},
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
    """Yield the lines of a mapping; every text stands in quotes, as in JSON, and so do names but TrustKit's."""
    for name, each in value.items():
        said = name if re.fullmatch(r"TSK[A-Za-z]+", name) else quote(name)
        if isinstance(each, bool):
            yield f"{said}: {'true' if each else 'false'}"
        elif isinstance(each, str):
            yield f"{said}: {quote(each)}"
        elif isinstance(each, list):
            yield f"{said}:"
            yield from (f"  - {quote(str(item))}" for item in each)
        else:
            yield f"{said}:"
            yield from (f"  {line}" for line in yaml(each))


FORMAT: Final = Format(
    id=_ID,
    title="OutSystems Developer Cloud, build actions",
    spec="https://trapeze.dev/docs/Operations/getting-started",
    suffixes=("build-actions.yaml", "build-actions.yml"),
    can=Can(subdomains="any-depth", expiry=True, least_pins=2, algorithms=tsk.ALGORITHMS),
    write=_write,
    recognises=lambda text, _: "platforms:" in text and tsk.DOMAINS in text,
    unreadable="steps of a build, whose pins stand in XML and in a property list",
    remarks=(
        "The file belongs to pinsmith alone. It goes into the resources of a library or an app, built with MABS 12.",
        "Android: the `<domain-config>` elements are added to the network_security_config.xml of the build.",
        "iOS: TrustKit must be part of the app, which the SSL Pinning plugin sees to.",
        tsk.CALENDAR,
        "The form is that of build actions seen in the wild: try it in a build before you rely on it.",
        "Certificates that OutSystems manages change without notice: pin keys of your own certificates only.",
    ),
)
