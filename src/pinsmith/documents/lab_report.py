"""What the reports of ``pinsmith lab run``, ``lab serve`` and ``lab proxy`` have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.documents.report import Cell, Reference
from pinsmith.lab.process.redact import redact

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

EXPECTED: Final[dict[str, str]] = {
    "accept": "accept the server",
    "refuse": "send nothing",
    "withhold": "send nothing to the rogue server",
}
DANGER: Final = (
    "An attacker on the network who gets a certificate from any authority that the device trusts can read and change "
    "what is sent there."
)
LIMITS: Final = (
    "A person who controls the device can remove the pins from an app. The report does not test against that.",
    "Another build, another device, or a part of the app that was not used may behave differently.",
    "pinsmith does not know which app took part. The text under “Tested” is that of the person who started the test.",
    "MASTG-TEST-0242 and MASTG-TEST-0243 examine the files of an Android app. This report does not cover them.",
)
ABOUT_CODE: Final = (
    "The report is evidence about the code that pins. It does not show which endpoints the app contacts, or whether it "
    "pins all of them."
)
OWN_SERVERS: Final = (
    "The lab has servers and keys of its own. The report does not show that the pins of real hosts are right, or that "
    "there is a backup pin."
)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """
    How a report came about.

    Attributes:
        command: The command line, without secrets.
        started: The beginning, UTC.
        ended: The end, UTC.
        versions: The versions of what took part, by name.
        subject: What was tested, as the user states it; empty if unknown.
    """

    command: str
    started: datetime
    ended: datetime
    versions: Mapping[str, str]
    subject: str = ""

    def facts(self, *more: tuple[str, Cell]) -> tuple[tuple[str, Cell], ...]:
        """Describe the circumstances, with *more* of the run itself."""
        return (
            ("Tested", Cell(self.subject or "not stated")),
            ("Command", Cell(self.command, is_code=True)),
            *more,
            ("Started", Cell(f"{self.started:%Y-%m-%d %H:%M:%S} UTC")),
            ("Ended", Cell(f"{self.ended:%Y-%m-%d %H:%M:%S} UTC")),
            *((name, Cell(version)) for name, version in self.versions.items()),
        )


def references(relation: str, *more: Reference) -> tuple[Reference, ...]:
    """
    List the entries of standards about pinning.

    Args:
        relation: A sentence: what the report shows about the control.

        more: Entries that follow the control.

    Source:
        OWASP/owasp-masvs, ``controls/MASVS-NETWORK-2.md``; OWASP/maswe, ``weaknesses/MASVS-NETWORK/MASWE-0028.md``,
        whose mappings name the number before MASWE 1.0, the control and the CWE.
    """
    return (
        Reference(
            "MASVS-NETWORK-2",
            "The app performs identity pinning for all remote endpoints under the developer's control.",
            "https://mas.owasp.org/MASVS/",
            relation,
        ),
        *more,
        Reference(
            "MASWE-0028",
            "Insecure Identity Pinning",
            "https://mas.owasp.org/MASWE/",
            "A failure in this report is an instance of this weakness. Before MASWE 1.0 its number was MASWE-0047.",
        ),
        Reference(
            "CWE-295",
            "Improper Certificate Validation",
            "https://cwe.mitre.org/data/definitions/295.html",
            "MASWE-0028 is mapped to it.",
        ),
    )


def without_secrets(text: str) -> str:
    """Remove likely secrets from a *text* with a path, where a segment may be a token."""
    return "/".join(map(redact, text.split("/")))


def counted(number: int, one: str, many: str) -> str:
    """Return *number* with the word that fits it."""
    return f"{number} {one if number == 1 else many}"
