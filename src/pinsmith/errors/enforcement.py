"""The errors of enforcement: settings that would weaken it, and connections that it refused."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from pinsmith.errors.base import PinsmithError
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.certificate import Chain
    from pinsmith.policy import Key


class EnforcementError(PinsmithError, ssl.SSLCertVerificationError):
    """
    A connection was refused by pinsmith before any application byte was sent.

    It is an `ssl.SSLCertVerificationError`, so every client treats it as a failed verification and closes the
    connection. Use `find` to get this error from the exception that the client raises.

    Attributes:
        host: The canonical host whose pins were looked up; empty if there was none.
    """

    code = "refused"
    exit_code = ExitCode.MISMATCH
    library = "PINSMITH"
    reason = "APPLICATION_VERIFICATION"
    verify_code = 50  # X509_V_ERR_APPLICATION_VERIFICATION
    verify_message = "application verification failure"

    def __init__(self, message: str, *, host: str = "", hint: str | None = None, details: Sequence[str] = ()) -> None:
        super().__init__(message, hint=hint, details=details)
        self.host = host


class PinMismatchError(EnforcementError):
    """
    A host presented no pinned key.

    Attributes:
        host: The canonical host.
        presented: The verified chain, leaf first; None if there was none.
        pinned: The keys that would have been accepted.
        why: The reason, in words.
    """

    code = "pin-mismatch"

    def __init__(
        self,
        host: str,
        presented: Chain | None = None,
        pinned: Sequence[Key] | None = None,
        *,
        why: str = "presented no pinned key",
        hint: str | None = None,
    ) -> None:
        if pinned is None:  # ldap3 builds the error again: type(error)(str(error))
            host, _, why = host.partition(" ")
            pinned = ()
        details = ["presented, leaf first:"]
        details += [f"  {line}" for line in presented.summary()] if presented else ["  no verified chain"]
        details += ["pinned:", *(f"  {key.pin}  {key.name}" for key in pinned)]
        super().__init__(
            f"{host} {why}",
            host=host,
            hint=hint
            or f"if the key changed on purpose, compare with `pinsmith fetch {host}` run from another network",
            details=details,
        )
        self.presented = presented
        self.pinned = tuple(pinned)
        self.why = why


class CompromisedChainError(PinMismatchError):
    """
    The verified chain of a host contains a compromised key, so it proves nothing, even if other keys in it are pinned.

    Attributes:
        authority: The owner of the key, with the identifier of the incident if there is one.
    """

    code = "compromised-chain"

    def __init__(
        self,
        host: str,
        presented: Chain | None = None,
        pinned: Sequence[Key] | None = None,
        *,
        authority: str = "an unnamed authority",
    ) -> None:
        super().__init__(
            host,
            presented,
            pinned,
            why=f"presented a chain with the compromised key of {authority}",
            hint="anybody may hold this private key, so an attacker may have answered; if this is your server, replace "
            "its certificate with one from another authority",
        )
        self.authority = authority


class HostNotPinnedError(EnforcementError):
    """A host has no pins in force, but the policy requires pins for every host (``require-pins``)."""

    code = "host-not-pinned"
    exit_code = ExitCode.NOT_PINNED


class NoServerNameError(EnforcementError):
    """A connection has no server name, so no pins can be looked up."""

    code = "no-server-name"


class SessionRefusedError(EnforcementError):
    """A client tried to resume a TLS session that does not belong to this host and this policy."""

    code = "session-refused"


class UnsafeContextError(PinsmithError, ValueError):
    """A setting was refused because it would switch pinning or verification off."""

    code = "unsafe-context"


class InjectionError(PinsmithError, RuntimeError):
    """Pinning cannot be enforced for the whole process here."""

    code = "injection"


class SelfTestError(PinsmithError, RuntimeError):
    """Pinning was tested against a rogue server in this environment, and did not refuse it."""

    code = "self-test"
    exit_code = ExitCode.MISMATCH
