"""
Abort a request before its connection is ready, then send a second one to the same server: MODULE URL CAFILE.

The program prints "ended" after the first request, and waits for a line of input before the second. MODULE ``plain``
compares nothing; it stands for code that compares only on the signal of a new connection. The program prints each such
signal and each mismatch.
"""

from __future__ import annotations

import sys
from importlib import import_module

from PySide6.QtCore import QCoreApplication, QSocketNotifier, QUrl
from PySide6.QtNetwork import (
    QNetworkAccessManager,
    QNetworkReply,
    QNetworkRequest,
    QSslCertificate,
    QSslConfiguration,
)


def report(word: str) -> None:
    """Print a line for the test."""
    print(word, flush=True)  # noqa: T201 - a program prints


def main(module: str, url: str, cafile: str) -> str | None:
    """Return the error of the second request, or None."""
    app = QCoreApplication([])
    manager = QNetworkAccessManager()
    if module != "plain":
        manager = import_module(module).PinnedNetworkAccessManager()
        manager.mismatched.connect(lambda host, pin, ended: report(f"{host} {pin} {ended}"))
    manager.encrypted.connect(lambda _: report("encrypted"))
    configuration = QSslConfiguration.defaultConfiguration()
    configuration.setCaCertificates(QSslCertificate.fromPath(cafile))
    request = QNetworkRequest(QUrl(url))
    request.setSslConfiguration(configuration)
    first = manager.get(request)
    replies = [first]

    def end() -> None:
        first.abort()
        report("ended")

    def again() -> None:
        stdin.setEnabled(False)
        second = manager.get(request)
        replies.append(second)
        second.finished.connect(app.quit)

    first.socketStartedConnecting.connect(end)
    stdin = QSocketNotifier(0, QSocketNotifier.Type.Read)
    stdin.activated.connect(again)
    app.exec()
    second = replies[-1]
    return None if second.error() == QNetworkReply.NetworkError.NoError else second.errorString()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
