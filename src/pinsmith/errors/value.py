"""The errors of values: pins, certificates, hosts and policies."""

from __future__ import annotations

from pinsmith.errors.base import PinsmithError


class PinFormatError(PinsmithError, ValueError):
    """A text is not a pin, or does not have the spelling that is required here."""

    code = "invalid-pin"


class KnownBadPinError(PinFormatError):
    """A well-formed pin that no key can have: a placeholder or the hash of nothing."""

    code = "known-bad-pin"


class CompromisedAuthorityError(KnownBadPinError):
    """
    A pin belongs to a key that nobody may trust, because people other than its owner can sign with it.

    There is no option that allows such a pin.

    Attributes:
        pin: The pin, in the spelling of pins.toml.
        name: The owner of the key, with the identifier of the incident if there is one.
        source: Where the incident is documented; empty for a key that the pin file itself lists.
    """

    code = "compromised-authority"

    def __init__(self, pin: str, name: str, source: str = "") -> None:
        documented = f" ({source})" if source else ""
        super().__init__(
            f"{pin!r} is the key of {name}, which is compromised",
            hint=f"remove the pin, because anybody may hold this private key{documented}; pin a key of your own or of "
            "another authority",
        )
        self.pin, self.name, self.source = pin, name, source


class CertificateError(PinsmithError, ValueError):
    """Bytes are not a certificate, or not one that can be read safely."""

    code = "invalid-certificate"


class HostError(PinsmithError, ValueError):
    """A text is not a host name or IP address."""

    code = "invalid-host"


class PolicyError(PinsmithError, ValueError):
    """Values contradict each other, so they are not a policy."""

    code = "invalid-policy"
