"""The keys, authorities and certificates of `pinsmith lab serve --state`: the same ones at every start."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from pinsmith.files import lock, private
from pinsmith.lab.pki import key as keys
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.identity import pem_of
from pinsmith.lab.pki.lab_pki import PRIVATE_KEYS, LabPKI
from pinsmith.lab.scenarios import SCENARIOS
from pinsmith.lab.state import state_file
from pinsmith.lab.state.validity import Origin, require_renewable, require_valid

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.lab.pki.key import KeyKind

_AUTHORITIES: Final = ("root", "intermediate", "rogue_root")


class _Leaf(msgspec.Struct, frozen=True):
    host: str
    pin: str
    pem: str


class _Content(msgspec.Struct, frozen=True):
    kind: str
    keys: dict[str, str]
    authorities: dict[str, str]
    leaves: tuple[_Leaf, ...]


@dataclass(frozen=True, eq=False)
class LabKeys:
    """
    What a state directory holds for one type of key.

    Attributes:
        pki: The keys, and authorities for `pinsmith.lab.pki.lab_pki.LAB_DOMAIN` alone.
        path: The file.
        origin: Whether this start made or renewed it.
    """

    pki: LabPKI
    path: Path
    origin: Origin


def lab_keys(directory: Path, kind: KeyKind, *, renew: bool = False, now: datetime | None = None) -> LabKeys:
    """
    Read the keys in *directory*, or make and write them if there are none of this type.

    Certificates of hosts are issued once and kept, because some platforms compare whole certificates.

    Args:
        directory: Made if it does not exist.

        kind: The type of all keys. Each type has its own file.

        renew: Whether to issue the authorities and all certificates again, for the same keys.

        now: Aware; the current time by default.

    Raises:
        FileError: If the directory or the file is not private, or the file is damaged.
        LockedError: If another command is writing the file.
        LabError: If the authorities have expired, or if there is nothing to renew.
    """
    path = private.prepare(directory) / f"lab-serve-{kind}.json"
    with lock.held(path):
        content = state_file.load(path, _Content)
        origin: Origin = "made" if content is None else "renewed" if renew else "kept"
        if content is None:
            require_renewable(path, renew=renew)
            pki = LabPKI.of_domain(kind)
        else:
            pki = _pki_of(content, path, kind)
            if renew:
                pki = LabPKI.of_domain(kind, pki.private_keys)
            require_valid(path, pki.root.ends, now or datetime.now(UTC))
        if _complete(pki) or origin != "kept":
            state_file.save(path, _content_of(pki))
    return LabKeys(pki, path, origin)


def _complete(pki: LabPKI) -> bool:
    """Issue the certificates that are missing, as for a new scenario, and say whether there were any."""
    before = len(pki.leaves)
    for scenario in SCENARIOS:
        own = pki.for_scenario(scenario.id)
        own.genuine()
        own.rekeyed(pki.backup_key)
    return len(pki.leaves) > before


def _content_of(pki: LabPKI) -> _Content:
    return _Content(
        pki.kind,
        {name: keys.private_pem(key).decode("ascii") for name, key in pki.private_keys.items()},
        {name: getattr(pki, name).pem for name in _AUTHORITIES},
        tuple(_Leaf(host, pin, pem_of([certificate])) for (host, pin), certificate in pki.leaves.items()),
    )


def _pki_of(content: _Content, path: Path, kind: KeyKind) -> LabPKI:
    if content.kind != kind:  # a copy under another name
        raise state_file.damaged(path)
    try:
        own = {name: keys.load_private(content.keys[name]) for name in PRIVATE_KEYS}
        found = {name: _load(content.authorities[name]) for name in _AUTHORITIES}
        leaves = {(leaf.host, leaf.pin): _load(leaf.pem) for leaf in content.leaves}
    except (KeyError, ValueError, UnsupportedAlgorithm) as error:
        raise state_file.damaged(path) from error
    root = Authority(found["root"], own["root"])
    return replace(
        LabPKI.of_domain(kind, own),
        root=root,
        intermediate=Authority(found["intermediate"], own["intermediate"], root),
        rogue_root=Authority(found["rogue_root"], own["rogue_root"]),
        leaves=leaves,
    )


def _load(pem: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.encode("ascii"))
