package proof

import okhttp3.OkHttpClient
import java.io.File
import java.net.InetSocketAddress
import java.net.Proxy
import java.net.URI
import java.security.KeyStore
import java.security.cert.CertificateFactory
import java.time.Duration
import javax.net.ssl.SSLContext
import javax.net.ssl.TrustManagerFactory
import javax.net.ssl.X509TrustManager

/** Returns the client of an app before it pins, with trust anchors of its own. */
fun plain(
    cafile: String,
    proxy: String,
): OkHttpClient {
    val anchors = KeyStore.getInstance(KeyStore.getDefaultType()).apply { load(null) }
    val certificates = File(cafile).inputStream().use(CertificateFactory.getInstance("X.509")::generateCertificates)
    certificates.forEachIndexed { number, each -> anchors.setCertificateEntry("$number", each) }
    val managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm()).apply { init(anchors) }
    val context = SSLContext.getInstance("TLS").apply { init(null, managers.trustManagers, null) }
    return OkHttpClient
        .Builder()
        .sslSocketFactory(context.socketFactory, managers.trustManagers.single() as X509TrustManager)
        .proxy(if (proxy.isEmpty()) Proxy.NO_PROXY else httpProxy(URI(proxy)))
        .readTimeout(Duration.ofSeconds(5))
        .build()
}

private fun httpProxy(at: URI) = Proxy(Proxy.Type.HTTP, InetSocketAddress(at.host, at.port))
