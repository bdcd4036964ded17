"""
Send requests one after the other: MODULE CAFILE STEP...

A step is a URL, or a word, a colon and a URL. ``aborted`` aborts the request when its connection begins; ``untrusting``
trusts no authority; ``other`` uses another manager. The step ``clear`` clears the access cache. The program prints the
body of each response or ``error``, and ``mismatch`` for each mismatch.
"""

from __future__ import annotations

import sys
from importlib import import_module

from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtNetwork import QNetworkReply, QNetworkRequest, QSslCertificate, QSslConfiguration


def report(word: str) -> None:
    """Print a line for the test."""
    print(word, flush=True)  # noqa: T201 - a program prints


class Program:
    """The managers, and the steps that are left."""

    def __init__(self, module: str, cafile: str, steps: list[str]) -> None:
        """Make the managers."""
        self.app = QCoreApplication([])
        self.authorities = QSslCertificate.fromPath(cafile)
        self.steps = steps
        self.managers = [import_module(module).PinnedNetworkAccessManager() for _ in range(2)]
        for manager in self.managers:
            manager.mismatched.connect(lambda *_: report("mismatch"))

    def take(self) -> None:
        """Take the next step."""
        if not self.steps:
            self.app.quit()
            return
        step = self.steps.pop(0)
        if step == "clear":
            self.managers[0].clearAccessCache()
            self.take()
            return
        word, scheme, rest = step.rpartition("https")
        configuration = QSslConfiguration.defaultConfiguration()
        configuration.setCaCertificates([] if word == "untrusting:" else self.authorities)
        request = QNetworkRequest(QUrl(scheme + rest))
        request.setSslConfiguration(configuration)
        request.setTransferTimeout(5_000)
        reply = self.managers[word == "other:"].get(request)
        if word == "aborted:":
            reply.socketStartedConnecting.connect(reply.abort)
        reply.finished.connect(lambda: self.end(reply))

    def end(self, reply: QNetworkReply) -> None:
        """Report the end of a request."""
        is_good = reply.error() == QNetworkReply.NetworkError.NoError
        report(bytes(reply.readAll().data()).decode() if is_good else "error")
        reply.deleteLater()
        self.take()


if __name__ == "__main__":
    program = Program(sys.argv[1], sys.argv[2], sys.argv[3:])
    program.take()
    program.app.exec()
