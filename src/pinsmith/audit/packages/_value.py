"""What is found in an app package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date

    from pinsmith.finding import Finding
    from pinsmith.pin import Pin

Platform = Literal["android", "ios"]
Mechanism = Literal["network security config", "NSPinnedDomains"]


@dataclass(frozen=True, slots=True)
class Declared:
    """
    A host that the operating system pins, because the package declares it.

    Attributes:
        host: Canonical.
        include_subdomains: As the file has it. NSPinnedDomains covers one label, Android any depth.
        pins: The distinct pins, in the order of the file; empty if they cannot be read, or if the host is exempt.
        expires: The day from which they are no longer enforced; None if never.
        mechanism: What enforces them.
        place: The path inside the package.
        exempt: Whether the host is exempt from the pins of its parent.
        overriding: The sources of authorities whose chains are accepted without a pinned key.
    """

    host: str
    include_subdomains: bool
    pins: tuple[Pin, ...]
    expires: date | None
    mechanism: Mechanism
    place: str
    exempt: bool = False
    overriding: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Library:
    """
    A library that can pin. Its presence does not show that the app uses it.

    Attributes:
        name: The name that developers know.
        evidence: The name of a class, function or file that only this library has.
        place: The path inside the package of the first file that contains it.
        own_stack: Whether it has a network stack of its own, which ignores what the package declares, or may overrule
            it.
        is_called: Whether code calls what pins; None if that is not known. It is known of OkHttp with its own names.
        can_pin: Whether it is there to pin.
    """

    name: str
    evidence: str
    place: str
    own_stack: bool = False
    is_called: bool | None = None
    can_pin: bool = True


@dataclass(frozen=True, slots=True)
class PinString:
    """
    A text that is a pin, or that may be one. Nothing shows that the app compares it with a key.

    Attributes:
        pin: The pin.
        style: ``sha256/`` for a text that calls itself a pin, ``bare base64`` for any base64 of 32 bytes near a host.
        place: The path inside the package.
        near: The hosts in texts close to it, canonical, the closest first; they need not belong to it.
    """

    pin: Pin
    style: Literal["sha256/", "bare base64"]
    place: str
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundHost:
    """
    A host in a URL.

    Attributes:
        host: Canonical.
        url: The first URL with this host in the file.
        place: The path inside the package.
    """

    host: str
    url: str
    place: str


@dataclass(frozen=True, slots=True)
class Embedded:
    """
    A certificate in the package. Nothing shows that the app compares or trusts it.

    Attributes:
        pin: The pin of its key.
        subject: RFC 4514; None if it cannot be read.
        names: Its subject alternative names.
        place: The path inside the package.
    """

    pin: Pin
    subject: str | None
    names: tuple[str, ...]
    place: str


@dataclass(frozen=True, slots=True)
class Opaque:
    """
    A part of the package that hides whether the app pins.

    Attributes:
        place: The path inside the package.
        reason: A clause, such as ``its code is encrypted``.
        hosts: The hosts that it is about; empty if it may be about any host.
    """

    place: str
    reason: str
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bundle:
    """
    A part of an app for iOS that runs in a process of its own, and reads only its own Info.plist.

    Attributes:
        folder: Its path inside the package, with a slash at its end.
        name: Its path inside the app, such as ``PlugIns/Share.appex``; empty for the app itself.
        shared: The paths of the frameworks and libraries of the app that it loads.
    """

    folder: str
    name: str
    shared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Package:
    """
    What an app package shows about pinning.

    Only *declared* is enforced for certain. Everything else is evidence. Paths are as the package has them, so they may
    contain characters that must not reach a terminal; all other texts are safe to show.

    Attributes:
        file: The package, as the user named it.
        platform: The operating system.
        name: The application id or bundle id; empty if the package does not tell.
        version: The version that users see; empty if the package does not tell.
        declared: The hosts that the operating system pins.
        notes: Findings about the declarations. Their places name the package, and the file inside after ``!/``.
        libraries: The libraries that can pin.
        strings: The texts that are or may be pins.
        hosts: The hosts of all URLs.
        certificates: The certificates.
        opaque: The parts that hide an answer. With such a part, "not found" does not mean "not there".
        oldest: The oldest system that it runs on: the API level of Android, or the version of iOS; empty if not known.
        bundles: The app for iOS, and then its extensions, App Clips and apps for the watch; none for Android.
    """

    file: str
    platform: Platform
    name: str
    version: str
    declared: tuple[Declared, ...] = ()
    notes: tuple[Finding, ...] = ()
    libraries: tuple[Library, ...] = ()
    strings: tuple[PinString, ...] = ()
    hosts: tuple[FoundHost, ...] = ()
    certificates: tuple[Embedded, ...] = ()
    opaque: tuple[Opaque, ...] = ()
    oldest: str = ""
    bundles: tuple[Bundle, ...] = ()
