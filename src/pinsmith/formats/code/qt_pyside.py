"""Qt for Python: a QNetworkAccessManager that pins."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats._guide import Addition
from pinsmith.formats.code._language import PYTHON
from pinsmith.formats.code._target import code_format

LIMITS: Final = (
    "Not pinned: other managers, QWebSocket, QSslSocket and QtWebEngine.",
    (
        "Keys of authorities are not compared. Qt passes on the presented chain, not the verified one, so only the key"
        " of the leaf counts."
    ),
    (
        "With TLS 1.2 a server may change its key by renegotiation, which Qt cannot forbid. Set"
        " `QSslConfiguration::setProtocol` to TLS 1.3 or later if all servers support it."
    ),
    "Do not replace the cache of the manager while a request is running. Qt would crash.",
)
"""The limits of Qt, in both languages."""

REMARKS: Final = (
    "To trust other authorities, use `QSslConfiguration::setCaCertificates` on the request.",
    (
        "Requests that follow each other share a connection, with HTTP/1.1, if host, port, `peerVerifyName` and"
        " `QSslConfiguration` are equal. Requests at the same time have a connection each, because Qt does not signal"
        " when an open connection is given to another request."
    ),
    (
        "A connection is closed after a TLS error, even one that the program ignored, after a network error and after a"
        " response from the cache. It is also closed if Qt tried a second connection, for example to another address."
    ),
    "A mismatch of a host in report-only mode is reported once for each connection.",
    (
        "The pins are those of the request's `peerVerifyName`, if it is set, because Qt checks the certificate for"
        " that name."
    ),
    "Hosts without pins that require-pins refuses are not reported.",
)
"""Remarks about Qt, in both languages."""

FORMAT: Final = code_format(
    id="qt-pyside",
    title="Qt for Python (PySide6), QNetworkAccessManager",
    spec="https://doc.qt.io/qt-6/qnetworkreply.html#encrypted",
    language=PYTHON,
    suffix=".py",
    compromised="leaf",
    can=Can(
        addresses=True,
        subdomains="any-depth",
        exempts=True,
        expiry=True,
        report_only=True,
        require_pins=True,
        matches="leaf",
    ),
    platforms=("python",),
    place="src/pins.py",
    additions=(Addition("shell", "pip install PySide6"),),
    usage="""
from pins import PinnedNetworkAccessManager

manager = PinnedNetworkAccessManager(parent)  # instead of QNetworkAccessManager(parent)
manager.mismatched.connect(lambda host, pin, aborted: print(host, "presented", pin))
reply = manager.get(QNetworkRequest(QUrl("https://api.example.com/")))
""",
    options=(
        OutputOption("class", "the name of the class", default="PinnedNetworkAccessManager", pattern=PYTHON.name),
    ),
    limits=(*LIMITS, "A proxy factory of the manager is ignored. Use `setProxy`, or the factory of the application."),
    remarks=(
        "It needs PySide6 6.3 or later.",
        *REMARKS,
        "`clearAccessCache` and `clearConnectionCache` close the connections that no request uses.",
    ),
)
