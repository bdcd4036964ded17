// Sends one request with the generated manager: VARIANT URL CAFILE PROXY

#include "variants.h"

#include <QCoreApplication>
#include <QNetworkProxy>
#include <QNetworkReply>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QTextStream>

#include <memory>

int main(int argc, char* argv[])
{
    QCoreApplication app(argc, argv);
    const QStringList arguments = app.arguments();
    const std::unique_ptr<QNetworkAccessManager> manager(managers().value(arguments.at(1))());
    const QUrl proxy(arguments.at(4));
    if (!proxy.isEmpty())
        manager->setProxy(QNetworkProxy(QNetworkProxy::HttpProxy, proxy.host(), static_cast<quint16>(proxy.port())));
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    configuration.setCaCertificates(QSslCertificate::fromPath(arguments.at(3)));
    QNetworkRequest request { QUrl(arguments.at(2)) };
    request.setSslConfiguration(configuration);
    request.setTransferTimeout(5000);
    QNetworkReply* reply = manager->get(request);
    QObject::connect(reply, &QNetworkReply::finished, &app, &QCoreApplication::quit);
    app.exec();
    reply->readAll();
    if (reply->error() == QNetworkReply::NoError)
        return 0;
    QTextStream(stderr) << reply->errorString() << '\n';
    return 1;
}
