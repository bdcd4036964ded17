"""The document of ``pinsmith explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith.documents.document import Versioned
from pinsmith.documents.pin import AuthorityOut, authority_out
from pinsmith.explaining.host import HostExplanation
from pinsmith.explaining.pin import PinExplanation

if TYPE_CHECKING:
    from pinsmith.explaining.asked import Explanation
    from pinsmith.explaining.key import KeyExplanation
    from pinsmith.explaining.pin import Admitted, Carrier
    from pinsmith.explaining.survival import Survival


class CarrierOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    A certificate that carries the key.

    ``issuer`` is null if it is self-signed. ``issuer_pin`` is null then too, and if the signer's key is unknown.
    """

    first_day: str | None
    last_day: str | None
    issuer: str | None
    issuer_pin: str | None
    certificate_sha256: str | None


class AdmittedOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    An authority below the key, whose certificates a pin of the key accepts.

    ``signer`` is the pin of the key that signed it. ``compromised`` names its owner if anybody may hold its key.
    """

    name: str
    pin: str
    role: str
    signer: str
    last_day: str | None
    compromised: str | None


class AdviceOut(msgspec.Struct, frozen=True, kw_only=True):
    """The advice of an issuer to those who pin the key of their server, or keys of authorities."""

    issuer: str
    own_key: str
    ca_set: str
    source: str


class StandingOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    A version of a trust store, or a day from which on its list is like this.

    ``standing`` is ``listed``, ``through``, ``not-listed`` or ``unknown``. With ``through``, the store contains the
    roots in ``through``, and a chain to them contains the key if the server sends the certificates in between. ``why``
    is the reason of ``unknown``, and null otherwise. ``day`` is that of the list, and null if there is none.
    """

    version: str
    day: str | None
    standing: str
    through: list[str]
    why: str | None


class StoreOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    The trust stores of one publisher. ``newest`` is the day of its newest list.

    ``is_old``: clients may have a much newer list. ``is_dated``: each list holds until the next one, so ``versions``
    has only changes.
    """

    store: str
    title: str
    is_dated: bool
    newest: str
    is_old: bool
    versions: list[StandingOut]


class CalendarEventOut(msgspec.Struct, frozen=True, kw_only=True):
    """A change of public authorities. ``when`` has the words of the source if it does not name a day."""

    day: str
    when: str | None
    what: str
    effect: str
    source: str


class ExplainedPinOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    Everything that is known of one pin.

    A field is null or empty if the tables do not know it. So an empty ``stores`` means that it is unknown which trust
    stores trust the key. ``near`` is an authority whose pin differs in a single character. ``ends_at`` lists roots that
    the key has cross-signed: clients that trust one of them end the chain there, and it does not contain the key.
    """

    pin: str
    authority: AuthorityOut | None
    near: AuthorityOut | None
    placeholder: str | None
    compromised: str | None
    vouched: str | None
    certificates: list[CarrierOut]
    advice: AdviceOut | None
    admits: list[AdmittedOut]
    ends_at: list[AuthorityOut]
    stores: list[StoreOut]
    events: list[CalendarEventOut]


class PinningReleaseOut(msgspec.Struct, frozen=True, kw_only=True):
    """A release in use that pins a key. ``share`` is a percentage of users, and null if it is not known."""

    app: str
    version: str
    share: float | None
    hosts: list[str]


class ExplainedKeyOut(msgspec.Struct, frozen=True, kw_only=True):
    """A key of the pin file. ``proven`` is when its private key was last used to prove that it exists."""

    name: str
    pin: str
    role: str
    standby: bool
    hosts: list[str]
    releases: list[PinningReleaseOut]
    proven: str | None
    custody: str | None


class CoveringReleaseOut(msgspec.Struct, frozen=True, kw_only=True):
    """A release in use that covers a host. ``pins`` has each pin that it enforces there, by the name of its key."""

    app: str
    version: str
    share: float | None
    mode: str
    expires: str | None
    pins: dict[str, str]


class ExplainedHostOut(msgspec.Struct, frozen=True, kw_only=True):
    """A host. ``entry`` is the host of the entry that covers it, which may be a parent."""

    host: str
    entry: str
    mode: str
    expires: str | None
    releases: list[CoveringReleaseOut]


