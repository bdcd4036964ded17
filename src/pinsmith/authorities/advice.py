"""What issuers themselves say about pinning certificates of theirs; the words stand in ``advice.toml``."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from pinsmith.errors import CertificateError

if TYPE_CHECKING:
    from pinsmith.certificate import Certificate


@dataclass(frozen=True, slots=True)
class Advice:
    """
    One issuer's words.

    Attributes:
        id: Kebab-case.
        organisations: Its spellings in the O of issuer names.
        own_key: For those who pin the leaf's key.
        ca_set: For those who pin authorities' keys.
        source: The address of the page that says so.
    """

    id: str
    organisations: tuple[str, ...]
    own_key: str
    ca_set: str
    source: str


@functools.lru_cache(maxsize=1)
def all_advice() -> tuple[Advice, ...]:
    """Read the table."""
    import tomllib

    text = resources.files("pinsmith.authorities").joinpath("advice.toml").read_text("utf-8")
    return tuple(
        Advice(each["id"], tuple(each["organisation"]), each["own-key"], each["ca-set"], each["source"])
        for each in tomllib.loads(text)["issuer"]
    )


def advice_for(leaf: Certificate) -> Advice | None:
    """Return what the issuer of *leaf* says; None if nothing is known of it or its name cannot be read."""
    from cryptography.x509.oid import NameOID

    try:
        attributes = leaf.x509.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    except (CertificateError, ValueError):
        return None
    names = {attribute.value for attribute in attributes}
    return next((each for each in all_advice() if not names.isdisjoint(each.organisations)), None)
