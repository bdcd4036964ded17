"""The rogue authority of `pinsmith lab proxy --state`: the same one at every start."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from pinsmith.files import lock, private
from pinsmith.lab.pki import key as keys
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.lab_pki import LAB_LIFE
from pinsmith.lab.proxy.rogue_issuer import new_authority
from pinsmith.lab.state import state_file
from pinsmith.lab.state.validity import Origin, require_renewable, require_valid

if TYPE_CHECKING:
    from pathlib import Path

_FILE = "lab-proxy.json"


class _Content(msgspec.Struct, frozen=True):
    key: str
    certificate: str


@dataclass(frozen=True, eq=False)
class RogueAuthority:
    """
    What a state directory holds for the proxy.

    Attributes:
        authority: The authority. Nothing limits the names that it may certify.
        path: The file.
        origin: Whether this start made or renewed it.
    """

    authority: Authority
    path: Path
    origin: Origin


def rogue_authority(directory: Path, *, renew: bool = False, now: datetime | None = None) -> RogueAuthority:
    """
    Read the authority in *directory*, or make and write one if there is none.

    The arguments and errors are those of `pinsmith.lab.state.lab_keys.lab_keys`.
    """
    path = private.prepare(directory) / _FILE
    with lock.held(path):
        content = state_file.load(path, _Content)
        if content is None:
            require_renewable(path, renew=renew)
            return _save(new_authority(life=LAB_LIFE), path, "made")
        found = _authority_of(content, path)
        if renew:
            return _save(new_authority(life=LAB_LIFE, former=found), path, "renewed")
        require_valid(path, found.ends, now or datetime.now(UTC))
        return RogueAuthority(found, path, "kept")


def _save(authority: Authority, path: Path, origin: Origin) -> RogueAuthority:
    content = _Content(keys.private_pem(authority.key).decode("ascii"), authority.pem)
    state_file.save(path, content)
    return RogueAuthority(authority, path, origin)


def _authority_of(content: _Content, path: Path) -> Authority:
    try:
        certificate = x509.load_pem_x509_certificate(content.certificate.encode("ascii"))
        return Authority(certificate, keys.load_private(content.key))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise state_file.damaged(path) from error
