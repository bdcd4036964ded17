"""
Every exception of pinsmith, as a tree. Each area has a module.

::

    PinsmithError
    │   enforcement
    ├── EnforcementError                      a connection was refused (a subclass of ssl.SSLCertVerificationError)
    │   ├── PinMismatchError
    │   │   └── CompromisedChainError
    │   ├── HostNotPinnedError
    │   ├── NoServerNameError
    │   └── SessionRefusedError
    ├── UnsafeContextError                    a setting would switch pinning off
    ├── InjectionError                        pinning cannot be enforced for the whole process
    ├── SelfTestError                         pinning was tested here, and did not work
    │   fetch
    ├── FetchError                            a live host could not be read
    │   ├── ResolveError                      its name has no address
    │   ├── ConnectError                      no TCP connection was made
    │   ├── StartTLSError                     the server did not change to TLS
    │   ├── PlaintextError                    the port answers, but not with TLS
    │   └── HandshakeError                    TLS failed for a reason other than trust
    │       ├── HandshakeTimeoutError
    │       └── NoCertificateError
    │   file
    ├── FileError                             a file cannot be read or written
    │   └── LockedError                       another command is changing it
    │   format
    ├── FormatError                           a platform's file cannot be read, with file and line
    │   └── NothingPinnedError                it pins no host
    ├── UnknownFormatError                    there is no such format, or no format recognises the file
    ├── ExportError                           a policy cannot be written in a format
    │   ├── ExportRefusedError                the output would lock users out, or pin nothing
    │   ├── LossError                         something would be lost without consent
    │   ├── ForeignPinsError                  a file would lose pins that the pin file does not contain
    │   └── EndingPinsError                   the pins have ended, or will soon
    │   lab
    ├── LabError                              a client could not be tried in the lab
    │   ├── PlaceholderError                  its command line has an unknown placeholder
    │   ├── ClientStartError                  there is no such program, or it cannot be started
    │   ├── ClientStoppedError                the lab was stopped while the client ran
    │   ├── ClientFailsError                  the client was tested, and does not pin as it should
    │   └── LabBrokenError                    the lab itself failed
    │   material
    ├── MaterialError                         a file contains nothing that can be pinned
    │   └── PasswordError                     it is encrypted, and the password is missing or wrong
    │   pinfile
    ├── ParseError                            a pin file cannot be read, with file, line and key path
    │   report
    ├── ReportError                           bytes are not a report of a pinning failure that can be read
    │   usage
    ├── UsageError                            options or arguments contradict each other, or one is missing
    │   value
    ├── PinFormatError                        a text is not a pin
    │   └── KnownBadPinError                  no key can have this pin
    │       └── CompromisedAuthorityError     the key of this pin is compromised
    ├── CertificateError                      bytes are not a certificate
    ├── HostError                             a text is not a host
    └── PolicyError                           values contradict each other

``str(error)`` is the first line of the message: subject, verb, fact. The command line prints `PinsmithError.details`
and `PinsmithError.hint` below it. All errors can be pickled.
"""

from __future__ import annotations

from pinsmith.errors.base import PinsmithError
from pinsmith.errors.cause import find
from pinsmith.errors.enforcement import (
    CompromisedChainError,
    EnforcementError,
    HostNotPinnedError,
    InjectionError,
    NoServerNameError,
    PinMismatchError,
    SelfTestError,
    SessionRefusedError,
    UnsafeContextError,
)
from pinsmith.errors.fetch import (
    ConnectError,
    FetchError,
    HandshakeError,
    HandshakeTimeoutError,
    NoCertificateError,
    PlaintextError,
    ResolveError,
    StartTLSError,
)
from pinsmith.errors.file import FileError, LockedError
from pinsmith.errors.format import (
    EndingPinsError,
    ExportError,
    ExportRefusedError,
    ForeignPinsError,
    FormatError,
    LossError,
    NothingPinnedError,
    UnknownFormatError,
)
from pinsmith.errors.lab import (
    ClientFailsError,
    ClientStartError,
    ClientStoppedError,
    LabBrokenError,
    LabError,
    PlaceholderError as PlaceholderError,
)
from pinsmith.errors.material import MaterialError, PasswordError as PasswordError
from pinsmith.errors.pinfile import ParseError
from pinsmith.errors.report import ReportError as ReportError
from pinsmith.errors.usage import UsageError as UsageError
from pinsmith.errors.value import (
    CertificateError,
    CompromisedAuthorityError,
    HostError,
    KnownBadPinError,
    PinFormatError,
    PolicyError,
)

__all__ = [
    "CertificateError",
    "ClientFailsError",
    "ClientStartError",
    "ClientStoppedError",
    "CompromisedAuthorityError",
    "CompromisedChainError",
    "ConnectError",
    "EndingPinsError",
    "EnforcementError",
    "ExportError",
    "ExportRefusedError",
    "FetchError",
    "FileError",
    "ForeignPinsError",
    "FormatError",
    "HandshakeError",
    "HandshakeTimeoutError",
    "HostError",
    "HostNotPinnedError",
    "InjectionError",
    "KnownBadPinError",
    "LabBrokenError",
    "LabError",
    "LockedError",
    "LossError",
    "MaterialError",
    "NoCertificateError",
    "NoServerNameError",
    "NothingPinnedError",
    "ParseError",
    "PinFormatError",
    "PinMismatchError",
    "PinsmithError",
    "PlaintextError",
    "PolicyError",
    "ResolveError",
    "SelfTestError",
    "SessionRefusedError",
    "StartTLSError",
    "UnknownFormatError",
    "UnsafeContextError",
    "find",
]

# Mistakes in a command line, and errors in what only commands read. A program has no use for their names: it can catch
# the base of each, and the command line prints them.
_OF_COMMANDS = ("PasswordError", "PlaceholderError", "ReportError", "UsageError")

# Tracebacks, pickles and the documentation name this package, because users import errors from it.
for _name in (*__all__, *_OF_COMMANDS):
    globals()[_name].__module__ = __name__
