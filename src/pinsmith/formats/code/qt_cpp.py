"""Qt for C++: a QNetworkAccessManager that pins, in one header."""

from __future__ import annotations

from typing import Final

from pinsmith.formats._format import Can, OutputOption
from pinsmith.formats._guide import Addition
from pinsmith.formats.code._language import CPP
from pinsmith.formats.code._target import code_format
from pinsmith.formats.code.qt_pyside import LIMITS, REMARKS

FORMAT: Final = code_format(
    id="qt-cpp",
    title="Qt 6 for C++, QNetworkAccessManager",
    spec="https://doc.qt.io/qt-6/qnetworkreply.html#encrypted",
    language=CPP,
    suffix=".h",
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
    platforms=("languages",),
    place="src/pins.h",
    additions=(
        Addition(
            "CMakeLists.txt",
            """
find_package(Qt6 REQUIRED COMPONENTS Network)
target_link_libraries(app PRIVATE Qt6::Network)
""",
        ),
    ),
    usage="""
#include "pins.h"

pins::PinnedNetworkAccessManager manager; // instead of QNetworkAccessManager
manager.onMismatch = [](const pins::Mismatch& mismatch) {
    qWarning() << mismatch.host << "presented" << mismatch.pin;
};
QNetworkReply* reply = manager.get(QNetworkRequest(QUrl("https://api.example.com/")));
""",
    options=(
        OutputOption("namespace", "the namespace", default="pins", pattern=CPP.name),
        OutputOption("class", "the name of the class", default="PinnedNetworkAccessManager", pattern=CPP.name),
    ),
    limits=LIMITS,
    remarks=(
        "It is one header for C++17 and Qt 6.3 or later, and does not need moc.",
        *REMARKS,
        (
            "`clearAccessCache` and `clearConnectionCache` close the connections that no request uses. They are not"
            " virtual in Qt, so call them on the class itself and not through a pointer to QNetworkAccessManager."
        ),
    ),
)
