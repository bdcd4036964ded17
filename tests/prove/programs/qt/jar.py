"""Send a request, and give its manager another cookie jar while the request is under way: MODULE URL CAFILE."""

from __future__ import annotations

import sys
from importlib import import_module

from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtNetwork import QNetworkCookieJar, QNetworkRequest, QSslCertificate, QSslConfiguration

if __name__ == "__main__":
    module, url, cafile = sys.argv[1:]
    app = QCoreApplication([])
    manager = import_module(module).PinnedNetworkAccessManager()
    manager.setStrictTransportSecurityEnabled(True)
    configuration = QSslConfiguration.defaultConfiguration()
    configuration.setCaCertificates(QSslCertificate.fromPath(cafile))
    request = QNetworkRequest(QUrl(url))
    request.setSslConfiguration(configuration)
    request.setTransferTimeout(5_000)
    reply = manager.get(request)
    reply.encrypted.connect(lambda: manager.setCookieJar(QNetworkCookieJar(manager)))
    reply.finished.connect(app.quit)
    app.exec()
    text = bytes(reply.readAll().data()).decode()
    sys.stdout.write(f"{text} {len(manager.strictTransportSecurityHosts())}\n")
