"""The judgement for pyOpenSSL and Twisted, made inside the handshake by OpenSSL's verification callback."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pinsmith.certificate import Certificate, Chain
from pinsmith.errors import UnsafeContextError
from pinsmith.host import dialled_host
from pinsmith.verdict import Matched, Mismatched, decide, require

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.policy import Policy
    from pinsmith.tls.event import Reporter


class Verifier:
    """
    Collects the chain that OpenSSL verifies and judges it when OpenSSL reaches the leaf.

    OpenSSL calls it for every certificate, from the trust anchor down to the leaf. If OpenSSL itself refuses a
    certificate, that is final. The host name is compared here, because pyOpenSSL does not compare it.

    Args:
        policy: The pins.

        name: The host the connection is made to, in any spelling.

        reporter: Reports mismatches.

        clock: Returns the time, aware; for tests.

        compares_every_name:
            Whether to compare the host name also where no pins are in force. False if the program compares it.

    Raises:
        UnsafeContextError: the host's entry says ``trust = "pins-only"``, which this callback cannot do.

    Source:
        OpenSSL's ``X509_STORE_CTX_set_verify_cb(3)`` and ``crypto/x509/x509_vfy.c``
    """

    def __init__(
        self,
        policy: Policy,
        name: str,
        reporter: Reporter,
        clock: Callable[[], datetime] | None = None,
        *,
        compares_every_name: bool = True,
    ) -> None:
        self.host = dialled_host(name)
        entry = policy.find(self.host)
        if entry is not None and entry.trust == "pins-only":
            raise UnsafeContextError(
                f'{self.host}: trust = "pins-only" is not possible with pyOpenSSL and Twisted',
                hint="use pinsmith.PinnedSSLContext with a client of the standard library's ssl",
            )
        self._policy = policy
        self._reporter = reporter
        self._clock = clock or _utc_now
        self._compares_every_name = compares_every_name
        self._chain: dict[int, bytes] = {}
        self.judged = False

    def __call__(self, der: bytes, depth: int, *, ok: bool) -> bool:
        """
        Take one certificate, DER.

        Returns:
            Whether the handshake may go on.

        Raises:
            EnforcementError: if the leaf was reached and the pins do not match.
            ssl.SSLCertVerificationError: if the pins match, but the leaf names other hosts.
        """
        if not ok:
            return False
        if depth >= max(self._chain, default=0):
            self._chain.clear()  # a new chain begins, as in a renegotiation
            self.judged = False
        self._chain[depth] = der
        if depth == 0:
            self._require_match(Chain.of_der([self._chain[place] for place in sorted(self._chain)]))
            self.judged = True
        return True

    def _require_match(self, chain: Chain) -> None:
        now = self._clock()
        verdict = decide(self._policy, self.host, chain, now=now)
        if isinstance(verdict, Mismatched):
            self._reporter.tell(verdict, policy=self._policy, time=now, port=None, presented=chain, verified=chain)
        require(self._policy, verdict)
        compares_name = self._compares_every_name or isinstance(verdict, Matched)
        if compares_name and not Certificate(self._chain[0]).covers(self.host):
            raise ssl.SSLCertVerificationError(f"host name mismatch: the certificate is not valid for {self.host}")


def _utc_now() -> datetime:
    return datetime.now(UTC)
