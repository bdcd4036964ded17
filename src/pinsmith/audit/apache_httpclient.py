"""
Apache HttpClient 5.6: ``SpkiPinningClientTlsStrategy.newBuilder(context).add(pattern, pins...)``.

Source:
    https://github.com/apache/httpcomponents-client, ``SpkiPinningClientTlsStrategy``: ``*.`` stands for exactly one
    label, and the certificates that the server presents are compared, also those outside of the verified chain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.audit import okhttp
from pinsmith.audit._extractor import Extractor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit._code import Code
    from pinsmith.audit._extractor import Pinning

_SIGN: Final = "SpkiPinningClientTlsStrategy"


def _find(code: Code) -> Iterator[Pinning]:
    if "CertificatePinner" not in code.text:  # the calls look alike
        yield from okhttp.added(code, _SIGN)


EXTRACTOR: Final = Extractor(
    id="apache-httpclient",
    title="Apache HttpClient",
    signs=(_SIGN,),
    formats={"java": "apache-httpclient"},
    find=_find,
    read_host=okhttp.EXTRACTOR.read_host,
    style="sha256/",
    joins=True,
)
