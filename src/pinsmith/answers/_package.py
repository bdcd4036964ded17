"""Answer for an app package, and make of its declarations what rules look at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pinsmith import formats
from pinsmith.answers._android import overridden
from pinsmith.answers._answer import Answer, HostAnswer, Mechanism, ranked
from pinsmith.answers._bundle import in_all_parts
from pinsmith.answers._mention import domain_of, own_domains
from pinsmith.formats import Reading
from pinsmith.formats._format import Found, FoundPin
from pinsmith.host import ancestors
from pinsmith.rules import of_reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from pinsmith.audit.packages import Declared, Opaque, Package
    from pinsmith.rules import PinnedFile

_TARGETS: Final = {"android": "android-nsc", "ios": "apple-ats"}


def answers_of_package(package: Package, today: date, domains: Iterable[str] = ()) -> tuple[HostAnswer, ...]:
    """
    Return an answer for each host that a package declares or mentions, in the order of their names.

    Args:
        package: The package.

        today: In UTC.

        domains: Further domains of the owner, canonical.
    """
    found: dict[str, list[Mechanism]] = {}
    for declared in package.declared:
        found.setdefault(declared.host, []).append(_declared(package, declared, today))
    for host, mechanism in _evidence(package):
        found.setdefault(host, []).append(mechanism)
    hidden = [(host, part) for part in package.opaque for host in part.hosts]
    for host, part in hidden:
        found.setdefault(host, []).append(replace(_hides(package, part), include_subdomains=True))
    mentioned = {host.host: host.place for host in reversed(package.hosts)}
    own = own_domains(
        [*(one.host for one in package.declared), *(host for host, _ in hidden), *_named_by(package.name), *domains]
    )
    general = tuple(_general(package))
    return tuple(
        HostAnswer(
            host,
            ranked(
                (
                    *in_all_parts(package, host, found.get(host) or _of_parent(package, host, found)),
                    *(general if domain_of(host) in own else ()),
                )
            ),
            f"{package.file}!/{mentioned[host]}" if host in mentioned else None,
            is_own=domain_of(host) in own,
        )
        for host in sorted({*found, *mentioned})
    )


def _of_parent(package: Package, host: str, found: Mapping[str, list[Mechanism]]) -> list[Mechanism]:
    """Return what the nearest parent declares for the host: Apple covers one label below it, Android all."""
    for parent in ancestors(host):
        is_covered = package.platform == "android" or host.count(".") == parent.count(".") + 1
        if is_covered and (covering := [one for one in found.get(parent, ()) if one.include_subdomains]):
            return covering
    return []


def _declared(package: Package, declared: Declared, today: date) -> Mechanism:
    answer, reason = Answer.YES, ""
    if declared.exempt:
        answer, reason = Answer.NO, "it is exempt from the pins of its parent"
    elif not declared.pins:
        answer, reason = Answer.NO, "its pins cannot be read"
    elif declared.expires is not None and declared.expires <= today:
        answer, reason = Answer.NO, f"its pins ended on {declared.expires}"
    elif weaker := overridden(declared.overriding):
        answer, reason = weaker
    elif beside := _beside(package):
        answer, reason = Answer.UNPROVEN, beside
    return Mechanism(
        declared.mechanism,
        f"{package.file}!/{declared.place}",
        answer,
        reason,
        declared.pins,
        declared.expires,
        declared.include_subdomains,
    )


def _beside(package: Package) -> str:
    """Return why connections may escape what the package declares; empty if it has no stack of its own."""
    name = next((library.name for library in package.libraries if library.own_stack), None)
    if (package.platform, name) == ("ios", "Flutter"):
        return _DART
    return "" if name is None else f"{name} is in the package too, and its connections ignore this"


def _evidence(package: Package) -> Iterator[tuple[str, Mechanism]]:
    """Yield what points to pins of a host."""
    for string in package.strings:
        for host in string.near[:1]:
            place = f"{package.file}!/{string.place}"
            yield host, Mechanism("a pin in the code", place, Answer.UNPROVEN, _PROVE, (string.pin,))
    hosts = {host.host for host in package.hosts}
    for certificate in package.certificates:
        for host in hosts.intersection(certificate.names):
            place = f"{package.file}!/{certificate.place}"
            yield host, Mechanism("a certificate of the host", place, Answer.UNPROVEN, _PROVE, (certificate.pin,))


# CertificateVerificationCallback in runtime/bin/security_context_macos.cc of https://github.com/dart-lang/sdk asks iOS
# with the host, so iOS compares the pins. The app may set a callback that overrules the answer.
_DART: Final = "Dart asks iOS, which compares this, but a badCertificateCallback can accept what iOS refuses"
_PROVE: Final = "only `pinsmith lab proxy` can prove that the app compares it"


def _general(package: Package) -> Iterator[Mechanism]:
    """Yield what may pin any host."""
    able = [library for library in package.libraries if library.is_called is not False and library.can_pin]
    if able:
        names = ", ".join(dict.fromkeys(library.name for library in able))
        place = f"{package.file}!/{able[0].place}"
        yield Mechanism(
            names, place, Answer.UNPROVEN, "it can pin, and only `pinsmith lab proxy` can prove that it does"
        )
    for hidden in package.opaque:
        if hidden.hosts:
            continue
        yield _hides(package, hidden)


def _hides(package: Package, part: Opaque) -> Mechanism:
    return Mechanism("a part that hides", f"{package.file}!/{part.place}", Answer.UNKNOWN, part.reason)


def _named_by(name: str) -> tuple[str, ...]:
    """Return the domain that an application id such as ``com.example.app`` is made of."""
    labels = name.lower().split(".")
    return (f"{labels[1]}.{labels[0]}",) if len(labels) > 1 else ()


def pinned_files(package: Package, today: date) -> tuple[PinnedFile, ...]:
    """Return what the rules about pins look at: each file that declares pins, and what the readers found in all."""
    target = formats.find(_TARGETS[package.platform])
    declared: dict[str, dict[str, Found]] = {}
    for one in package.declared:
        if one.pins:
            found = Found(one.host, tuple(map(FoundPin, one.pins)), one.include_subdomains, one.expires)
            declared.setdefault(f"{package.file}!/{one.place}", {})[one.host] = found
    files = [
        of_reading(Reading(hosts=tuple(hosts.values())), target, place, today=today)
        for place, hosts in declared.items()
    ]
    notes = of_reading(Reading(notes=package.notes), target, package.file, today=today)
    return (notes, *files)
