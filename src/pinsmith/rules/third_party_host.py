"""
A host whose owner advises against pins.

Source: the pages of the owners, in the table below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.finding import Severity
from pinsmith.host import ancestors
from pinsmith.rules._example import API, KEY, STANDBY, host_table, pin_file
from pinsmith.rules._rule import Defect, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.rules._rule import PinnedFile

_AWS: Final = "https://docs.aws.amazon.com/acm/latest/userguide/acm-bestpractices.html"
_AZURE: Final = "https://learn.microsoft.com/azure/security/fundamentals/tls-certificate-changes"
_CLOUDFLARE: Final = "https://developers.cloudflare.com/ssl/reference/certificate-pinning/"
# A domain, its owner, and the page on which the owner says that pins of these hosts break.
_OWNERS: Final = {
    "amazonaws.com": ("Amazon Web Services", _AWS),
    "cloudfront.net": ("Amazon Web Services", _AWS),
    "azure.com": ("Microsoft Azure", _AZURE),
    "azurewebsites.net": ("Microsoft Azure", _AZURE),
    "windows.net": ("Microsoft Azure", _AZURE),
    "pages.dev": ("Cloudflare", _CLOUDFLARE),
    "workers.dev": ("Cloudflare", _CLOUDFLARE),
    "stripe.com": ("Stripe", "https://docs.stripe.com/tls-certificates"),
}


def _check(file: PinnedFile) -> Iterator[Defect]:
    for site in file.all_sites:
        host = site.entry.host
        domain = next((name for name in (host, *ancestors(host)) if name in _OWNERS), None)
        if domain is not None:
            owner, page = _OWNERS[domain]
            yield Defect(
                site, f"{owner} changes the keys of this host without asking you, and advises against pins ({page})"
            )


RULE = Rule(
    id="third-party-host",
    severity=Severity.INFO,
    title="a host whose owner advises against pins",
    effect="The owner changes keys and authorities at any time, and then every client with the pins is locked out.",
    fix="pin only hosts whose keys you control; otherwise pin every root that the owner's page lists",
    example=Example(
        pin_file(KEY, STANDBY, host_table("example.s3.amazonaws.com", "api standby")),
        pin_file(KEY, STANDBY, host_table(API, "api standby")),
    ),
    check=_check,
)
