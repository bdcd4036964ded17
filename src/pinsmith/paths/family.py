"""The publishers of trust stores, and how their clients use them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Dates = Literal["ignored", "checked", "unknown"]


@dataclass(frozen=True, slots=True)
class Family:
    """
    The stores of one publisher, and how its clients use them.

    Attributes:
        id: How the ids of its stores begin, such as ``ios``.
        title: The name for people.
        lists: The id of its lists in the tables.
        fetches: Whether clients find certificates that the server did not send, by download or because they keep them.
        anchor_dates: Whether clients refuse a root whose own certificate has ended.
        moves_from: The first version whose store is updated without the system; None if there is none.
        by_day: Whether versions are days.
        moves_within: Whether a version gets new lists for years. Its first list is that of a client without updates.

    Source:
        Each family in `FAMILIES` names it.
    """

    id: str
    title: str
    lists: str
    fetches: bool
    anchor_dates: Dates
    moves_from: tuple[int, ...] | None = None
    by_day: bool = False
    moves_within: bool = False

    def moves(self, version: tuple[int, ...]) -> bool:
        """Return whether a store of that *version* is updated without the system."""
        return self.moves_from is not None and version >= self.moves_from

    @property
    def has_newest(self) -> bool:
        """Whether the family alone names a store, its newest, and each list holds until the next one."""
        return self.by_day or self.id == "certifi"


FAMILIES: Final = (
    # "Android has intentionally chosen not to use the notAfter field of trust anchors":
    # https://letsencrypt.org/2020/12/21/extending-android-compatibility/
    # Updates since 14: https://source.android.com/docs/core/ota/modular-system/conscrypt
    Family("android", "Android", "android", fetches=False, anchor_dates="ignored", moves_from=(14,)),
    # https://support.apple.com/en-us/103272; certificates that are missing are fetched, unless an app forbids it:
    # https://developer.apple.com/documentation/security/sectrustsetnetworkfetchallowed(_:_:)
    Family("ios", "iOS", "apple", fetches=True, anchor_dates="unknown"),
    # Java accepts an ended root above a chain in order, but not where it has to build a path, as for a server that
    # sends an extra certificate (tests/extended/test_java_paths.py). com.sun.security.enableAIAcaIssuers is off:
    # https://github.com/openjdk/jdk/blob/master/src/java.base/share/classes/sun/security/provider/certpath/Builder.java
    Family("java", "Java", "openjdk", fetches=False, anchor_dates="unknown"),
    Family("oracle-java", "Oracle Java", "oracle-java", fetches=False, anchor_dates="unknown"),
    # Firefox on desktops downloads all intermediates that are disclosed to Mozilla, in the background:
    # https://wiki.mozilla.org/Security/CryptoEngineering/Intermediate_Preloading
    Family("mozilla", "Mozilla", "mozilla", fetches=True, anchor_dates="unknown", by_day=True),
    # OpenSSL reads these two. It checks the dates of roots, and downloads nothing.
    # https://docs.openssl.org/3.0/man1/openssl-verification-options/
    Family("certifi", "certifi", "certifi", fetches=False, anchor_dates="checked"),
    Family("debian", "Debian", "debian", fetches=False, anchor_dates="checked", moves_within=True),
    # Windows updates its list daily: https://learn.microsoft.com/en-us/windows-server/identity/ad-cs/certificate-trust
    # It downloads missing certificates, unless a program sets CERT_CHAIN_DISABLE_AIA:
    # https://learn.microsoft.com/en-us/windows/win32/api/wincrypt/nf-wincrypt-certgetcertificatechain
    Family("windows", "Windows", "windows", fetches=True, anchor_dates="unknown", by_day=True),
)
BY_ID: Final = {family.id: family for family in FAMILIES}
