"""The metrics of ``pinsmith check`` for Prometheus."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pinsmith.certificate import Certificate
from pinsmith.checks.ending import left
from pinsmith.documents.prometheus import Metric, exposition
from pinsmith.errors import CertificateError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pinsmith.checks.host_check import HostCheck
    from pinsmith.documents.prometheus import Labels


def check_metrics(checks: Sequence[HostCheck], void: str | None = None, *, now: datetime) -> str:
    """
    Write *checks* as metrics.

    Two chains of one address, of RSA and of ECDSA, make one sample, that of the worse. A host that is switched off has
    no ``pinsmith_check_ok``, because it is neither accepted nor refused. Times are Unix time in seconds.

    Args:
        checks: The results.

        void: Why some are missing, as for `check_document`; then ``pinsmith_check_complete`` is 0.

        now: When they were made; aware.
    """
    accepted: dict[Labels, float] = {}
    ends: dict[Labels, float] = {}
    for check in checks:
        address = _address(check)
        if check.reason != "off":
            accepted[address] = min(accepted.get(address, 1), int(not check.fails))
        for labels, end in _ends(check):
            ends[labels] = min(ends.get(labels, end), end)
    return exposition(
        [
            Metric(
                "pinsmith_check_complete",
                "0 if the check was interrupted, or if the file pins no host; otherwise 1.",
                {(): int(void is None)},
            ),
            Metric("pinsmith_checks", "How many chains were checked.", {(): len(checks)}),
            Metric("pinsmith_check_time_seconds", "When they were checked.", {(): now.timestamp()}),
            Metric(
                "pinsmith_check_ok",
                "0 if clients refuse the host, or if it is not pinned or could not be read; otherwise 1.",
                accepted,
            ),
            Metric(
                "pinsmith_certificate_not_after_seconds",
                "When a certificate of the chain ends; position 0 is the leaf.",
                ends,
            ),
            Metric("pinsmith_pins_expire_seconds", "When the pins of the host end.", _expiry(checks, now)),
            Metric(
                "pinsmith_check_via",
                "1 for a host that was not reached by DNS and the authorities of the system; via says how.",
                {(*_address(check), ("via", check.via)): 1 for check in checks if check.via},
            ),
            Metric("pinsmith_findings", "How many findings there are.", _findings(checks)),
        ]
    )


def _address(check: HostCheck) -> Labels:
    port = "" if check.port is None else str(check.port)
    return (("host", check.host), ("port", port), ("address", check.address or ""))


def _ends(check: HostCheck) -> Iterator[tuple[Labels, float]]:
    for position, certificate in enumerate(check.chain or ()):
        if isinstance(certificate, Certificate):
            try:
                yield (*_address(check), ("position", str(position))), certificate.not_after.timestamp()
            except CertificateError:
                continue  # its dates cannot be read


def _expiry(checks: Sequence[HostCheck], now: datetime) -> dict[Labels, float]:
    return {
        (("host", check.host),): (now + left(check.entry.expires, now)).timestamp()
        for check in checks
        if check.entry is not None and check.entry.expires is not None
    }


def _findings(checks: Sequence[HostCheck]) -> Counter[Labels]:
    return Counter(
        (("host", check.host), ("rule", finding.rule), ("severity", str(finding.severity)))
        for check in checks
        for finding in check.findings
    )
