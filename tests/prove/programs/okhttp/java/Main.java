package proof;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/** Sends one request with a generated client: VARIANT URL CAFILE PROXY. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    try {
      OkHttpClient client = Table.pinned(arguments[0], plain(arguments[2], arguments[3]));
      Request request = new Request.Builder().url(arguments[1]).build();
      try (Response response = client.newCall(request).execute()) {
        response.body().bytes();
        if (!response.isSuccessful()) {
          throw new IOException(response.toString());
        }
      }
    } catch (IOException | GeneralSecurityException failure) {
      System.err.println(failure.toString().replace('\n', ' '));
      System.exit(1);
    }
    System.exit(0);
  }

  /** Returns the client of an app before it pins, with trust anchors of its own. */
  private static OkHttpClient plain(String cafile, String proxy)
      throws IOException, GeneralSecurityException {
    KeyStore anchors = KeyStore.getInstance(KeyStore.getDefaultType());
    anchors.load(null, null);
    try (InputStream file = Files.newInputStream(Paths.get(cafile))) {
      for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(file)) {
        anchors.setCertificateEntry(String.valueOf(anchors.size()), each);
      }
    }
    TrustManagerFactory managers =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(anchors);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, managers.getTrustManagers(), null);
    return new OkHttpClient.Builder()
        .sslSocketFactory(
            context.getSocketFactory(), (X509TrustManager) managers.getTrustManagers()[0])
        .proxy(proxy.isEmpty() ? Proxy.NO_PROXY : httpProxy(URI.create(proxy)))
        .readTimeout(Duration.ofSeconds(5))
        .build();
  }

  private static Proxy httpProxy(URI at) {
    return new Proxy(Proxy.Type.HTTP, new InetSocketAddress(at.getHost(), at.getPort()));
  }
}
