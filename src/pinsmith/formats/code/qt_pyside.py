"""Qt for Python: a QNetworkAccessManager that pins."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats.code._language import PYTHON
from pinsmith.formats.code._target import code_format

LIMITS: Final = (
    "Authorities: Qt shows the chain as the server sent it, so nothing but the leaf's key is compared.",
    "Managers other than this one, QWebSocket, QSslSocket and QtWebEngine.",
    "A cache that is replaced while a request is under way: Qt would go on with the old one, and crash.",
    "TLS 1.2 renegotiation: a server that has a pinned key may go on with another; Qt cannot forbid it.",
)
"""Of Qt, whatever the language."""

REMARKS: Final = (
    (
        "Each request has connections of its own, by HTTP/1.1: Qt says when a connection is made, not when it passes "
        "to a request that it was not made for."
    ),
    "Hosts that `require-pins` refuses for want of pins are refused without a signal.",
    "A host is looked up by the request's `peerVerifyName` where that is set, for that is what Qt compares.",
    "`QSslConfiguration.setProtocol` with TLS 1.3 or later rules renegotiation out, where all servers speak that.",
)
"""Of Qt too."""

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
    options=(
        OutputOption("class", "the name of the class", default="PinnedNetworkAccessManager", pattern=PYTHON.name),
    ),
    limits=LIMITS,
    remarks=(
        (
            "`PinnedNetworkAccessManager(parent)` takes the place of a QNetworkAccessManager, redirects included; "
            "connect `mismatched` to hear of failures."
        ),
        "Other trust anchors are set as always: `QSslConfiguration.setCaCertificates` on the request.",
        *REMARKS,
        "A proxy factory of the manager is not asked: use `setProxy`, or the application's factory.",
    ),
)
