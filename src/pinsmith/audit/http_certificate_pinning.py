"""
http_certificate_pinning for Dart, whose fingerprints are digests of certificates, so its hosts are notes.

Source:
    https://github.com/diefferson/http_certificate_pinning: ``check``, ``CertificatePinningInterceptor`` and
    ``SecureHttpClient.build`` take ``allowedSHAFingerprints``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.audit._call import called, labelled
from pinsmith.audit._extractor import Extractor, Pinning, Remark
from pinsmith.audit._url import host_of
from pinsmith.audit._value import Known, position_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit._code import Code

_FINGERPRINTS: Final = "allowedSHAFingerprints"
_FUNCTIONS: Final = frozenset({"CertificatePinningInterceptor", "check"})


def _find(code: Code) -> Iterator[Pinning]:
    for call in code.find_kinds(code.language.calls):
        name, arguments = called(call, code.language)
        labels = labelled(arguments)
        if _FINGERPRINTS in labels and name in _FUNCTIONS:
            url, at = labels.get("serverURL"), position_of(call)
            host = host_of(url, code) if url is not None else None
            subject = host.text if isinstance(host, Known) else "a host that this file does not name"
            text = f"{_FINGERPRINTS} of {subject} are digests of certificates, and a policy holds those of keys"
            yield Pinning((host,) if host else (), (), at, remarks=(Remark("pins-not-kept", text, at),))


EXTRACTOR: Final = Extractor(
    id="http-certificate-pinning",
    title="http_certificate_pinning",
    signs=(_FINGERPRINTS,),
    formats={"dart": "dart-io"},
    find=_find,
)
