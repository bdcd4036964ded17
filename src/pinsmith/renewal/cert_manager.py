"""
cert-manager: ``Certificate`` resources, and the annotations of ``Ingress`` and ``Gateway`` that make it order some.

With ``rotationPolicy: Never`` a renewal keeps the key. Since version 1.18 (June 2025) the default is ``Always``; it was
``Never`` before. A file does not show the version, so a missing policy counts as ``Always``.

Source:
    https://cert-manager.io/docs/releases/release-notes/release-notes-1.18/,
    https://cert-manager.io/docs/reference/annotations/, and ``PrivateKeyRotationPolicyAnnotationKey`` in
    pkg/apis/certmanager/v1/types.go of https://github.com/cert-manager/cert-manager
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.finding import FilePlace
from pinsmith.renewal._tool import Renewal, Tool, hosts_of
from pinsmith.syntax.yaml import parse_yaml, tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.syntax.json import Node

_KIND: Final = re.compile(r"""\bkind["']?:[ \t]*["']?(Certificate|Ingress|Gateway)\b""")
_ANNOTATION: Final = "cert-manager.io/private-key-rotation-policy"
_ORDERS: Final = ("cert-manager.io/issuer", "cert-manager.io/cluster-issuer", "kubernetes.io/tls-acme")
_KEEPS: Final = {"Never": True, "Always": False}


def _read(text: str, file: str) -> Iterator[Renewal]:
    for node, _ in tables(parse_yaml(text)):
        table = _table(node)
        kind, spec = _text(table.get("kind")), table.get("spec")
        if spec is None:
            continue
        if kind == "Certificate" and _text(table.get("apiVersion")).startswith("cert-manager.io/"):
            policy = _table(_table(spec).get("privateKey")).get("rotationPolicy")
            names = [*_texts(_table(spec).get("dnsNames")), _text(_table(spec).get("commonName"))]
            yield _renewal(names, policy, FilePlace(file, spec.line), "set rotationPolicy: Never in spec.privateKey")
        elif kind in {"Ingress", "Gateway"}:
            annotations = _table(_table(table.get("metadata")).get("annotations"))
            if any(name in annotations for name in _ORDERS):
                fix = f'add the annotation {_ANNOTATION}: "Never"'
                place = FilePlace(file, next(iter(annotations.values())).line)
                yield _renewal(list(_served(_table(spec))), annotations.get(_ANNOTATION), place, fix)


def _renewal(names: list[str], policy: Node | None, place: FilePlace, fix: str) -> Renewal:
    said = None if policy is None else _text(policy)
    return Renewal(
        hosts=hosts_of(name for name in names if name),
        keeps_key=False if said is None else _KEEPS.get(said),
        place=place if policy is None else FilePlace(place.file, policy.line),
        why=(
            "the rotation policy is not set, and is Always by default since cert-manager 1.18"
            if said is None
            else f"the rotation policy is {said[:40]!r}"
        ),
        fix=fix,
    )


def _served(spec: dict[str, Node]) -> Iterator[str]:
    """Yield the hosts of an Ingress or a Gateway that have TLS."""
    for entry in _items(spec.get("tls")):
        yield from _texts(_table(entry).get("hosts"))
    for listener in _items(spec.get("listeners")):
        if "tls" in _table(listener):
            yield _text(_table(listener).get("hostname"))


def _table(node: Node | None) -> dict[str, Node]:
    return node.value if node is not None and isinstance(node.value, dict) else {}


def _items(node: Node | None) -> list[Node]:
    return node.value if node is not None and isinstance(node.value, list) else []


def _text(node: Node | None) -> str:
    return node.value if node is not None and isinstance(node.value, str) else ""


def _texts(node: Node | None) -> list[str]:
    return [_text(item) for item in _items(node)]


TOOL: Final = Tool(
    id="cert-manager",
    title="cert-manager",
    spec="https://cert-manager.io/docs/usage/certificate/",
    files="YAML: `Certificate`, and annotated `Ingress` and `Gateway` (needs `pinsmith[yaml]`)",
    key="new since version 1.18, unless `rotationPolicy: Never`",
    recognises=lambda text, _: "cert-manager.io/" in text and _KIND.search(text) is not None,
    read=_read,
)
