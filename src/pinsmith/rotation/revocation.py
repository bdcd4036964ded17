"""
When an authority revokes a certificate that it has to revoke.

Source:
    https://cabforum.org/working-groups/server/baseline-requirements/requirements/, 4.9.1.1.

    A public authority revokes within 24 hours after it learns that the private key is compromised or can be computed
    (3, 4), or that it did not validate the domain correctly (5).
    It should revoke within 24 hours, and must within 5 days, a certificate that it has issued against the rules or with
    wrong contents (12, 13), or whose key was made by a flawed method (16), among others.
    Certificates that live for up to 7 days need not be revoked (1.6.1; 10 days if issued before 2026-03-15).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from pinsmith.rotation.journal import shifted

if TYPE_CHECKING:
    from datetime import datetime

    from pinsmith.rotation.course import Course, Emergency

_SOON: Final = timedelta(hours=24)
_LATEST: Final[dict[Emergency, timedelta]] = {
    "key-compromised": timedelta(hours=24),
    "mass-revocation": timedelta(days=5),
}


class Revocation(NamedTuple):
    """
    When the certificate in service is revoked.

    Attributes:
        first: The end of the first 24 hours, within which many reasons demand it.
        last: When it is revoked at the latest.
    """

    first: datetime
    last: datetime

    def __str__(self) -> str:
        first, last = f"{self.first:%Y-%m-%d %H:%M} UTC", f"{self.last:%Y-%m-%d %H:%M} UTC"
        return last if first == last else f"{first} or {last}, depending on its reason"


def revocation_of(course: Course) -> Revocation | None:
    """Return when the certificate is revoked in the emergency of *course*; None if nothing demands it."""
    latest = _LATEST.get(course.emergency) if course.emergency else None
    if latest is None or course.since is None:
        return None
    return Revocation(shifted(course.since, _SOON), shifted(course.since, latest))
