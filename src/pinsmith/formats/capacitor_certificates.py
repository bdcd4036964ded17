"""Capacitor: the only certificates that CapacitorHttp trusts, with the plugins of Ionic and Capgo; write only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.formats._capacitor import ADVICE, PINNING, edit
from pinsmith.formats._certificate_files import NAMES, attached, folder_option
from pinsmith.formats._format import Can, Export, Format
from pinsmith.formats._guide import Addition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinsmith.syntax.json_edit import Value

_SUFFIX: Final = ".cer"


def _write(export: Export) -> str:
    certificates: list[Value] = list(attached(export, _SUFFIX))
    return edit(export, {"CapacitorHttp": {"enabled": True}, PINNING: {"certs": certificates}})


def _attachments(export: Export) -> Mapping[str, bytes]:
    return attached(export, _SUFFIX)


FORMAT: Final = Format(
    id="capacitor-certificates",
    title="Capacitor, plugins that pin certificates",
    spec="https://ionic.io/docs/ssl-pinning/configuration",
    suffixes=("capacitor.config.json",),
    can=Can(hosts="none", matches="anchors", takes="certificate"),
    platforms=("cordova-capacitor",),
    place="capacitor.config.json",
    additions=(Addition("shell", "npx cap sync"),),
    write=_write,
    options=(folder_option("sslCerts", "the web assets, into which `npx cap sync` copies them"),),
    attachments=_attachments,
    trusted_names=NAMES,
    marks=False,
    unreadable="only the names of certificate files; read those files with `pinsmith show`",
    remarks=(
        ADVICE,
        "For CapacitorHttp the certificates are the only anchors of every host, except those in `excludedDomains`.",
    ),
    limits=("A renewed certificate does not match, even with the same key.",),
)
