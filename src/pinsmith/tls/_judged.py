"""What a pinned context and its inner one, for ``trust = "pins-only"``, have in common."""

from __future__ import annotations

import ssl

from pinsmith.errors import UnsafeContextError
from pinsmith.host import dialled_host
from pinsmith.tls._chain import CreationHooks, checks
from pinsmith.tls._connection_record import ConnectionRecord
from pinsmith.tls._enforcer import Enforcer, refuse_session
from pinsmith.tls._socket import GuardedSSLObject, GuardedSSLSocket
from pinsmith.tls.session import PinnedSession

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final, Self

NO_RENEGOTIATION: Final = ssl.OP_NO_RENEGOTIATION
_OPTIONS: Any = vars(ssl.SSLContext)["options"]


class EnforcingContext(CreationHooks):
    """What the pinned context and its inner one share: every connection gets a record and guarded classes."""

    sslsocket_class = GuardedSSLSocket
    sslobject_class = GuardedSSLObject
    _enforcer: Enforcer
    _is_pins_only = False

    def _before_creation(self, owner: object, server_hostname: str | None, session: object) -> Any:
        if not isinstance(owner, (GuardedSSLSocket, GuardedSSLObject)):
            raise UnsafeContextError(
                f"a {type(owner).__module__}.{type(owner).__name__} asks for the connection, which cannot be guarded",
                hint="sslsocket_class was set, or gevent or eventlet replaced ssl's classes: see docs/clients",
            )
        host = None if server_hostname is None else dialled_host(server_hostname)
        earlier = getattr(owner, "_pinsmith", None)
        if earlier is not None and earlier[1].refusal is not None:
            raise earlier[1].again()
        record = ConnectionRecord(host, *checks(self), self._is_pins_only)
        owner._pinsmith = (self._enforcer, record)
        if session is None:
            return None
        if not isinstance(session, PinnedSession):
            raise refuse_session("is not bound to a host", host)
        session.require(host, self._enforcer.policy, self._enforcer.clock())
        record.session = session
        return session.raw

    def _after_creation(self, owner: Any) -> None:
        record: ConnectionRecord = owner._pinsmith[1]
        verifies, checks_host_name = checks(self)
        record.verifies &= verifies
        record.checks_host_name &= checks_host_name

    @property
    def options(self) -> ssl.Options:
        """OpenSSL's options. TLS 1.2 renegotiation stays off: it could change the certificate after the judgement."""
        return super().options

    @options.setter
    def options(self, value: int) -> None:
        _OPTIONS.__set__(self, value | NO_RENEGOTIATION)

    def set_psk_client_callback(self, *args: Any, **_kwargs: Any) -> None:
        """Refuse: with a pre-shared key there is no certificate and so no pin."""
        if args[:1] != (None,):
            raise UnsafeContextError(
                "a pre-shared key leaves no certificate to pin", hint="use a context of its own for such servers"
            )


class PinsOnlyContext(EnforcingContext):
    """The context of hosts with ``trust = "pins-only"``: nothing is verified but the pin of the leaf's key."""

    _is_pins_only = True

    def __new__(cls, enforcer: Enforcer) -> Self:
        self = super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)
        self._enforcer = enforcer
        self.check_hostname = False
        self.verify_mode = ssl.CERT_NONE
        self.options |= NO_RENEGOTIATION
        return self

    def __init__(self, enforcer: Enforcer) -> None:
        """Everything is done in ``__new__``, as in `ssl.SSLContext`."""
