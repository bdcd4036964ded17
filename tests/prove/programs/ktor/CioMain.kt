// Sends one request with a generated engine: VARIANT URL CAFILE PROXY
package proof

import io.ktor.client.HttpClient
import io.ktor.client.engine.ProxyBuilder
import io.ktor.client.engine.http
import java.io.File
import java.security.KeyStore
import java.security.cert.CertificateFactory
import javax.net.ssl.TrustManagerFactory

fun main(arguments: Array<String>) {
    val (variant, url, cafile, proxy) = arguments
    val anchors = KeyStore.getInstance(KeyStore.getDefaultType()).apply { load(null) }
    val certificates = File(cafile).inputStream().use(CertificateFactory.getInstance("X.509")::generateCertificates)
    certificates.forEachIndexed { number, each -> anchors.setCertificateEntry("$number", each) }
    val managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm()).apply { init(anchors) }
    val client =
        HttpClient(pinned(variant)) {
            engine {
                if (proxy.isNotEmpty()) {
                    this.proxy = ProxyBuilder.http(proxy)
                }
                https { trustManager = managers.trustManagers.single() }
            }
        }
    send(client, url)
}
