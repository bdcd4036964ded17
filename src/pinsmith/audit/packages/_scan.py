"""
Texts in files that are not text: pins, URLs and the signs of libraries, in one pass and in pieces.

A text in a program shows that the program contains it, and nothing more.
"""

from __future__ import annotations

import base64
import re
from functools import cache
from typing import TYPE_CHECKING, Final, TypeVar

from pinsmith.audit.packages._value import FoundHost, Library, Opaque, PinString
from pinsmith.errors import HostError
from pinsmith.host import canonical_host, is_address
from pinsmith.limit import MAX_HOSTS
from pinsmith.pin import Pin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from publicsuffixlist import PublicSuffixList

    from pinsmith.audit.packages._libraries import Sign

Key = TypeVar("Key")
Found = TypeVar("Found")
_MARGIN: Final = 1024  # longer than any text that is looked for, and how far a host may be from its pin
_MAX_LOOKS: Final = 300_000
_NEAR: Final = 400
# All patterns begin with fixed characters, so that searching is fast.
_PIN: Final = re.compile(rb"sha256/{1,2}([A-Za-z0-9+/]{43}=)(?![A-Za-z0-9+/=])")
_HPKP: Final = re.compile(rb"pin-sha256=\"?([A-Za-z0-9+/]{43}=)(?![A-Za-z0-9+/=])")
_BARE_END: Final = re.compile(rb"=(?![A-Za-z0-9+/=])")
_BARE: Final = re.compile(rb"(?:^|[^A-Za-z0-9+/=])([A-Za-z0-9+/]{43}=)")
_URL: Final = re.compile(
    rb"://([A-Za-z0-9][A-Za-z0-9.-]{0,252})(?![A-Za-z0-9.$%{-])((?::[0-9]{1,5})?(?:[/?#][!#-&(-;=?-\[\]_a-z~]{0,120})?)"
)
_SCHEMES: Final = (b"https", b"http", b"wss", b"ws")
_HOST: Final = re.compile(
    rb"(?:[\x00-\x1f\"'`/>\x80-\xff]|\*\.)((?:[a-z0-9-]{1,63}\.){1,8}[a-z][a-z0-9-]{1,24})(?=[\"'`/:<,\x00-\x1f\x80-\xff])"
)
# They identify vocabularies of XML; no app talks to them.
_DTD: Final = b"://www.apple.com/DTDs/"
_NAMESPACES: Final = frozenset(
    {"ns.adobe.com", "schemas.android.com", "schemas.microsoft.com", "schemas.xmlsoap.org", "www.w3.org", "xmlpull.org"}
)


