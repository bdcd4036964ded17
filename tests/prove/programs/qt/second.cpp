// Does the same as second.py: aborts a request before its connection is ready, then sends a second one: URL CAFILE

#include "pins.h"

#include <QCoreApplication>
#include <QSocketNotifier>
#include <QTextStream>

int main(int argc, char* argv[])
{
    QCoreApplication app(argc, argv);
    QTextStream out(stdout);
    pins::PinnedNetworkAccessManager manager;
    manager.onMismatch = [&out](const pins::Mismatch& mismatch) {
        out << mismatch.host << ' ' << mismatch.pin << (mismatch.enforced ? " True" : " False") << Qt::endl;
    };
    QObject::connect(&manager, &QNetworkAccessManager::encrypted, [&out] { out << "encrypted" << Qt::endl; });
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    configuration.setCaCertificates(QSslCertificate::fromPath(app.arguments().at(2)));
    QNetworkRequest request { QUrl(app.arguments().at(1)) };
    request.setSslConfiguration(configuration);
    QNetworkReply* first = manager.get(request);
    QObject::connect(first, &QNetworkReply::socketStartedConnecting, [first, &out] {
        first->abort();
        out << "ended" << Qt::endl;
    });
    QSocketNotifier input(0, QSocketNotifier::Read);
    QObject::connect(&input, &QSocketNotifier::activated, [&] {
        input.setEnabled(false);
        QObject::connect(manager.get(request), &QNetworkReply::finished, &app, &QCoreApplication::quit);
    });
    return app.exec();
}
