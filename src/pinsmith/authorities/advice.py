"""The advice of issuers about pinning their certificates; the text is in ``advice.toml``."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from pinsmith.errors import CertificateError

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from pinsmith.certificate import Certificate


@dataclass(frozen=True, slots=True)
class Advice:
    """
    The advice of one issuer.

    Attributes:
        id: The id of the issuer, in kebab-case.
        organisations: The spellings of its name in the O of issuer names.
        own_key: The advice for users who pin the key of the leaf.
        ca_set: The advice for users who pin keys of authorities.
        source: The address of the page with the advice.
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
        Advice(issuer["id"], tuple(issuer["organisation"]), issuer["own-key"], issuer["ca-set"], issuer["source"])
        for issuer in tomllib.loads(text)["issuer"]
    )


def advice_for(leaf: Certificate) -> Advice | None:
    """Return the advice of the issuer of *leaf*; None if there is none or the name of the issuer cannot be read."""
    from cryptography.x509.oid import NameOID

    try:
        attributes = leaf.x509.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    except (CertificateError, ValueError):
        return None
    return _advice_of({str(attribute.value) for attribute in attributes})


def advice_of_subject(subject: str) -> Advice | None:
    """Return the advice of the authority with that *subject*, RFC 4514; None if there is none."""
    parts = (part.partition("=") for part in re.split(r"(?<!\\),", subject))
    return _advice_of({re.sub(r"\\(.)", r"\1", value) for kind, _, value in parts if kind == "O"})


def _advice_of(organisations: AbstractSet[str]) -> Advice | None:
    return next((advice for advice in all_advice() if not organisations.isdisjoint(advice.organisations)), None)
