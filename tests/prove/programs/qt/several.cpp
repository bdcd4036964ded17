// Does the same as several.py: sends requests one after the other: CAFILE STEP...

#include "pins.h"

#include <QCoreApplication>
#include <QTextStream>

namespace {

class Program : public QCoreApplication {
public:
    Program(int& argc, char** argv)
        : QCoreApplication(argc, argv)
        , authorities(QSslCertificate::fromPath(arguments().at(1)))
        , steps(arguments().mid(2))
    {
        for (auto& manager : managers)
            manager.onMismatch = [this](const pins::Mismatch&) { report("mismatch"); };
    }

    void take()
    {
        if (steps.isEmpty()) {
            quit();
            return;
        }
        const QString step = steps.takeFirst();
        if (step == "clear") {
            managers[0].clearAccessCache();
            take();
            return;
        }
        const auto at = step.lastIndexOf("https");
        const QString word = step.left(at);
        QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
        configuration.setCaCertificates(word == "untrusting:" ? QList<QSslCertificate>() : authorities);
        QNetworkRequest request { QUrl(step.mid(at)) };
        request.setSslConfiguration(configuration);
        request.setTransferTimeout(5000);
        QNetworkReply* reply = managers[word == "other:" ? 1 : 0].get(request);
        if (word == "aborted:")
            connect(reply, &QNetworkReply::socketStartedConnecting, reply, &QNetworkReply::abort);
        connect(reply, &QNetworkReply::finished, this, [this, reply] { end(reply); });
    }

private:
    void end(QNetworkReply* reply)
    {
        report(reply->error() == QNetworkReply::NoError ? QString::fromUtf8(reply->readAll()) : "error");
        reply->deleteLater();
        take();
    }

    void report(const QString& word) { out << word << Qt::endl; }

    QList<QSslCertificate> authorities;
    QStringList steps;
    QTextStream out { stdout };
    pins::PinnedNetworkAccessManager managers[2];
};

}

int main(int argc, char* argv[])
{
    Program program(argc, argv);
    program.take();
    return program.exec();
}
