"""
Every exception of pinsmith, as a tree.

::

    PinsmithError
    ├── PinFormatError, KnownBadPinError      a text that is not a pin
    │   └── CompromisedAuthorityError         a pin of a key that strangers hold
    ├── CertificateError                      bytes that are not a certificate
    ├── MaterialError, PasswordError          a file that holds nothing to pin, or only behind a password
    ├── HostError                             a name that is not a host
    ├── PolicyError                           values that make no policy
    ├── ParseError                            a pin file, with file, line and key path
    ├── FormatError                           a platform's file, with file and line
    │   └── NothingPinnedError                it pins no host
    ├── UnknownFormatError                    there is no such format, or nothing recognises the file
    ├── ExportError                           a policy cannot be written in a format
    │   ├── ExportRefusedError                it would lock users out, or pin nothing
    │   ├── LossError                         something would be lost that nobody agreed to
    │   ├── ForeignPinsError                  a file would lose pins that the pin file does not know
    │   └── EndingPinsError                   the pins have ended, or will soon
    ├── FileError                             a file that cannot be read or written
    │   └── LockedError                       another command is changing it
    ├── UnsafeContextError                    a setting that would switch pinning off
    ├── InjectionError                        process-wide enforcement is not possible here
    ├── SelfTestError                         enforcement was tried and did not hold
    ├── LabError                              a client could not be tried in the lab
    │   ├── PlaceholderError                  its command line names an unknown value
    │   ├── ClientStartError                  there is no such program, or it cannot be started
    │   ├── ClientStoppedError                the lab was told to stop while it ran
    │   ├── ClientFailsError                  it was tried, and does not pin as it should
    │   └── LabBrokenError                    the lab itself failed
    ├── FetchError                            a live host could not be read
    │   ├── ResolveError                      its name has no address
    │   ├── ConnectError                      no TCP connection came about
    │   ├── StartTLSError                     it could not be talked into TLS
    │   ├── PlaintextError                    the port speaks, but not TLS
    │   └── HandshakeError                    TLS failed for another reason than trust
    │       ├── HandshakeTimeoutError
    │       └── NoCertificateError
    └── EnforcementError                      a connection was refused (is an ssl.SSLCertVerificationError)
        ├── PinMismatchError
        │   └── CompromisedChainError
        ├── HostNotPinnedError
        ├── NoServerNameError
        └── SessionRefusedError

``str(error)`` is the first line: subject, verb, fact. `PinsmithError.details` and `PinsmithError.hint` are what a
command line adds below. All errors pickle.
"""

from __future__ import annotations

from pinsmith._causes import causes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, ClassVar, TypeVar

    E = TypeVar("E", bound="PinsmithError")


