"""The declarations that the operating system enforces, read by the readers of their formats."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pinsmith import formats
from pinsmith.audit.packages._value import Declared, Opaque
from pinsmith.errors import FormatError

if TYPE_CHECKING:
    from pinsmith.audit.packages._value import Mechanism
    from pinsmith.finding import Finding

_FORMATS: Final[dict[Mechanism, str]] = {"network security config": "android-nsc", "NSPinnedDomains": "apple-ats"}


@dataclass(slots=True)
class Declarations:
    """What the declarations of a package say so far."""

    declared: list[Declared] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    opaque: list[Opaque] = field(default_factory=list)

    def add(self, content: bytes, mechanism: Mechanism, *, name: str, place: str) -> None:
        """
        Add what a file declares. A file that cannot be read hides what it declares.

        Args:
            content: The file, as text.

            mechanism: What enforces it.

            name: The name of the package and of the file, for findings.

            place: The path inside the package.
        """
        target = formats.find(_FORMATS[mechanism])
        if target.collect is None:
            raise TypeError(f"{target.id} has no reader")
        try:
            reading = target.collect(content, name)
        except FormatError as error:
            self.opaque.append(Opaque(place, f"it cannot be read: {error.problem}"))
            return
        self.notes += reading.notes
        self.opaque += [Opaque(place, f"a part cannot be read: {problem.message}") for problem in reading.problems]
        self.declared += [
            Declared(
                host=found.host,
                include_subdomains=found.include_subdomains,
                pins=tuple(pinned.pin for pinned in found.pins),
                expires=found.expires,
                mechanism=mechanism,
                place=place,
                exempt=found.exempt,
                overriding=found.overriding,
            )
            for found in reading.hosts
        ]
