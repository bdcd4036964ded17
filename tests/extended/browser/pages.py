"""Every page of the service. A new page is a line here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tests.service.process import ServiceProcess

# {group} is the key of a group of reports; {past} and {today} are days.
PAGES: Final = (
    "/",
    "/?state=ok&name=shop-2",
    "/hosts/api.example.com:443",
    "/hosts/expiring.example.com:443",
    "/hosts/locked.example.com:443",
    "/hosts/proxied.example.com:443",
    "/hosts/gone.example.com:443",
    "/hosts/nasty.example.com:443",
    "/alerts",
    "/channels",
    "/reports",
    "/reports/{group}",
    "/inspect",
    "/compare",
    "/compare?host=api.example.com:443&from={past}&to={today}",
    "/bulk",
    "/rotations",
    "/rotations/api.example.com",
    "/rotations/nasty.example.com",
    "/rotations/shop-01.example.com",
    "/releases",
    "/formats",
    "/formats/android-nsc",
    "/formats/okhttp-kotlin",
    "/formats/tlsa",
    "/pins",
    "/pins?pin=vRU%2B17BDT2iGsXvOi76E7TQMcTLXAqj0%2BjGPdW7L1vM%3D",
    "/lab",
    "/nowhere",
)


def paths(page: str, service: ServiceProcess) -> list[str]:
    """Return the paths of *page* in this service."""
    today = datetime.now(UTC).date()
    keys = [group["key"] for group in service.groups()] if "{group}" in page else [""]
    return [page.format(group=key, past=today - timedelta(days=50), today=today) for key in keys]