class Findings:
    """What the files of a package contain, each once for each file, within the limit of hosts of a pin file."""

    def __init__(self) -> None:
        self.strings: dict[tuple[Pin, str], PinString] = {}
        self.hosts: dict[tuple[str, str], FoundHost] = {}
        self.libraries: dict[str, Library] = {}
        self.opaque: dict[Opaque, None] = {}
        self._looks = 0
        self._seen: set[tuple[bytes, str]] = set()  # what stands for hosts

    def hide(self, place: str, reason: str) -> None:
        """Add a part that hides an answer."""
        self.opaque[Opaque(place, reason)] = None

    def add_library(self, sign: Sign, place: str) -> None:
        """Add a library, unless it was found before."""
        found = Library(sign.name, sign.text, place, own_stack=sign.own_stack, can_pin=sign.can_pin)
        self.libraries.setdefault(sign.name, found)

    def scan(self, pieces: Iterable[bytes], place: str, signs: Iterable[Sign] = (), *, is_ordered: bool = True) -> None:
        """
        Look for texts.

        Args:
            pieces: The file, in pieces.

            place: Its path inside the package.

            signs: The signs of libraries that such a file may contain.

            is_ordered: Whether texts that belong together are close to each other, so that base64 near a host counts.
        """
        left = [sign for sign in signs if sign.name not in self.libraries]
        for buffer, low, high in _windows(pieces):
            self._pins(buffer, low, high, place, is_ordered=is_ordered)
            self._urls(buffer, low, high, place)
            for sign in left:
                if sign.octets in buffer:
                    self.add_library(sign, place)
            left = [sign for sign in left if sign.name not in self.libraries]

    def _pins(self, buffer: bytes, low: int, high: int, place: str, *, is_ordered: bool) -> None:
        for pattern in (_PIN, _HPKP):
            for match in pattern.finditer(buffer, low):
                if match.start() >= high:
                    break
                pin = _pin(match[1])
                known = self.strings.get((pin, place)) if pin is not None else None
                if pin is not None and (known is None or known.style != "sha256/") and self._may_look(place):
                    near = _near(buffer, match.start(), match.end()) if is_ordered else ()
                    self._put(self.strings, (pin, place), PinString(pin, "sha256/", place, near), place)
        if not is_ordered:
            return
        for end in _BARE_END.finditer(buffer, low):
            if end.start() >= high:
                break
            found = _BARE.fullmatch(buffer, max(end.start() - 44, 0), end.end())
            pin = _pin(found[1]) if found is not None else None
            if pin is None or (pin, place) in self.strings or not self._may_look(place):
                continue
            if near := _near(buffer, end.start() - 43, end.end()):
                self._put(self.strings, (pin, place), PinString(pin, "bare base64", place, near), place)

    def _may_look(self, place: str) -> bool:
        """Count a text that takes time, and say whether there is time for it: a hostile package has many millions."""
        self._looks += 1
        if self._looks > _MAX_LOOKS:
            self.hide(place, "the package has too many texts that may be pins or hosts, and some were not looked at")
        return self._looks <= _MAX_LOOKS

    def _urls(self, buffer: bytes, low: int, high: int, place: str) -> None:
        for match in _URL.finditer(buffer, low):
            if match.start() >= high:
                break
            scheme = next((word for word in _SCHEMES if buffer.endswith(word, 0, match.start())), None)
            text = (match[1], place)
            if scheme is None or match[0].startswith(_DTD) or text in self._seen or not self._may_look(place):
                continue
            self._seen.add(text)
            host = _host(match[1])
            if host is not None and host not in _NAMESPACES:
                url = (scheme + match[0]).decode("ascii")
                if (host, place) not in self.hosts:
                    self._put(self.hosts, (host, place), FoundHost(host, url, place), place)

    def _put(self, held: dict[Key, Found], key: Key, value: Found, place: str) -> None:
        if len(held) < MAX_HOSTS:
            held[key] = value
        else:
            self.hide(place, f"the package has more than {MAX_HOSTS} such texts, and the others are not listed")


def _windows(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, int, int]]:
    """Yield buffers, and where in each of them a match must begin, so that each match is found once."""
    buffer, low = b"", 0
    for piece in pieces:
        buffer += piece
        high = max(len(buffer) - _MARGIN, low)
        yield buffer, low, high
        cut = max(high - _MARGIN, 0)
        buffer, low = buffer[cut:], high - cut
    yield buffer, low, len(buffer)


def _pin(text: bytes) -> Pin | None:
    digest = base64.b64decode(text)
    return Pin(digest) if base64.b64encode(digest) == text else None


def _near(buffer: bytes, start: int, end: int) -> tuple[str, ...]:
    """List the hosts around a text, the closest first."""
    first = max(start - _NEAR, 0)
    found: dict[str, int] = {}
    for match in _HOST.finditer(buffer, first, min(end + _NEAR, len(buffer))):
        host = _host(match[1])
        if host is not None and _has_known_suffix(host):
            distance = min(abs(match.start() - end), abs(start - match.end()))
            found[host] = min(distance, found.get(host, distance))
    return tuple(sorted(found, key=lambda host: found[host]))


def _host(text: bytes) -> str | None:
    try:
        host = canonical_host(text.decode("ascii").removesuffix("."))
    except HostError:
        return None
    return host if "." in host or is_address(host) else None


def _has_known_suffix(host: str) -> bool:
    return _suffixes().publicsuffix(host) not in {None, host}


@cache
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(accept_unknown=False)
