"""The document of everything that is known of one pin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith import authorities
from pinsmith.documents.certificate import compromised_out
from pinsmith.documents.document import Versioned
from pinsmith.documents.hosts import PinnedKeyOut, pinned_key_out
from pinsmith.errors import CompromisedAuthorityError, KnownBadPinError
from pinsmith.pin import Pin, require_credible

if TYPE_CHECKING:
    from pinsmith.authorities import Authority
    from pinsmith.policy import Policy


class AuthorityOut(msgspec.Struct, frozen=True, kw_only=True):
    """A key of a public authority. ``first_day`` and ``last_day`` are those of its certificates."""

    name: str
    pin: str
    role: str
    subject: str
    first_day: str
    last_day: str


class NamedKeyOut(PinnedKeyOut, frozen=True, kw_only=True):
    """A key of a pin file, and the hosts that it is pinned for."""

    hosts: list[str]


class PinDocument(Versioned, frozen=True, kw_only=True):
    """
    Everything that is known of one pin, without a connection.

    ``keys`` are those of the pin file with this pin. ``authority`` is the public authority whose key it is, and
    ``near`` is one whose pin differs in a single character, so that this pin may be mistyped. ``compromised`` names the
    owner of a key that anybody may hold. ``vouched`` says which compromised keys the authority has signed.
    ``placeholder`` says why no key can have this pin. A field is null if it does not apply.
    """

    pin: str
    keys: list[NamedKeyOut]
    authority: AuthorityOut | None
    near: AuthorityOut | None
    compromised: str | None
    vouched: str | None
    placeholder: str | None


def pin_document(pin: Pin, policy: Policy) -> PinDocument:
    """Describe *pin*, with what *policy* says about it."""
    found, vouched = authorities.find(pin), authorities.vouched(pin)
    near = None if found else authorities.near(pin)
    own = next((key.name for key in policy.compromised if key.pin == pin), None)
    return PinDocument(
        pin=str(pin),
        keys=_keys(pin, policy),
        authority=authority_out(found) if found else None,
        near=authority_out(near) if near else None,
        compromised=compromised_out(pin) or own,
        vouched=vouched.why if vouched else None,
        placeholder=_placeholder(pin),
    )


def _keys(pin: Pin, policy: Policy) -> list[NamedKeyOut]:
    return [
        NamedKeyOut(
            **msgspec.structs.asdict(pinned_key_out(key)),
            hosts=[entry.host for entry in policy if key in entry.keys],
        )
        for key in policy.keys
        if key.pin == pin
    ]


def authority_out(known: Authority) -> AuthorityOut:
    """Describe a public authority."""
    return AuthorityOut(
        name=known.name,
        pin=str(known.pin),
        role=known.role,
        subject=known.subject,
        first_day=str(known.first_day),
        last_day=str(known.last_day),
    )


def _placeholder(pin: Pin) -> str | None:
    try:
        require_credible(pin)
    except CompromisedAuthorityError:
        return None
    except KnownBadPinError as error:
        return str(error)
    return None
