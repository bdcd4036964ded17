"""Send one request with the generated manager: VARIANT URL CAFILE PROXY."""

from __future__ import annotations

import sys
from importlib import import_module

from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtNetwork import QNetworkProxy, QNetworkReply, QNetworkRequest, QSslCertificate, QSslConfiguration

MILLISECONDS = 5_000

if __name__ == "__main__":
    variant, url, cafile, proxy = sys.argv[1:]
    app = QCoreApplication([])
    manager = import_module(variant).PinnedNetworkAccessManager()
    if proxy:
        by = QUrl(proxy)
        manager.setProxy(QNetworkProxy(QNetworkProxy.ProxyType.HttpProxy, by.host(), by.port()))
    configuration = QSslConfiguration.defaultConfiguration()
    configuration.setCaCertificates(QSslCertificate.fromPath(cafile))
    request = QNetworkRequest(QUrl(url))
    request.setSslConfiguration(configuration)
    request.setTransferTimeout(MILLISECONDS)
    reply = manager.get(request)
    reply.finished.connect(app.quit)
    app.exec()
    reply.readAll()
    if reply.error() != QNetworkReply.NetworkError.NoError:
        sys.exit(reply.errorString())