class ExplainDocument(Versioned, frozen=True, kw_only=True):
    """
    ``pinsmith explain SUBJECT --format json``.

    ``keys`` are those of the pin file that were asked for, or that the host pins. ``pins`` has each of their pins, and
    those of releases. ``host`` is null unless a host was asked for.
    """

    host: ExplainedHostOut | None
    keys: list[ExplainedKeyOut]
    pins: list[ExplainedPinOut]


def explain_document(found: Explanation) -> ExplainDocument:
    """Describe an explanation."""
    if isinstance(found, PinExplanation):
        return ExplainDocument(host=None, keys=[], pins=[explained_pin_out(found)])
    keys = found.keys if isinstance(found, HostExplanation) else found
    pins = {key.key.pin: key.pin for key in keys}
    if isinstance(found, HostExplanation):
        pins |= {other.pin: other for other in found.others}
    return ExplainDocument(
        host=_host(found) if isinstance(found, HostExplanation) else None,
        keys=[_key(key) for key in keys],
        pins=[explained_pin_out(pin) for pin in pins.values()],
    )


def explained_pin_out(known: PinExplanation) -> ExplainedPinOut:
    """Describe one pin."""
    advice = known.advice
    return ExplainedPinOut(
        pin=str(known.pin),
        authority=authority_out(known.authority) if known.authority else None,
        near=authority_out(known.near) if known.near else None,
        placeholder=known.placeholder,
        compromised=str(known.compromised) if known.compromised else None,
        vouched=known.vouched.why if known.vouched else None,
        certificates=[_carrier(carrier) for carrier in known.carriers],
        advice=AdviceOut(issuer=advice.id, own_key=advice.own_key, ca_set=advice.ca_set, source=advice.source)
        if advice
        else None,
        admits=[_admitted(admitted) for admitted in known.admitted],
        ends_at=[authority_out(root) for root in known.ends_at],
        stores=[_store(store) for store in known.stores],
        events=[
            CalendarEventOut(
                day=str(event.day), when=event.when or None, what=event.what, effect=event.effect, source=event.source
            )
            for event in known.events
        ],
    )


def _host(known: HostExplanation) -> ExplainedHostOut:
    return ExplainedHostOut(
        host=known.host,
        entry=known.entry.host,
        mode=known.entry.mode,
        expires=str(known.entry.expires) if known.entry.expires else None,
        releases=[
            CoveringReleaseOut(
                app=release.app,
                version=release.version,
                share=release.share,
                mode=covered.mode,
                expires=str(covered.expires) if covered.expires else None,
                pins={name: str(pin) for name, pin in covered.pins.items()},
            )
            for release, covered in known.releases
        ],
    )


def _carrier(carrier: Carrier) -> CarrierOut:
    return CarrierOut(
        first_day=str(carrier.first_day) if carrier.first_day else None,
        last_day=str(carrier.last_day) if carrier.last_day else None,
        issuer=carrier.issuer or None,
        issuer_pin=str(carrier.signer.pin) if carrier.signer else None,
        certificate_sha256=carrier.sha256 or None,
    )


def _admitted(admitted: Admitted) -> AdmittedOut:
    return AdmittedOut(
        name=admitted.authority.name,
        pin=str(admitted.authority.pin),
        role=admitted.authority.role,
        signer=str(admitted.signer),
        last_day=str(admitted.last_day) if admitted.last_day else None,
        compromised=str(admitted.compromised) if admitted.compromised else None,
    )


def _store(store: Survival) -> StoreOut:
    return StoreOut(
        store=store.store,
        title=store.title,
        is_dated=store.is_dated,
        newest=str(store.newest),
        is_old=store.is_old,
        versions=[
            StandingOut(
                version=found.version,
                day=str(found.day) if found.day else None,
                standing=found.standing,
                through=[root.name for root in found.through],
                why=found.why or None,
            )
            for found in store.versions
        ],
    )


def _key(known: KeyExplanation) -> ExplainedKeyOut:
    key, proof = known.key, known.proof
    return ExplainedKeyOut(
        name=key.name,
        pin=str(key.pin),
        role=key.role,
        standby=key.standby,
        hosts=list(known.hosts),
        releases=[
            PinningReleaseOut(
                app=released.release.app,
                version=released.release.version,
                share=released.release.share,
                hosts=list(released.hosts),
            )
            for released in known.releases
        ],
        proven=proof.time if proof else None,
        custody=proof.custody or None if proof else None,
    )
