"""
A request that is ended before its connection is ready, and then a second one to the same place: MODULE URL CAFILE.

It says "ended" after the first, and waits for a line before the second. MODULE ``plain`` compares nothing, and stands
for all that compare when they are told of a new connection. It prints what it is told, of mismatches too.
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


def say(word: str) -> None:
    """Tell the test."""
    print(word, flush=True)  # noqa: T201 - a program prints


def main(module: str, url: str, cafile: str) -> str | None:
    """Return what the second request came to."""
    app = QCoreApplication([])
    manager = QNetworkAccessManager()
    if module != "plain":
        manager = import_module(module).PinnedNetworkAccessManager()
        manager.mismatched.connect(lambda host, pin, ended: say(f"{host} {pin} {ended}"))
    manager.encrypted.connect(lambda _: say("told"))
    configuration = QSslConfiguration.defaultConfiguration()
    configuration.setCaCertificates(QSslCertificate.fromPath(cafile))
    request = QNetworkRequest(QUrl(url))
    request.setSslConfiguration(configuration)
    first = manager.get(request)
    replies = [first]

    def end() -> None:
        first.abort()
        say("ended")

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