class PinsmithError(Exception):
    """
    The base of all.

    Attributes:
        code: Kebab-case, stable, an anchor in the errors page.
        exit_code: What the command line exits with.
        hint: What to do, as a command or a sentence; None rather than vague.
        details: Lines that follow the first.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str | None = None, details: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.hint = hint
        self.details = tuple(details)

    def __str__(self) -> str:
        return str(self.args[0])

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.args, self.__dict__.copy())


class ReportsNotSentWarning(UserWarning):
    """A policy has report-uris, but nothing sends reports there: pinsmith does not, and the program has no callback."""


def _restore(cls: type[E], args: tuple[Any, ...], state: dict[str, Any]) -> E:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class PinFormatError(PinsmithError, ValueError):
    """A text is not a pin, or not in the spelling that is expected here."""

    code = "invalid-pin"


class KnownBadPinError(PinFormatError):
    """A well-formed pin that no key can have: a placeholder or the hash of nothing."""

    code = "known-bad-pin"


class CompromisedAuthorityError(KnownBadPinError):
    """
    A pin belongs to a key that nobody may trust, because others than its owner can sign with it.

    There is no option that allows such a pin.

    Attributes:
        pin: The pin, as pins.toml writes it.
        name: Of the key's owner, with the identifier of the incident where there is one.
        source: Where the incident is documented; empty for a key that the pin file itself lists.
    """

    code = "compromised-authority"

    def __init__(self, pin: str, name: str, source: str = "") -> None:
        documented = f"; see {source}" if source else ""
        super().__init__(
            f"{pin!r} is the key of {name}, which is compromised",
            hint=f"anybody may hold this private key{documented}: remove the pin, and pin a key of your own or another "
            "authority",
        )
        self.pin, self.name, self.source = pin, name, source


class CertificateError(PinsmithError, ValueError):
    """Bytes are not a certificate, or not one that can be read safely."""

    code = "invalid-certificate"


class MaterialError(PinsmithError, ValueError):
    """The content of a file holds no certificate, request or key, or a damaged one."""

    code = "unreadable-material"


class PasswordError(MaterialError):
    """
    The content of a file is encrypted, and no password or a wrong one was given.

    Attributes:
        given: Whether there was a password.
    """

    code = "password"

    def __init__(self, message: str, *, given: bool, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.given = given


class HostError(PinsmithError, ValueError):
    """A text is not a host name or IP address."""

    code = "invalid-host"


class PolicyError(PinsmithError, ValueError):
    """Values contradict each other and make no policy."""

    code = "invalid-policy"


class ParseError(PinsmithError, ValueError):
    """
    A pin file cannot be read.

    Attributes:
        file: As the user named it.
        line: From 1; None when the fault has no place, as in an empty file.
        key_path: Such as ``host[0].keys``; empty when the TOML itself is broken.
        problem: The fact, without the place.
    """

    code = "invalid-pin-file"

    def __init__(
        self, problem: str, *, file: str, line: int | None = None, key_path: str = "", hint: str | None = None
    ) -> None:
        place = f"{file}:{line}" if line else file
        super().__init__(f"{place}: {key_path}: {problem}" if key_path else f"{place}: {problem}", hint=hint)
        self.problem, self.file, self.line, self.key_path = problem, file, line, key_path


class FileError(PinsmithError, OSError):
    """
    A file cannot be read or written; what stood there before still stands.

    Attributes:
        path: As the user named it.
    """

    code = "file"

    def __init__(self, message: str, *, path: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.path = path


class LockedError(FileError):
    """
    Another command is changing the same file; nothing was done.

    Attributes:
        holder: The other command, as far as it is known, such as ``process 4711 (pinsmith add), since 12:00:00 UTC``.
    """

    code = "locked"

    def __init__(self, message: str, *, path: str, holder: str, hint: str | None = None) -> None:
        super().__init__(message, path=path, hint=hint)
        self.holder = holder


class UnsafeContextError(PinsmithError, ValueError):
    """A setting was refused because it would switch pinning or verification off."""

    code = "unsafe-context"


class InjectionError(PinsmithError, RuntimeError):
    """Pinning cannot be enforced for the whole process here."""

    code = "injection"


class SelfTestError(PinsmithError, RuntimeError):
    """Enforcement was tried against a rogue server in this environment and did not hold."""

    code = "self-test"
    exit_code = 3


def find(error: BaseException | None) -> PinsmithError | None:
    """
    Dig the pinsmith error out of whatever a client raised.

    Looks through causes, contexts, exception groups, arguments and the attributes clients keep the original in.

    Returns:
        The first one found, nearest first; None if there is none.
    """
    return next((each for each in causes(error) if isinstance(each, PinsmithError)), None)


# At the end, because these build on the classes above.
from pinsmith import (  # noqa: E402
    _enforcement_errors as _enforcement,
    _fetch_errors as _fetch,
    _format_errors as _format,
    _lab_errors as _lab,
)

FetchError = _fetch.FetchError
ResolveError = _fetch.ResolveError
ConnectError = _fetch.ConnectError
PlaintextError = _fetch.PlaintextError
StartTLSError = _fetch.StartTLSError
HandshakeError = _fetch.HandshakeError
HandshakeTimeoutError = _fetch.HandshakeTimeoutError
NoCertificateError = _fetch.NoCertificateError

LabError = _lab.LabError
PlaceholderError = _lab.PlaceholderError
ClientStartError = _lab.ClientStartError
ClientStoppedError = _lab.ClientStoppedError
ClientFailsError = _lab.ClientFailsError
LabBrokenError = _lab.LabBrokenError

EnforcementError = _enforcement.EnforcementError
PinMismatchError = _enforcement.PinMismatchError
CompromisedChainError = _enforcement.CompromisedChainError
HostNotPinnedError = _enforcement.HostNotPinnedError
NoServerNameError = _enforcement.NoServerNameError
SessionRefusedError = _enforcement.SessionRefusedError

FormatError = _format.FormatError
NothingPinnedError = _format.NothingPinnedError
UnknownFormatError = _format.UnknownFormatError
ExportError = _format.ExportError
ExportRefusedError = _format.ExportRefusedError
LossError = _format.LossError
ForeignPinsError = _format.ForeignPinsError
EndingPinsError = _format.EndingPinsError
