"""Entries of other catalogues that rules and reports name: weaknesses, tests and controls."""

from __future__ import annotations

from typing import Final

_TITLES: Final = {
    "CWE-248": "Uncaught Exception",
    "CWE-295": "Improper Certificate Validation",
    "CWE-297": "Improper Validation of Certificate with Host Mismatch",
    "CWE-319": "Cleartext Transmission of Sensitive Information",
    "CWE-326": "Inadequate Encryption Strength",
    "CWE-345": "Insufficient Verification of Data Authenticity",
    "CWE-367": "Time-of-check Time-of-use (TOCTOU) Race Condition",
    "CWE-489": "Active Debug Code",
    "MASTG-TEST-0242": "Missing Certificate Pinning in Network Security Configuration",
    "MASTG-TEST-0243": "Expired Certificate Pins in the Network Security Configuration",
    "MASVS-NETWORK-2": "The app performs identity pinning for all remote endpoints under the developer's control.",
    "MASWE-0028": "Insecure Identity Pinning",
}
_PUBLISHED: Final = {
    "MASTG": "https://mas.owasp.org/MASTG/",
    "MASVS": "https://mas.owasp.org/MASVS/",
    "MASWE": "https://mas.owasp.org/MASWE/",
}


def title_of(entry: str) -> str | None:
    """
    Return the title of an entry, as its catalogue has it; None if it is unknown here.

    Source:
        https://cwe.mitre.org, and the pages of https://mas.owasp.org that bear the ids
    """
    return _TITLES.get(entry)


def url_of(entry: str) -> str:
    """Return where an entry is published. An address is its own id."""
    catalogue, _, number = entry.partition("-")
    if catalogue == "CWE":
        return f"https://cwe.mitre.org/data/definitions/{number}.html"
    return _PUBLISHED.get(catalogue, entry)
