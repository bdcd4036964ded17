"""What is known of one pin: whose key it is, what it admits, and where it survives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pinsmith import authorities
from pinsmith.authorities import calendar
from pinsmith.authorities.advice import advice_of_subject
from pinsmith.errors import CompromisedAuthorityError, KnownBadPinError
from pinsmith.explaining.survival import survival
from pinsmith.paths import stores
from pinsmith.pin import require_credible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from pinsmith.authorities import Authority, Compromised, Vouched
    from pinsmith.authorities.advice import Advice
    from pinsmith.authorities.calendar import Event
    from pinsmith.explaining.survival import Survival
    from pinsmith.pin import Pin

_RECENT: Final = timedelta(days=365)  # a change of the last year may still surprise


@dataclass(frozen=True, slots=True)
class Carrier:
    """
    A certificate that carries the pinned key.

    Attributes:
        first_day: UTC; None if unknown.
        last_day: UTC; None if unknown.
        signer: The authority that signed it; None if it is self-signed, or the tables do not know the signer.
        issuer: The name of the signer, for people; empty if it is self-signed.
        sha256: The SHA-256 of the certificate, in hexadecimal; empty if the tables lack it.
    """

    first_day: date | None
    last_day: date | None
    signer: Authority | None = None
    issuer: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Admitted:
    """
    An authority below the pinned key. A pin of the key accepts every certificate that it issues.

    Attributes:
        authority: The authority.
        signer: Its signer, which is the pinned authority or another one below it.
        last_day: Last day of the latest certificate by that signer, UTC; None if unknown.
        compromised: What is known of its compromise; None if nothing is.
    """

    authority: Authority
    signer: Pin
    last_day: date | None
    compromised: Compromised | None = None


@dataclass(frozen=True, slots=True)
class PinExplanation:
    """
    What is known of one pin.

    Attributes:
        pin: The pin.
        authority: The public authority whose key it is; None if the tables do not contain the key.
        near: An authority whose pin differs in one character, so that this one may be mistyped.
        placeholder: Why no key can have this pin; None if one can.
        compromised: What is known of its compromise; None if nothing is.
        vouched: What is known of compromised keys that it signed; None if nothing is.
        carriers: The certificates that carry the key.
        advice: What the authority says about pinning; None if it says nothing that pinsmith knows.
        admitted: The authorities below the key whose certificates have not ended, nearest first.
        ends_at:
            Roots that the key has cross-signed. A client that trusts one of them ends its chain there, so the chain
            does not contain the pinned key.
        stores: Where the key survives; empty if the tables do not contain the key, so that everything is unknown.
        events: What changes for such pins, by day.
    """

    pin: Pin
    authority: Authority | None
    near: Authority | None
    placeholder: str | None
    compromised: Compromised | None
    vouched: Vouched | None
    carriers: tuple[Carrier, ...]
    advice: Advice | None
    admitted: tuple[Admitted, ...]
    ends_at: tuple[Authority, ...]
    stores: tuple[Survival, ...]
    events: tuple[Event, ...]


def explain_pin(pin: Pin, *, today: date, is_leaf: bool = False, issuer: Advice | None = None) -> PinExplanation:
    """
    Collect what the tables know of *pin*, without a connection.

    Args:
        pin: Any pin, also one that no client may trust.

        today: In UTC.

        is_leaf: Whether the key is known to be that of a server.

        issuer: The advice of the authority that signs for the server, if it is one and that is known.

    Returns:
        The facts. A fact that the tables do not contain is None or empty, which means that it is unknown.
    """
    known = authorities.find(pin)
    advice = issuer if known is None else advice_of_subject(known.subject)
    found = None if known is None else known.pin
    return PinExplanation(
        pin=pin,
        authority=known,
        near=None if known else authorities.near(pin),
        placeholder=_placeholder(pin),
        compromised=authorities.compromised(pin),
        vouched=authorities.vouched(pin),
        carriers=tuple(_carriers(pin)) if found else (),
        advice=advice,
        admitted=tuple(admitted_by(pin, today=today)),
        ends_at=tuple(filter(None, map(authorities.find, authorities.cross_signed_by(pin, today=today)))),
        stores=survival(pin, today=today) if found else (),
        events=() if authorities.compromised(pin) else _events(known, advice, today, is_leaf=is_leaf),
    )


def admitted_by(pin: Pin, *, today: date) -> Iterator[Admitted]:
    """
    Find the authorities below the key with *pin* whose certificates have not ended before *today*, UTC.

    The tables are not complete, so there may be more.
    """
    seen, waiting = {pin}, [pin]
    while waiting:
        signer = waiting.pop(0)
        latest: dict[Pin, date | None] = {}
        for issued in authorities.issued_by(signer):
            if issued.is_over(today) or issued.signed in seen:
                continue
            known = latest.get(issued.signed)
            latest[issued.signed] = max(filter(None, (issued.last_day, known)), default=None)
        for signed, last_day in latest.items():
            seen.add(signed)
            waiting.append(signed)
            if (authority := authorities.find(signed)) is not None:
                yield Admitted(authority, signer, last_day, authorities.compromised(signed))


def _carriers(pin: Pin) -> Iterator[Carrier]:
    own = {root for store in stores() for root in store.roots if root.pin == pin}
    for root in sorted(own, key=lambda root: (root.first_day, root.last_day, root.sha256)):
        yield Carrier(root.first_day, root.last_day, sha256=root.sha256)
    for issued in authorities.issued_for(pin):
        signer = authorities.find(issued.signer) if issued.signer else None
        name = signer.name if signer else issued.issuer
        yield Carrier(issued.first_day, issued.last_day, signer, name)


def _events(known: Authority | None, advice: Advice | None, today: date, *, is_leaf: bool) -> tuple[Event, ...]:
    concerned: calendar.Concerned = "leaf" if is_leaf or known is None else "authority"
    issuer = advice.id if advice else None
    found = calendar.events(concerned, issuer=issuer, since=today - _RECENT)
    ends = (calendar.end_of_root(known),) if known and known.role == "root" else ()
    return tuple(sorted((*found, *ends), key=lambda event: event.day))


def _placeholder(pin: Pin) -> str | None:
    try:
        require_credible(pin)
    except CompromisedAuthorityError:
        return None
    except KnownBadPinError as error:
        return str(error)
    return None
