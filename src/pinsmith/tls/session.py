"""A TLS session that remembers the host and the policy it was made with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.errors import CertificateError, SessionRefusedError

if TYPE_CHECKING:
    import ssl
    from datetime import datetime

    from pinsmith.certificate import Chain
    from pinsmith.policy import Policy


class PinnedSession:
    """
    A TLS session that ``.session`` of a pinned connection returns and ``session=`` of a pinned context takes.

    Python resumes a session made with one host for another without comparing names or chains, and a plain
    `ssl.SSLSession` does not name its host. A pinned session does. It is refused for another host, after the policy was
    replaced, and once the certificate that it stands for has expired.
    """

    __slots__ = ("_host", "_policy", "_raw", "chain")

    def __init__(self, raw: ssl.SSLSession, host: str | None, policy: Policy, chain: Chain | None) -> None:
        self._raw = raw
        self._host = host
        self._policy = policy
        self.chain = chain

    @property
    def raw(self) -> ssl.SSLSession:
        """The session as OpenSSL knows it."""
        return self._raw

    def require(self, host: str | None, policy: Policy, now: datetime) -> None:
        """
        Raise unless the session may be resumed for *host* under *policy*.

        Raises:
            SessionRefusedError: if it belongs to another host or policy, or its certificate has expired.
        """
        if host is None or host != self._host:
            raise refuse_session("belongs to another host", host)
        if policy is not self._policy:
            raise refuse_session("was made under another policy", host)
        leaf = self.chain.leaf if self.chain else None
        try:
            expired = leaf is not None and leaf.not_after < now
        except CertificateError:
            expired = True
        if expired:
            raise refuse_session("belongs to a certificate that has expired", host)


def refuse_session(why: str, host: str | None) -> SessionRefusedError:
    """Return the error for a session that may not be resumed here."""
    return SessionRefusedError(
        f"{host or 'the connection'}: the TLS session to resume {why}",
        host=host or "",
        hint="connect without session=, or pass the .session of a connection of the same context, host and policy",
    )
