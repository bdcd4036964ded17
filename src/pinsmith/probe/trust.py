"""Trust during retrieval: the TLS contexts, made once, and OpenSSL's verdicts in plain words."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pinsmith.errors import FileError
from pinsmith.files import words_of
from pinsmith.tls._chain import RetrievingSSLObject

KeyType = Literal["rsa", "ecdsa"]
# More suites than Python chooses: nothing secret is sent, and servers that only know old suites may be pinned too. All
# these suites prove possession of the leaf's key. Level 2 judges keys and signatures as Python's default context does.
_SUITES: Final = "ECDHE:DHE:kRSA:!aNULL:!eNULL:!PSK:!SRP:!aDSS:!RC4:!3DES:@SECLEVEL=2"
_SHOWN_SUITES: Final = _SUITES.replace("SECLEVEL=2", "SECLEVEL=0")
_BY_KEY: Final[dict[KeyType, str]] = {
    "rsa": "ECDHE+aRSA:DHE+aRSA:kRSA:!aNULL:!eNULL:!PSK:!SRP:!RC4:!3DES",
    "ecdsa": "ECDHE+aECDSA:!aNULL:!eNULL",
}

# X509_V_ERR_ codes of openssl/x509_vfy.h, by their meaning to somebody who operates a server.
_CODES: Final[dict[str, tuple[str, frozenset[int]]]] = {
    "not-yet-valid": ("a certificate is not valid yet", frozenset({9})),
    "expired": ("a certificate has expired", frozenset({10})),
    "self-signed": ("the certificate is self-signed and is not a trust anchor", frozenset({18})),
    "unknown-root": ("the root of the chain is not a trust anchor", frozenset({19})),
    "unknown-issuer": (
        "the chain leads to no trust anchor; an intermediate may be missing",
        frozenset({2, 20, 21, 27}),
    ),
    "wrong-name": ("the certificate is for other hosts", frozenset({62, 64})),
    "weak": ("a key or signature is too weak", frozenset({66, 67, 68})),
}
_OTHER: Final = "the chain is invalid"


@dataclass(frozen=True, slots=True)
class Distrust:
    """
    Why OpenSSL does not trust a chain: the first fault it found; there may be more.

    Attributes:
        code: One of ``not-yet-valid``, ``expired``, ``self-signed``, ``unknown-root``, ``unknown-issuer``,
            ``wrong-name``, ``weak``, ``invalid``.
        words: The code in plain words.
        openssl: OpenSSL's message.
    """

    code: str
    words: str
    openssl: str

    @classmethod
    def of_verify_code(cls, verify_code: int, message: str) -> Distrust:
        """
        Translate OpenSSL's verdict.

        Args:
            verify_code: One of the ``X509_V_ERR_`` numbers.

            message: OpenSSL's own words.
        """
        for code, (words, numbers) in _CODES.items():
            if verify_code in numbers:
                return cls(code, words, message.rstrip("."))
        return cls("invalid", _OTHER, message.rstrip("."))

    def __str__(self) -> str:
        return f"{self.words} (OpenSSL: {self.openssl})"


class Trust:
    """
    The trust anchors of a retrieval.

    Make one and keep it: loading the system's anchors takes longer than many handshakes. Without arguments the
    system's anchors are used, as by `ssl.create_default_context`. Its other settings apply too, such as strict checks
    from Python 3.13 on.

    Args:
        cafile: PEM certificates to trust instead of the system's.

        capath: A directory of such, in OpenSSL's hashed form.

        cadata: PEM text or DER bytes of such.

    Raises:
        FileError: If *cafile* or *capath* cannot be read, or holds no certificate.
        ValueError: If *cadata* does not consist of certificates.
    """

    def __init__(
        self,
        *,
        cafile: str | os.PathLike[str] | None = None,
        capath: str | os.PathLike[str] | None = None,
        cadata: str | bytes | None = None,
    ) -> None:
        self._cafile, self._capath, self._cadata = cafile, capath, cadata
        self._verifying: dict[KeyType | None, ssl.SSLContext] = {}
        self._showing: dict[KeyType | None, ssl.SSLContext] = {}
        self.verifying(None)  # so that a broken file is reported here

    def verifying(self, key_type: KeyType | None) -> ssl.SSLContext:
        """Return the context that verifies chain and host name."""
        context = self._verifying.get(key_type)
        if context is None:
            context = self._load()
            context.sslobject_class = RetrievingSSLObject
            _choose_suites(context, _SUITES, key_type)
            self._verifying[key_type] = context
        return context

    def showing(self, key_type: KeyType | None) -> ssl.SSLContext:
        """Return the context that verifies nothing, to see a chain that was found untrusted."""
        context = self._showing.get(key_type)
        if context is None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            context.sslobject_class = RetrievingSSLObject
            _choose_suites(context, _SHOWN_SUITES, key_type)
            self._showing[key_type] = context
        return context

    def anchors(self) -> list[bytes]:
        """Return the DER certificates of the trust anchors; those of a directory only once a chain needed them."""
        return self.verifying(None).get_ca_certs(binary_form=True)

    def _load(self) -> ssl.SSLContext:
        path = self._cafile or self._capath
        try:
            return ssl.create_default_context(cafile=self._cafile, capath=self._capath, cadata=self._cadata)
        except ssl.SSLError as error:
            if path is None:
                raise ValueError(f"the trust anchors cannot be read: {error.reason or error}") from error
            raise FileError(
                f"{path} contains no trust anchors: expected PEM certificates",
                path=str(path),
                hint=f"`pinsmith show {path}` prints what it contains",
            ) from error
        except OSError as error:
            raise FileError(f"{path} cannot be read: {words_of(error)}", path=str(path)) from error


def _choose_suites(context: ssl.SSLContext, suites: str, key_type: KeyType | None) -> None:
    if key_type is None:
        context.set_ciphers(suites)
        return
    level = suites.rpartition(":")[2]
    context.set_ciphers(f"{_BY_KEY[key_type]}:{level}")
    context.maximum_version = ssl.TLSVersion.TLSv1_2


def folders_of(trust: Trust) -> list[Path]:
    """Return the directories in which OpenSSL looks for further anchors of *trust*."""
    given = trust._capath or trust._cafile or trust._cadata  # noqa: SLF001 - of this module
    folders = trust._capath if given else ssl.get_default_verify_paths().capath  # noqa: SLF001
    return [Path(folder) for folder in os.fspath(folders or "").split(os.pathsep) if Path(folder).is_dir() and folder]
